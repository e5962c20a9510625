import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RunSet } from '../../src/block/run-set.ts'

describe('RunSet', () => {
  it('behaves as a set of integers', () => {
    const range = fc.tuple(fc.boolean(), fc.nat({ max: 60 }), fc.nat({ max: 15 }))
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), (ranges) => {
        const runs = new RunSet()
        const set = new Set<number>()
        for (const [isAdded, start, length] of ranges) {
          if (isAdded) runs.add(start, start + length)
          else runs.remove(start, start + length)
          for (let i = start; i < start + length; i++) {
            if (isAdded) set.add(i)
            else set.delete(i)
          }
        }
        expect([runs.size, runs.isEmpty]).toStrictEqual([set.size, set.size === 0])
        for (let i = 0; i < 80; i++) {
          let end = i
          while (set.has(end)) end++
          expect(runs.endOfRunAt(i)).toBe(end === i ? undefined : end)
          const next = [...set].filter((each) => each >= i)
          expect(runs.nextFrom(i)).toBe(Math.min(Infinity, ...next))
        }
      }),
    )
  })
})
