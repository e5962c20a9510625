import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ImageStore } from '../../src/block/index.ts'
import type { Image } from '../../src/block/index.ts'
import { isZero, pattern, sameBytes } from './bytes.ts'
import { Errno } from '../../src/errors/index.ts'

const KiB = 1024
const MiB = 1024 * KiB
const TiB = 1024 * 1024 * MiB

type Step =
  | { readonly op: 'write'; readonly at: number; readonly length: number; readonly seed: number }
  | { readonly op: 'zero' | 'discard'; readonly at: number; readonly length: number }
  | { readonly op: 'resize'; readonly size: number }

function steps(size: number): fc.Arbitrary<Step[]> {
  const at = fc.nat({ max: size - 1 })
  const length = fc.oneof(fc.nat({ max: 3000 }), fc.nat({ max: size }))
  return fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          op: fc.constant('write' as const),
          at,
          length,
          seed: fc.nat({ max: 200 }),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          op: fc.constantFrom('zero' as const, 'discard' as const),
          at,
          length,
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          op: fc.constant('resize' as const),
          size: fc.integer({ min: 1, max: 400 }).map((n) => n * 512),
        }),
      },
    ),
    { maxLength: 25 },
  )
}

/** Does a step to an image and to a flat array, and gives the array afterwards. */
function apply(image: Image, flat: Uint8Array<ArrayBuffer>, step: Step): Uint8Array<ArrayBuffer> {
  if (step.op === 'resize') {
    expect(image.resize(step.size).isOk()).toBe(true)
    const next = new Uint8Array(step.size)
    next.set(flat.subarray(0, step.size))
    return next
  }
  const at = Math.min(step.at, flat.length)
  const length = Math.min(step.length, flat.length - at)
  if (step.op === 'write') {
    const bytes = pattern(length, step.seed)
    expect(image.write(at, bytes).isOk()).toBe(true)
    flat.set(bytes, at)
  } else if (step.op === 'zero') {
    expect(image.writeZeroes(at, length).isOk()).toBe(true)
    flat.fill(0, at, at + length)
  } else {
    expect(image.discard(at, length).isOk()).toBe(true)
    // A discard changes bytes to zero or not at all.
    const now = image.read(at, length)._unsafeUnwrap()
    expect(now.findIndex((byte, i) => byte !== 0 && byte !== flat[at + i])).toBe(-1)
    flat.set(now, at)
  }
  return flat
}

