import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  defaultGranularity,
  DirtyBitmap,
  type DirtyBitmapOptions,
  type ExtentRange,
} from '../../src/bitmap/index.ts'
import { ErrorNumber } from '../../src/errors/index.ts'

const KiB = 1024
const MiB = 1024 * KiB
const TiB = 1024 * 1024 * MiB

function bitmap(size: number, granularity: number): DirtyBitmap {
  return DirtyBitmap.create({ size, granularity })._unsafeUnwrap()
}

function extentsOf(map: DirtyBitmap): [number, number][] {
  return [...map.extents()].map(({ offset, length }) => [offset, length])
}

describe('DirtyBitmap.create', () => {
  it.each([512, 4096, 65536, 2 ** 31])('takes granularity %d', (granularity) => {
    const map = bitmap(1, granularity)
    expect([map.size, map.granularity, map.dirtyBytes, map.isEmpty]).toEqual([
      1,
      granularity,
      0,
      true,
    ])
  })

  it.each([
    [0, 'Granularity must be power of 2 and at least 512'],
    [256, 'Granularity must be power of 2 and at least 512'],
    [1000, 'Granularity must be power of 2 and at least 512'],
    [2 ** 31 + 1, 'Granularity must be power of 2 and at least 512'],
    [2 ** 32, "Parameter 'granularity' expects uint32_t"],
    [-512, "Parameter 'granularity' expects uint32_t"],
    [512.5, "Parameter 'granularity' expects uint32_t"],
    [NaN, "Parameter 'granularity' expects uint32_t"],
  ])('refuses granularity %d', (granularity, message) => {
    const error = DirtyBitmap.create({ size: MiB, granularity })._unsafeUnwrapErr()
    expect([error.code, error.message]).toEqual([ErrorNumber.INVALID_ARG, message])
  })

  it.each([-1, 0.5, NaN, Infinity, 2 ** 53])('refuses size %d', (size) => {
    expect(DirtyBitmap.create({ size, granularity: 512 }).isErr()).toBe(true)
  })

  it.each([
    [undefined, 65536],
    [512, 4096],
    [16 * KiB, 16 * KiB],
    [2 * MiB, 65536],
  ])('defaults the granularity for cluster size %s to %d', (clusterSize, granularity) => {
    expect(defaultGranularity(clusterSize)).toBe(granularity)
  })
})

describe('marking', () => {
  it('rounds outward to granules and counts the last one fully', () => {
    const map = bitmap(65536 * 2 + 512, 65536)
    map.set(65535, 2)
    expect(extentsOf(map)).toEqual([[0, 131072]])
    map.set(131072, 1)
    expect(map.dirtyBytes).toBe(3 * 65536)
    expect(extentsOf(map)).toEqual([[0, 131072 + 512]])
  })

  it.each([
    [0, 0],
    [5, -1],
    [NaN, 1],
    [0, NaN],
    [MiB, 1],
    [-10, 10],
    [2 ** 53, 2 ** 53],
  ])('marks nothing for offset %d and length %d', (offset, length) => {
    const map = bitmap(MiB, 4096)
    map.set(offset, length)
    expect(map.isEmpty).toBe(true)
  })

  it('clips what reaches over the ends', () => {
    const map = bitmap(MiB, 4096)
    map.set(-4096, 4097)
    map.set(MiB - 1, Infinity)
    expect(extentsOf(map)).toEqual([
      [0, 4096],
      [MiB - 4096, 4096],
    ])
  })

  it('clears whole granules', () => {
    const map = bitmap(MiB, 4096)
    map.setAll()
    map.clear(4095, 2)
    expect(extentsOf(map)).toEqual([[8192, MiB - 8192]])
  })

  it('does nothing to a disk without bytes', () => {
    const map = bitmap(0, 512)
    map.setAll()
    map.invert()
    expect([map.isEmpty, map.dirtyBytes, map.nextDirty(0), map.nextClean(0)]).toEqual([
      true,
      0,
      undefined,
      undefined,
    ])
  })

  it('reaches the last byte of the largest disk', () => {
    const size = Number.MAX_SAFE_INTEGER
    const map = bitmap(size, 512)
    map.set(size - 1, 1)
    map.set(2 ** 52 + 5, 1)
    expect(extentsOf(map)).toEqual([
      [2 ** 52, 512],
      [size - 511, 511],
    ])
    map.invert()
    expect(extentsOf(map)).toEqual([
      [0, 2 ** 52],
      [2 ** 52 + 512, size - 511 - 2 ** 52 - 512],
    ])
    expect(DirtyBitmap.deserialize(map.serialize())._unsafeUnwrap().equals(map)).toBe(true)
  })
})

