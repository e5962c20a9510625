import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Coverage } from '../../../src/nbd/client/coverage.ts'

describe('Coverage', () => {
  it('agrees with a list of bytes on what comes twice, lies outside and is missing', () => {
    const piece = fc.tuple(fc.integer({ min: -3, max: 40 }), fc.integer({ min: -1, max: 12 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const coverage = new Coverage(32)
        const seen = new Set<number>()
        for (const [start, length] of pieces) {
          const bytes = Array.from({ length: Math.max(0, length) }, (_, index) => start + index)
          const fits = bytes.length > 0 && bytes.every((at) => at >= 0 && at < 32 && !seen.has(at))
          expect(coverage.add(start, length)).toBe(fits)
          // A reply that breaks the rules ends its connection, so nothing follows.
          if (!fits) return
          for (const at of bytes) seen.add(at)
          expect(coverage.complete).toBe(seen.size === 32)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('does not keep pieces without end', () => {
    const coverage = new Coverage(100_000)
    let kept = 0
    while (coverage.add(kept * 2, 1)) kept++
    expect(kept).toBe(4096)
  })
})
