import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DirtyBitmap } from '../../src/bitmap/index.ts'

const TiB = 2 ** 40

function bitmap(size: number, granularity: number): DirtyBitmap {
  return DirtyBitmap.create({ size, granularity })._unsafeUnwrap()
}

function extentsOf(map: DirtyBitmap): [number, number][] {
  return [...map.extents()].map(({ offset, length }) => [offset, length])
}

/** What a bitmap is to be: the set of its dirty granules. */
class NaiveBitmap {
  granules = new Set<number>()
  size: number
  readonly granularity: number

  constructor(size: number, granularity: number) {
    this.size = size
    this.granularity = granularity
  }

  touched(offset: number, length: number): number[] {
    const end = Math.min(offset + length, this.size)
    const result: number[] = []
    if (length <= 0 || offset >= end) return result
    for (let g = Math.floor(offset / this.granularity); g * this.granularity < end; g++) {
      result.push(g)
    }
    return result
  }

  extents(): [number, number][] {
    const result: [number, number][] = []
    for (const granule of [...this.granules].toSorted((a, b) => a - b)) {
      const offset = granule * this.granularity
      const end = Math.min(offset + this.granularity, this.size)
      const last = result.at(-1)
      if (last !== undefined && last[0] + last[1] === offset) last[1] = end - last[0]
      else result.push([offset, end - offset])
    }
    return result
  }
}

interface Pair {
  readonly real: DirtyBitmap
  readonly naive: NaiveBitmap
}

type Step =
  | { do: 'set' | 'clear'; offset: number; length: number }
  | { do: 'resize'; size: number }
  | { do: 'invert' | 'setAll' | 'clearAll' | 'reload' | 'clone' }

function apply({ real, naive }: Pair, step: Step): DirtyBitmap {
  switch (step.do) {
    case 'set':
      real.set(step.offset, step.length)
      for (const g of naive.touched(step.offset, step.length)) naive.granules.add(g)
      return real
    case 'clear':
      real.clear(step.offset, step.length)
      for (const g of naive.touched(step.offset, step.length)) naive.granules.delete(g)
      return real
    case 'resize':
      real.resize(step.size)._unsafeUnwrap()
      naive.size = step.size
      naive.granules = new Set(
        [...naive.granules].filter((g) => g * naive.granularity < naive.size),
      )
      return real
    case 'invert': {
      real.invert()
      const all = naive.touched(0, naive.size)
      naive.granules = new Set(all.filter((g) => !naive.granules.has(g)))
      return real
    }
    case 'setAll':
      real.setAll()
      naive.granules = new Set(naive.touched(0, naive.size))
      return real
    case 'clearAll':
      real.clearAll()
      naive.granules.clear()
      return real
    case 'clone':
      return real.clone()
    case 'reload':
      return DirtyBitmap.deserialize(real.serialize())._unsafeUnwrap()
  }
}

// Around 8192 granules, where a leaf ends, and 524288, where an inner node ends, with few enough for a Set.
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 40 * 512 }),
  fc.integer({ min: 8190 * 512, max: 8195 * 512 }),
  fc.integer({ min: 16380 * 512, max: 16400 * 512 }),
)
const place = fc.oneof(
  fc.integer({ min: 0, max: 16400 * 512 }),
  fc.integer({ min: 0, max: 40 * 512 }),
  fc.integer({ min: 8190 * 512, max: 8195 * 512 }),
)
const length = fc.oneof(fc.integer({ min: 0, max: 4096 }), fc.integer({ min: 0, max: 16400 * 512 }))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), offset: place, length }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('clear' as const), offset: place, length }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resize' as const), size: sizes }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('invert', 'setAll', 'clearAll', 'reload', 'clone'),
    }),
  },
)
const granularity = fc.constantFrom(512, 1024, 4096, 65536)

function build(size: number, grain: number, steps: readonly Step[]): Pair {
  const naive = new NaiveBitmap(size, grain)
  let real = bitmap(size, grain)
  for (const one of steps) real = apply({ real, naive }, one)
  return { real, naive }
}

function keepsSize(one: Step): boolean {
  return one.do !== 'resize'
}

