import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventGuards } from '../../src/qmp/events.ts'
import { allCommands } from './command-table.ts'
import { samples } from './command-samples.ts'
import { recordedSchema } from './schema.ts'

const schema = recordedSchema()
const monitorCommands = allCommands().filter(({ name }) => !name.startsWith('guest-'))

describe.each(monitorCommands.map((command) => [command.name, command] as const))(
  '%s',
  (name, { accepts }) => {
    it('is a command of QEMU 7.2', () => {
      expect(schema.has(name)).toBe(true)
    })

    it('is sent with arguments that conform to the schema', () => {
      const args = samples.get(name) ?? []
      expect(args.length).toBeGreaterThan(0)
      expect(args.flatMap((each) => schema.problems(name, 'arg-type', each))).toStrictEqual([])
    })

    it('accepts every answer that conforms to the schema', () => {
      fc.assert(
        fc.property(schema.values(name, 'ret-type'), (answer) => {
          expect(accepts(answer)).toBe(true)
        }),
        { numRuns: 30 },
      )
    })
  },
)

/** Commands of which the answer is neither just an object nor anything at all. */
const particular = monitorCommands.filter(({ accepts }) => !accepts({}))

describe.each(particular.map((command) => [command.name, command] as const))('%s', (_, command) => {
  it('refuses answers of other types', () => {
    const wrong = [0, [0], { a: [] }, null, [null], [[]], [{}]]
    expect(wrong.filter((answer) => command.accepts(answer))).toStrictEqual([])
  })
})

describe.each(Object.entries(eventGuards))('%s', (name, accepts) => {
  it('accepts all data that conforms to the schema', () => {
    fc.assert(
      fc.property(schema.values(name, 'arg-type'), (data) => {
        expect(accepts(data)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('refuses data without the members that QEMU always sends', () => {
    const bare = schema.problems(name, 'arg-type', {}).length === 0
    expect(accepts({})).toBe(bare)
    expect(accepts([])).toBe(false)
  })
})
