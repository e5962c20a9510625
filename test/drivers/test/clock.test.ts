import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AutomaticClock, ManualClock } from '../../../src/drivers/test/clock.ts'

describe('ManualClock', () => {
  it('stands still until it is told to move', () => {
    const clock = new ManualClock(5000)
    const log: string[] = []
    clock.schedule(() => void log.push('ran'), 0)
    expect(clock.now()).toBe(5000)
    expect(log).toStrictEqual([])
    expect(clock.step()).toBe(true)
    expect(log).toStrictEqual(['ran'])
    expect(clock.step()).toBe(false)
  })

  it('moves the time to when the next task is due', () => {
    const clock = new ManualClock(0)
    const times: number[] = []
    clock.schedule(() => void times.push(clock.now()), 300)
    clock.schedule(() => void times.push(clock.now()), 100)
    expect(clock.runUntilIdle()).toBe(2)
    expect(times).toStrictEqual([100, 300])
  })

  it('runs a task that a task has scheduled', () => {
    const clock = new ManualClock(0)
    const log: number[] = []
    const again = (): void => {
      log.push(clock.now())
      if (log.length < 3) clock.schedule(again, 10)
    }
    clock.schedule(again, 0)
    clock.runUntilIdle()
    expect(log).toStrictEqual([0, 10, 20])
  })

  it('does not run what was cancelled, nor counts it as a step', () => {
    const clock = new ManualClock(0)
    const log: string[] = []
    const cancel = clock.schedule(() => void log.push('cancelled'), 0)
    clock.schedule(() => void log.push('kept'), 5)
    cancel()
    expect(clock.step()).toBe(true)
    expect(log).toStrictEqual(['kept'])
  })

  it('advances past what is due and leaves the rest', () => {
    const clock = new ManualClock(0)
    const log: string[] = []
    clock.schedule(() => void log.push('early'), 10)
    clock.schedule(() => void log.push('late'), 30)
    clock.advance(20)
    expect(clock.now()).toBe(20)
    expect(log).toStrictEqual(['early'])
  })

  it('runs any tasks by time, and those of the same time in the order they came', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (delays) => {
        const clock = new ManualClock(0)
        const ran: (readonly [number, number])[] = []
        for (const [order, delay] of delays.entries()) {
          clock.schedule(() => void ran.push([delay, order]), delay)
        }
        clock.runUntilIdle()
        const expected = delays.map((delay, order) => [delay, order] as const)
        expect(ran).toStrictEqual(expected.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]))
      }),
    )
  })
})

describe('AutomaticClock', () => {
  it('runs tasks by itself, in the order they came', async () => {
    const clock = new AutomaticClock()
    const log: string[] = []
    clock.schedule(() => void log.push('first'), 0)
    await new Promise<void>((resolve) => {
      clock.schedule(() => {
        log.push('second')
        resolve()
      }, 0)
    })
    expect(log).toStrictEqual(['first', 'second'])
  })

  it('does not run what was cancelled', async () => {
    const clock = new AutomaticClock()
    const log: string[] = []
    clock.schedule(() => void log.push('soon'), 0)()
    clock.schedule(() => void log.push('later'), 1)()
    await new Promise<void>((resolve) => {
      clock.schedule(resolve, 5)
    })
    expect(log).toStrictEqual([])
  })
})