describe('DirtyBitmap against a set of granules', () => {
  it('has the same extents and count after any operations', () => {
    fc.assert(
      fc.property(sizes, granularity, fc.array(step, { maxLength: 12 }), (size, grain, steps) => {
        const { real, naive } = build(size, grain, steps)
        expect(extentsOf(real)).toEqual(naive.extents())
        expect(real.dirtyBytes).toBe(naive.granules.size * grain)
        expect(real.isEmpty).toBe(naive.granules.size === 0)
      }),
      { numRuns: 400 },
    )
  })

  it('answers for single bytes as its extents say', () => {
    fc.assert(
      fc.property(
        sizes,
        granularity,
        fc.array(step, { maxLength: 6 }),
        place,
        (size, grain, steps, at) => {
          const { real, naive } = build(size, grain, steps)
          const runs = naive.extents()
          const dirty = runs.some(([offset, bytes]) => at >= offset && at < offset + bytes)
          expect(real.has(at)).toBe(dirty)
          const ahead = runs.find(([offset, bytes]) => offset + bytes > at)
          expect(real.nextDirty(at)).toBe(ahead && Math.max(ahead[0], at))
          const end = dirty && ahead ? ahead[0] + ahead[1] : at
          expect(real.nextClean(at)).toBe(end < naive.size ? end : undefined)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gives the extents of a range clipped to it', () => {
    fc.assert(
      fc.property(
        sizes,
        granularity,
        fc.array(step, { maxLength: 6 }),
        place,
        length,
        (size, grain, steps, offset, bytes) => {
          const { real, naive } = build(size, grain, steps)
          const end = offset + bytes
          const clipped = naive
            .extents()
            .map(([from, run]) => [Math.max(from, offset), Math.min(from + run, end)] as const)
            .filter(([from, to]) => from < to)
            .map(([from, to]) => ({ offset: from, length: to - from }))
          expect([...real.extents({ offset, length: bytes })]).toEqual(clipped)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('merges any granularities by rounding outward', () => {
    fc.assert(
      fc.property(
        sizes,
        granularity,
        granularity,
        fc.array(step, { maxLength: 6 }),
        fc.array(step, { maxLength: 6 }),
        (size, grain, sourceGrain, steps, sourceSteps) => {
          const target = build(size, grain, steps.filter(keepsSize))
          const source = build(size, sourceGrain, sourceSteps.filter(keepsSize))
          target.real.merge(source.real)._unsafeUnwrap()
          for (const [offset, bytes] of source.naive.extents()) {
            for (const g of target.naive.touched(offset, bytes)) target.naive.granules.add(g)
          }
          expect(extentsOf(target.real)).toEqual(target.naive.extents())
          expect(extentsOf(source.real)).toEqual(source.naive.extents())
        },
      ),
      { numRuns: 300 },
    )
  })

  it('has equal trees exactly when it has equal extents', () => {
    fc.assert(
      fc.property(sizes, fc.array(step, { maxLength: 8 }), (size, steps) => {
        const { real } = build(size, 512, steps)
        const rebuilt = bitmap(real.size, 512)
        for (const { offset, length: bytes } of real.extents()) rebuilt.set(offset, bytes)
        expect(real.equals(rebuilt)).toBe(true)
        expect(rebuilt.serialize()).toEqual(real.serialize())
        if (real.size === 0) return
        if (rebuilt.has(0)) rebuilt.clear(0, 1)
        else rebuilt.set(0, 1)
        expect(real.equals(rebuilt)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('huge sparse bitmaps', () => {
  it('agrees with a list of granules across 16 TiB', () => {
    const granules = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 28 - 1 }), { maxLength: 60 })
    fc.assert(
      fc.property(granules, granules, (dirty, cleaned) => {
        const map = bitmap(16 * TiB, 65536)
        for (const g of dirty) map.set(g * 65536, 1)
        for (const g of cleaned) map.clear(g * 65536, 65536)
        const left = dirty.filter((g) => !cleaned.includes(g)).toSorted((a, b) => a - b)
        const seen = extentsOf(map).flatMap(([offset, bytes]) =>
          Array.from({ length: bytes / 65536 }, (_, i) => offset / 65536 + i),
        )
        expect(seen).toEqual(left)
        map.invert()
        expect(map.dirtyBytes).toBe(16 * TiB - left.length * 65536)
        map.invert()
        expect(DirtyBitmap.deserialize(map.serialize())._unsafeUnwrap().equals(map)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})