// QEMU 7.2, observed after guest writes [100K, +1K) and [3M, +64K) to a 64 MiB disk.
describe('figures of a real QEMU', () => {
  const granularities = [512, 4096, 65536, MiB]
  const written = (granularity: number): DirtyBitmap => {
    const map = bitmap(64 * MiB, granularity)
    map.set(100 * KiB, KiB)
    map.set(3 * MiB, 64 * KiB)
    return map
  }

  it('counts as it does', () => {
    const counts = granularities.map((granularity) => written(granularity).dirtyBytes)
    expect(counts).toEqual([66560, 69632, 131072, 2097152])
  })

  it.each([
    [512, [65536], 131072],
    [MiB, [512], 2097152],
    [65536, [512, MiB], 2097152],
  ])('merges into granularity %d from %s', (granularity, sources, count) => {
    const map = bitmap(64 * MiB, granularity)
    for (const source of sources) map.merge(written(source))._unsafeUnwrap()
    expect(map.dirtyBytes).toBe(count)
  })
})

describe('merge', () => {
  it('refuses another size, and changes nothing', () => {
    const map = bitmap(1024, 512)
    const other = bitmap(2048, 512)
    other.setAll()
    expect(map.merge(other)._unsafeUnwrapErr().message).toBe(
      "Bitmaps are of different sizes (destination size is 1024, source size is 2048) and can't be merged",
    )
    expect(map.isEmpty).toBe(true)
  })

  it('does not share bits with its source afterwards', () => {
    const source = bitmap(TiB, 512)
    source.set(0, 1)
    const map = bitmap(TiB, 512)
    map.merge(source)._unsafeUnwrap()
    source.set(512, 1)
    map.set(1024, 1)
    expect([extentsOf(map), extentsOf(source)]).toEqual([
      [
        [0, 512],
        [1024, 512],
      ],
      [[0, 1024]],
    ])
  })
})

describe('resize', () => {
  it('keeps marks where they are and adds clean bytes', () => {
    const map = bitmap(1000, 512)
    map.set(999, 1)
    map.resize(100 * TiB)._unsafeUnwrap()
    expect(extentsOf(map)).toEqual([[512, 512]])
    map.set(100 * TiB - 1, 1)
    expect(map.dirtyBytes).toBe(1024)
  })

  it('drops marks beyond the end for good, but keeps that of the granule across it', () => {
    const map = bitmap(TiB, 65536)
    map.setAll()
    map.resize(65537)._unsafeUnwrap()
    expect(extentsOf(map)).toEqual([[0, 65537]])
    map.resize(TiB)._unsafeUnwrap()
    expect(extentsOf(map)).toEqual([[0, 131072]])
  })

  it.each([-1, NaN, 1.5, Infinity])('refuses size %d', (size) => {
    const map = bitmap(512, 512)
    expect(map.resize(size).isErr()).toBe(true)
    expect(map.size).toBe(512)
  })

  it('equals a bitmap that had the size from the start', () => {
    const grown = bitmap(512, 512)
    grown.setAll()
    grown.resize(TiB)._unsafeUnwrap()
    const direct = bitmap(TiB, 512)
    direct.set(0, 512)
    expect(grown.equals(direct)).toBe(true)
  })
})

describe('size of a bitmap in bytes', () => {
  it('is small for a few marks, for all and for none on a huge disk', () => {
    const map = bitmap(8 * 1024 * TiB - 1, 512)
    const empty = map.serialize().length
    map.set(5 * TiB, 1)
    const one = map.serialize().length
    map.setAll()
    expect(empty).toBe(36)
    expect(one).toBeLessThan(1100)
    expect(map.serialize().length).toBeLessThan(8 * KiB)
  })
})

