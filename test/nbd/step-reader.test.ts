import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_STEP, StepReader, skip, type Steps } from '../../src/nbd/step-reader.ts'

const silent = { finished: () => {}, failed: () => {}, paused: () => {}, resumed: () => {} }

function feed(reader: StepReader, bytes: Uint8Array, cuts: readonly number[]): void {
  let at = 0
  for (let turn = 0; at < bytes.length; turn++) {
    const target = reader.target()
    const wanted = cuts[turn % cuts.length] ?? 1
    const count = Math.min(wanted, target.length, bytes.length - at)
    target.set(bytes.subarray(at, at + count))
    at += count
    reader.received(count)
  }
}

/** Messages as they would be on the wire: how the steps take each of them. */
const message = fc.record({
  way: fc.constantFrom('piece' as const, 'fill' as const, 'skip' as const),
  length: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: MAX_STEP })),
})

describe('StepReader', () => {
  it('gives every step its bytes, however they are cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), cuts, (messages, sizes) => {
        const total = messages.reduce((sum, { length }) => sum + length, 0)
        const bytes = Uint8Array.from({ length: total + 1 }, (_, index) => (index * 7) % 251)
        const taken: number[] = []
        let done = false
        function* steps(): Steps<void> {
          for (const { way, length } of messages) {
            if (way === 'skip') {
              yield* skip(length)
              taken.push(-length)
            } else {
              taken.push(...(yield way === 'piece' ? length : new Uint8Array(length)))
            }
          }
          taken.push(...(yield 1))
        }
        const reader = new StepReader(steps(), { ...silent, finished: () => (done = true) })
        reader.begin()
        feed(reader, bytes, sizes)
        const expected: number[] = []
        let at = 0
        for (const { way, length } of messages) {
          if (way === 'skip') expected.push(-length)
          else expected.push(...bytes.subarray(at, at + length))
          at += length
        }
        expect(taken).toStrictEqual([...expected, bytes[total] ?? 0])
        expect(done).toBe(true)
      }),
    )
  })

  it('lets large fills be received straight into their memory', () => {
    const memory = new Uint8Array(100_000)
    const reader = new StepReader(
      (function* (): Steps<void> {
        yield 4
        yield memory
      })(),
      silent,
    )
    reader.begin()
    feed(reader, Uint8Array.of(1, 2, 3, 4, 5), [5])
    expect(reader.target().buffer).toBe(memory.buffer)
    expect(reader.target().byteOffset).toBe(1)
  })

  it('takes no bytes while it waits, and goes on with those that it has', async () => {
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const events: string[] = []
    const reader = new StepReader(
      (function* (): Steps<void> {
        events.push(`first ${(yield 1).join()}`)
        yield gate
        events.push(`second ${(yield 1).join()}`)
      })(),
      {
        finished: () => events.push('finished'),
        failed: () => events.push('failed'),
        paused: () => events.push('paused'),
        resumed: () => events.push('resumed'),
      },
    )
    reader.begin()
    feed(reader, Uint8Array.of(1, 2), [2])
    expect(events).toStrictEqual(['first 1', 'paused'])
    open()
    await gate
    expect(events).toStrictEqual(['first 1', 'paused', 'second 2', 'finished'])
  })

  it('tells of a wait that fails, and drops what comes later', async () => {
    const errors: unknown[] = []
    const failure = Promise.reject(new Error('no TLS'))
    const reader = new StepReader(
      (function* (): Steps<void> {
        yield failure
      })(),
      { ...silent, failed: (error) => errors.push(error) },
    )
    reader.begin()
    await failure.catch(() => {})
    await Promise.resolve()
    expect(errors).toStrictEqual([new Error('no TLS')])
    feed(reader, new Uint8Array(100_000), [70_000])
  })

  it('tells of a step that throws', () => {
    const errors: unknown[] = []
    const reader = new StepReader(
      (function* (): Steps<void> {
        yield 1
        throw new Error('defect')
      })(),
      { ...silent, failed: (error) => errors.push(error) },
    )
    reader.begin()
    feed(reader, new Uint8Array(1), [1])
    expect(errors).toStrictEqual([new Error('defect')])
  })

  it('lets go of memory that is diverted', () => {
    const memory = new Uint8Array(40_000)
    let after: Uint8Array | undefined
    const reader = new StepReader(
      (function* (): Steps<void> {
        yield memory
        after = (yield 2).slice()
      })(),
      silent,
    )
    reader.begin()
    feed(reader, new Uint8Array(10_000).fill(1), [10_000])
    const held = reader.target()
    let safe = false
    reader.divert(true, () => (safe = true))
    expect(safe).toBe(false)
    held.fill(2, 0, 1000)
    reader.received(1000)
    expect(safe).toBe(true)
    feed(reader, new Uint8Array(29_000).fill(3), [29_000])
    feed(reader, Uint8Array.of(8, 9), [1])
    expect(memory.includes(3)).toBe(false)
    expect(after).toStrictEqual(Uint8Array.of(8, 9))
  })
})
