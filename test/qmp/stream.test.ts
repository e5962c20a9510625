import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatJson, type JsonObject, queryJobs, untypedCommand } from '../../src/qmp/index.ts'
import { connected, settled } from './memory-peer.ts'

const timestamp = { seconds: 1, microseconds: 2 }

/** What the peer says about each of some commands, shuffled and with events between. */
const conversation = fc.integer({ min: 1, max: 8 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    order: fc.shuffledSubarray(
      [...Array(count).keys()].map((at) => at + 2),
      { minLength: count },
    ),
    events: fc.array(fc.nat({ max: count }), { maxLength: 5 }),
    cuts: fc.array(fc.nat(), { maxLength: 10 }),
    end: fc.option(fc.nat(), { nil: undefined }),
  }),
)

interface Conversation {
  readonly order: readonly number[]
  readonly events: readonly number[]
}

function toBytes({ order, events }: Conversation): Uint8Array {
  const messages: JsonObject[] = order.map((id) => ({
    return: `→ ${id} 😀`,
    id,
  }))
  for (const at of events) messages.splice(at, 0, { event: 'STOP', data: {}, timestamp })
  const text = messages.map((message) => `${formatJson(message)._unsafeUnwrap()}\r\n`).join('')
  return new TextEncoder().encode(text)
}

describe('a QmpClient', () => {
  it('settles every command once, however the stream is ordered, mixed with events, cut and cut off', async () => {
    await fc.assert(
      fc.asyncProperty(conversation, async (talk) => {
        const { client, peer } = await connected()
        let stops = 0
        client.on('STOP', () => {
          stops += 1
        })
        const outcomes: string[][] = Array.from({ length: talk.count }, () => [])
        for (let at = 0; at < talk.count; at += 1) {
          void client.execute(untypedCommand('x'), {}).match(
            (value) => outcomes[at]?.push(JSON.stringify(value)),
            (error) => outcomes[at]?.push(error.kind),
          )
        }
        const bytes = toBytes(talk)
        const end = talk.end === undefined ? bytes.length : talk.end % (bytes.length + 1)
        const places = [...talk.cuts.map((cut) => cut % (end + 1)), end].toSorted((a, b) => a - b)
        let from = 0
        for (const to of places) {
          peer.say(bytes.slice(from, to))
          from = to
        }
        peer.hangUp()
        await settled()
        const whole = new TextDecoder().decode(bytes.subarray(0, end)).split('\n').slice(0, -1)
        const expected = Array.from({ length: talk.count }, (_, at) => {
          const isAnswered = whole.some((text) => text.endsWith(`"id":${at + 2}}\r`))
          return [isAnswered ? `"→ ${at + 2} 😀"` : 'interrupted']
        })
        expect(outcomes).toStrictEqual(expected)
        expect(stops).toBe(whole.filter((text) => text.includes('STOP')).length)
      }),
      { numRuns: 300 },
    )
  })

  it('survives a hostile server: every command is settled, nothing throws, nothing is left', async () => {
    const message = fc.oneof(
      fc.record(
        {
          return: fc.jsonValue(),
          error: fc.oneof(fc.record({ class: fc.string(), desc: fc.string() }), fc.jsonValue()),
          id: fc.oneof(fc.constantFrom(2, 3, null, 2), fc.jsonValue()),
          event: fc.oneof(fc.constantFrom('STOP', 'SHUTDOWN', 'toString'), fc.jsonValue()),
          data: fc.jsonValue(),
          timestamp: fc.oneof(fc.constant(timestamp), fc.jsonValue()),
          QMP: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    )
    const chunk = fc.oneof(
      { weight: 5, arbitrary: message.map((value) => `${JSON.stringify(value)}\n`) },
      { weight: 1, arbitrary: fc.string() },
      { weight: 1, arbitrary: fc.uint8Array() },
      { weight: 1, arbitrary: fc.constantFrom('{\n', '}\n', '{]\n', '\n') },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(chunk), async (chunks) => {
        const { client, peer } = await connected()
        let settledCount = 0
        const outcomes = [
          client.execute(untypedCommand('x'), {}),
          client.execute(queryJobs, {}),
          client.execute(untypedCommand('y'), {}),
        ]
        for (const outcome of outcomes) {
          void outcome.then(() => (settledCount += 1))
        }
        for (const each of chunks) peer.say(each)
        await settled()
        peer.hangUp()
        await settled()
        expect(settledCount).toBe(3)
        expect(client.isClosed).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