describe('a walk over a bitmap that changes', () => {
  const granularity = 512
  const leaf = 8192 * granularity

  it.each([
    ['in the same word', 3 * granularity],
    ['in the same leaf', 3000 * granularity],
    ['in another leaf', 3 * leaf],
  ])('gives nothing that was cleared meanwhile, %s', (_, offset) => {
    const map = bitmap(64 * leaf, granularity)
    map.set(0, granularity)
    map.set(offset, granularity)
    const walk = map.extents()
    expect(walk.next().value).toEqual({ offset: 0, length: granularity })
    map.clearAll()
    expect(walk.next()).toEqual({ done: true, value: undefined })
  })

  it('gives what was marked in front of it', () => {
    const map = bitmap(64 * leaf, granularity)
    map.set(leaf, leaf)
    const walk = map.extents()
    expect(walk.next().value).toEqual({ offset: leaf, length: leaf })
    map.set(0, granularity)
    map.set(5 * leaf, 1)
    expect([...walk]).toEqual([{ offset: 5 * leaf, length: granularity }])
  })

  it('does not reach beyond the end of a disk that shrank', () => {
    const map = bitmap(64 * leaf, granularity)
    map.setAll()
    const walk = map.extents({ offset: leaf })
    map.resize(2 * leaf - 1)._unsafeUnwrap()
    expect([...walk]).toEqual([{ offset: leaf, length: leaf - 1 }])
    map.resize(leaf)._unsafeUnwrap()
    expect([...map.extents({ offset: 3 * leaf })]).toEqual([])
  })

  it('gives the first dirty bytes from where it is, whatever was done before', () => {
    const size = 40 * leaf
    const bytes = fc.oneof(fc.nat(64), fc.nat(40_000), fc.nat(300_000)).map((n) => n * granularity)
    const change = fc.record({ offset: bytes, length: bytes, dirty: fc.boolean() })
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 20 }), (rounds) => {
        const map = bitmap(size, granularity)
        map.set(0, size / 2)
        const walk = map.extents()
        let position = 0
        for (const changes of rounds) {
          for (const { offset, length, dirty } of changes) {
            if (dirty) map.set(offset, length)
            else map.clear(offset, length)
          }
          const offset = map.nextDirty(position)
          const { value } = walk.next()
          if (offset === undefined) return value === undefined
          const end = map.nextClean(offset) ?? size
          expect(value).toEqual({ offset, length: end - offset })
          position = end
        }
        return true
      }),
    )
  })
})

describe('what is no argument', () => {
  const strangers: readonly unknown[] = [
    undefined,
    null,
    true,
    'x',
    {},
    [],
    () => 1,
    Object.create(null),
  ]

  /** Calls as plain JavaScript does, where nothing checks the argument's type. */
  function call<T>(fn: (argument: never) => T, argument: unknown): T {
    return Reflect.apply(fn, undefined, [argument])
  }

  it.each(strangers)('makes no bitmap (case %#)', (stranger) => {
    const made = call((options: DirtyBitmapOptions) => DirtyBitmap.create(options), stranger)
    const read = call((bytes: Uint8Array) => DirtyBitmap.deserialize(bytes), stranger)
    for (const result of [made, read]) {
      expect(result._unsafeUnwrapErr().code).toBe(ErrorNumber.INVALID_ARG)
    }
  })

  it.each(strangers)('is no bitmap to merge or to compare (case %#)', (stranger) => {
    const map = bitmap(MiB, 512)
    const merged = call((source: DirtyBitmap) => map.merge(source), stranger)
    expect(merged._unsafeUnwrapErr().message).toBe(
      'source in DirtyBitmap.merge must be a DirtyBitmap',
    )
    expect(call((other: DirtyBitmap) => map.equals(other), stranger)).toBe(false)
  })

  it.each([...strangers, Number.NaN])('marks, clears and finds nothing (case %#)', (stranger) => {
    const map = bitmap(MiB, 512)
    map.set(512, 512)
    call((offset: number) => map.set(offset, 512), stranger)
    call((length: number) => map.set(0, length), stranger)
    call((offset: number) => map.clear(offset, MiB), stranger)
    call((length: number) => map.clear(0, length), stranger)
    expect(extentsOf(map)).toEqual([[512, 512]])
    expect(call((offset: number) => map.has(offset), stranger)).toBe(false)
    expect(call((offset: number) => map.nextDirty(offset), stranger)).toBeUndefined()
    expect(call((offset: number) => map.nextClean(offset), stranger)).toBeUndefined()
    expect(call((size: number) => map.resize(size), stranger).isErr()).toBe(true)
  })

  it.each([undefined, null, {}])('bounds no walk (case %#)', (range) => {
    const map = bitmap(MiB, 512)
    map.set(512, 512)
    const extents = call((part: ExtentRange) => map.extents(part), range)
    expect([...extents]).toEqual([{ offset: 512, length: 512 }])
  })

  it('is not a bigint, which counts as its number', () => {
    const map = bitmap(MiB, 512)
    call((offset: number) => map.set(offset, 1), 512n)
    expect(extentsOf(map)).toEqual([[512, 512]])
    expect(call((offset: number) => map.has(offset), 512n)).toBe(true)
  })
})
