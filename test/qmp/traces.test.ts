import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventGuards } from '../../src/qmp/events.ts'
import { isObject } from '../../src/qmp/guard.ts'
import {
  formatJson,
  isJson,
  type JsonObject,
  type JsonValue,
  type QmpCommand,
} from '../../src/qmp/index.ts'
import { decodeMessage } from '../../src/qmp/message.ts'
import { parseQmpTrace, type QmpTrace } from '../../src/testing/qmp-trace.ts'
import { QmpScript } from '../../src/testing/qmp-script.ts'
import { allCommands } from './command-table.ts'
import { recordedSchema } from './schema.ts'

const folder = new URL('../fixtures/qmp-traces/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))

function read(file: string): QmpTrace {
  return parseQmpTrace(readFileSync(new URL(file, folder), 'utf8'))._unsafeUnwrap()
}

const commands = new Map(allCommands().map((command) => [command.name, command]))

const schema = recordedSchema()

/** What libvirt sends and has no table here: it goes with file descriptors, which Node cannot pass. */
const untyped = new Set(['getfd'])

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

describe.each(files)('%s', (file) => {
  const trace = read(file)

  it('decodes line by line, and each event passes its guard', () => {
    for (const { direction, message } of trace.steps.filter((step) => step.direction !== 'send')) {
      const decoded = decodeMessage(formatJson(message)._unsafeUnwrap())._unsafeUnwrap()
      expect(decoded.type === 'event').toBe(direction === 'event')
      if (decoded.type !== 'event') continue
      const guard = new Map(Object.entries(eventGuards)).get(decoded.name)
      expect([decoded.name, guard?.(decoded.data)]).toStrictEqual([decoded.name, true])
    }
  })

  it('is carried out by a client, command by command, with answers that pass their guards', async () => {
    const script = new QmpScript(trace, { chunkBytes: 1000 })
    const client = (await script.connect())._unsafeUnwrap()
    for (const { message } of trace.steps.filter((step) => step.direction === 'send')) {
      const name = text(message['execute'])
      const { arguments: args } = message
      if (name === 'qmp_capabilities') continue
      const accepts = commands.get(name)?.accepts ?? isJson
      const command: QmpCommand<JsonObject, unknown> = { name, accepts }
      expect([...commands.keys(), ...untyped]).toContain(name)
      const outcome = await client.execute(command, isObject(args) ? args : {})
      const kind = outcome.isErr() ? outcome.error.kind : 'answered'
      expect(['answered', 'refused', 'interrupted']).toContain(kind)
    }
    expect(script.mismatches).toStrictEqual([])
    expect(script.remaining).toStrictEqual([])
  })

  it('conforms to the schema of the QEMU that it was recorded from', () => {
    const names = new Map<JsonValue | undefined, string>()
    const problems = trace.steps.flatMap(({ direction, message }) => {
      if (direction === 'send') {
        names.set(message['id'], text(message['execute']))
        return schema.problems(text(message['execute']), 'arg-type', message['arguments'] ?? {})
      }
      const name = names.get(message['id'])
      const isAnswer = name !== undefined && Object.hasOwn(message, 'return')
      return isAnswer ? schema.problems(name, 'ret-type', message['return']) : []
    })
    expect(problems).toStrictEqual([])
  })
})