describe('Image', () => {
  it.each([
    ['raw', undefined],
    ['qcow2', 512],
    ['qcow2', 4096],
    ['qcow2', 65536],
    ['vdi', undefined],
  ] as const)('behaves as a flat array of bytes (%s, clusters of %s)', (format, clusterSize) => {
    const size = 150 * KiB
    fc.assert(
      fc.property(steps(size), (history) => {
        const store = new ImageStore()
        const image = store
          .create('/a', { format, virtualSize: size, ...(clusterSize && { clusterSize }) })
          ._unsafeUnwrap()
        let flat = new Uint8Array(size)
        for (const step of history) flat = apply(image, flat, step)
        expect(sameBytes(image.read(0, image.virtualSize)._unsafeUnwrap(), flat)).toBe(true)
        expectHonestExtents(image, flat)
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    [512, 4096, 'qcow2'],
    [65536, 65536, 'qcow2'],
    [65536, 512, 'raw'],
    [2 * MiB, 65536, 'qcow2'],
  ] as const)(
    'behaves as a flat array over a backing image (clusters of %s over %s, %s)',
    (clusterSize, below, format) => {
      const size = 150 * KiB
      fc.assert(
        fc.property(
          steps(size),
          steps(size),
          fc.integer({ min: 1, max: 300 }).map((n) => n * 512),
          (base, history, baseSize) => {
            const store = new ImageStore()
            const lower = store
              .create('/base', {
                format,
                virtualSize: baseSize,
                ...(format === 'qcow2' && { clusterSize: below }),
              })
              ._unsafeUnwrap()
            let flat = new Uint8Array(baseSize)
            for (const step of base) flat = apply(lower, flat, step)
            const frozen = flat.slice()
            const image = store
              .create('/a', {
                format: 'qcow2',
                virtualSize: size,
                clusterSize,
                backing: { path: 'base' },
              })
              ._unsafeUnwrap()
            let seen = new Uint8Array(size)
            seen.set(flat.subarray(0, size))
            for (const step of history) seen = apply(image, seen, step)
            expect(sameBytes(image.read(0, image.virtualSize)._unsafeUnwrap(), seen)).toBe(true)
            expect(sameBytes(lower.read(0, lower.virtualSize)._unsafeUnwrap(), frozen)).toBe(true)
            let end = 0
            for (const extent of image.extents({ chain: true })._unsafeUnwrap()) {
              expect(extent.offset).toBe(end)
              end += extent.length
              if (extent.state === 'zero') {
                expect(isZero(seen.subarray(extent.offset, end))).toBe(true)
              }
            }
            expect(end).toBe(image.virtualSize)
          },
        ),
        { numRuns: 60 },
      )
    },
  )

  it('keeps a huge image in little memory and lists it at once', () => {
    const image = new ImageStore()
      .create('/huge', { format: 'qcow2', virtualSize: 16 * TiB })
      ._unsafeUnwrap()
    for (const at of [0, 7 * TiB, 16 * TiB - 64 * KiB]) image.write(at, pattern(4096, 1))
    image.writeZeroes(TiB, 5 * TiB)
    expect(image.content.clusters.windowBytes).toBe(3 * 4096)
    expect(image.allocatedBytes).toBe(3 * 64 * KiB)
    expect([...image.extents()].map(({ offset, state }) => [offset, state])).toStrictEqual([
      [0, 'data'],
      [64 * KiB, 'hole'],
      [TiB, 'zero'],
      [6 * TiB, 'hole'],
      [7 * TiB, 'data'],
      [7 * TiB + 64 * KiB, 'hole'],
      [16 * TiB - 64 * KiB, 'data'],
    ])
  })

  it('tells holes, zeroes and data apart', () => {
    const image = new ImageStore()
      .create('/a', { format: 'qcow2', virtualSize: 320 * KiB })
      ._unsafeUnwrap()
    image.write(64 * KiB, pattern(10, 1))
    image.writeZeroes(128 * KiB, 64 * KiB)
    expect([...image.extents()]).toStrictEqual([
      { offset: 0, length: 64 * KiB, state: 'hole' },
      { offset: 64 * KiB, length: 64 * KiB, state: 'data' },
      { offset: 128 * KiB, length: 64 * KiB, state: 'zero' },
      { offset: 192 * KiB, length: 128 * KiB, state: 'hole' },
    ])
  })

  it.each([
    [-1, 1],
    [0, -1],
    [0.5, 1],
    [Number.NaN, 1],
    [0, Infinity],
    [512, 1],
    [2 ** 53, 1],
  ])('refuses to read %s + %s of 512 bytes with EIO', (offset, length) => {
    const image = new ImageStore().create('/a', { virtualSize: 512 })._unsafeUnwrap()
    expect(image.read(offset, length)._unsafeUnwrapErr().errno).toBe(Errno.EIO)
    expect(image.writeZeroes(offset, length)._unsafeUnwrapErr().errno).toBe(Errno.EIO)
  })

  it('gives ENOMEM for a read that no memory can hold', () => {
    const image = new ImageStore().create('/a', { virtualSize: 8192 * TiB - 512 })._unsafeUnwrap()
    expect(image.read(0, 8000 * TiB)._unsafeUnwrapErr().errno).toBe(Errno.ENOMEM)
  })

  it('shows zeroes, not old backing data, where it grows over a longer backing image', () => {
    const store = new ImageStore()
    const base = store.create('/base', { virtualSize: MiB })._unsafeUnwrap()
    base.write(0, pattern(MiB, 3))
    const top = store
      .create('/top', { format: 'qcow2', virtualSize: 100 * KiB, backing: { path: '/base' } })
      ._unsafeUnwrap()
    top.resize(MiB)
    const seen = top.read(0, MiB)._unsafeUnwrap()
    expect(seen.subarray(0, 100 * KiB)).toStrictEqual(pattern(MiB, 3).subarray(0, 100 * KiB))
    expect(isZero(seen.subarray(100 * KiB))).toBe(true)
  })

  it('puts another image below without touching its content', () => {
    const store = new ImageStore()
    const format = 'qcow2'
    store.load('/one', pattern(64 * KiB, 1), { format })
    store.load('/two', pattern(64 * KiB, 2), { format })
    const top = store.create('/top', { format, backing: { path: '/one' } })._unsafeUnwrap()
    expect(top.read(0, 9)._unsafeUnwrap()).toStrictEqual(pattern(9, 1))
    expect(top.rebase({ path: '/two' }).isOk()).toBe(true)
    expect(top.read(0, 9)._unsafeUnwrap()).toStrictEqual(pattern(9, 2))
    expect(top.rebase(undefined).isOk()).toBe(true)
    expect(top.read(0, 9)._unsafeUnwrap()).toStrictEqual(new Uint8Array(9))
    expect(top.rebase({ path: '/gone' }).isOk()).toBe(true)
    expect(top.read(0, 9)._unsafeUnwrapErr().message).toBe(
      "Could not open backing file: Could not open '/gone': No such file or directory",
    )
  })

  it('ends a backing chain that goes in a circle', () => {
    const store = new ImageStore()
    const a = store.create('/a', { format: 'qcow2', virtualSize: 512 })._unsafeUnwrap()
    a.rebase({ path: '/a' })
    expect(a.read(0, 1)._unsafeUnwrapErr().message).toMatch(/more than 200 images/)
  })
})

function expectHonestExtents(image: Image, flat: Uint8Array): void {
  let end = 0
  let previous: string | undefined
  for (const { offset, length, state } of image.extents()) {
    expect(offset).toBe(end)
    expect(length).toBeGreaterThan(0)
    expect(state).not.toBe(previous)
    previous = state
    end = offset + length
    if (state !== 'data') expect(isZero(flat.subarray(offset, end))).toBe(true)
  }
  expect(end).toBe(flat.length)
}
