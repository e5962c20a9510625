import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../src/bitmap/crc32.ts'
import { DirtyBitmap } from '../../src/bitmap/index.ts'

const MiB = 2 ** 20
const LEAF = 8192 * 4096

function sample(): Uint8Array {
  const map = DirtyBitmap.create({ size: 2 ** 40, granularity: 4096 })._unsafeUnwrap()
  map.set(MiB, 3 * MiB)
  map.set(5 * LEAF, 2 * LEAF)
  return map.serialize()
}

/** The sample with 32-bit numbers replaced, and a checksum that fits. */
function altered(words: Record<number, number>): Uint8Array {
  const bytes = sample()
  const view = new DataView(bytes.buffer)
  for (const [at, word] of Object.entries(words)) view.setUint32(Number(at), word, true)
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true)
  return bytes
}

describe('DirtyBitmap.deserialize', () => {
  it('reads a view into a larger buffer', () => {
    const bytes = sample()
    const padded = new Uint8Array(bytes.length + 7)
    padded.set(bytes, 7)
    expect(DirtyBitmap.deserialize(padded.subarray(7))._unsafeUnwrap().serialize()).toEqual(bytes)
  })

  it('refuses every cut', () => {
    const bytes = sample()
    for (let end = 0; end < bytes.length; end++) {
      expect(DirtyBitmap.deserialize(bytes.subarray(0, end)).isErr()).toBe(true)
    }
  })

  it('refuses every flipped bit', () => {
    const bytes = sample()
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const harmed = bytes.slice()
        harmed[bit >>> 3] = (harmed[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
        expect(DirtyBitmap.deserialize(harmed).isErr()).toBe(true)
      }),
    )
  })

  // Offsets: 32 index and 36 length of a leaf, 40 its bits, 1064 index and 1068 length of a full run.
  it.each([
    ['another version', { 8: 2 }, 'version 2 is not known'],
    ['a count that the bits do not have', { 24: 1 }, 'wrong number of dirty granules'],
    ['records out of order', { 32: 6 }, 'records are not in order'],
    ['overlapping records', { 32: 5 }, 'records are not in order'],
    ['a leaf beyond the end', { 32: 2 ** 32 - 1 }, 'dirty beyond the end of the disk'],
    ['a full run beyond the end', { 1068: 2 ** 32 - 1 }, 'dirty beyond the end of the disk'],
    ['a run where bits follow', { 36: 1 }, 'records are not in order'],
    ['bits where none follow', { 1068: 0 }, 'a record is cut off'],
  ])('refuses %s', (_, words, why) => {
    expect(DirtyBitmap.deserialize(altered(words))._unsafeUnwrapErr().message).toBe(
      `malformed dirty bitmap: ${why}`,
    )
  })

  it('refuses a leaf without bits', () => {
    const bytes = DirtyBitmap.create({ size: 512, granularity: 512 })._unsafeUnwrap()
    bytes.setAll()
    const whole = bytes.serialize()
    const view = new DataView(whole.buffer)
    view.setUint32(40, 0, true)
    view.setUint32(24, 0, true)
    view.setUint32(whole.length - 4, crc32(whole.subarray(0, -4)), true)
    expect(DirtyBitmap.deserialize(whole)._unsafeUnwrapErr().message).toBe(
      'malformed dirty bitmap: a needless record',
    )
  })

  it.each([0, 256, 768])('refuses granularity %d', (granularity) => {
    expect(DirtyBitmap.deserialize(altered({ 12: granularity })).isErr()).toBe(true)
  })

  it('refuses a size beyond the safe integers', () => {
    expect(DirtyBitmap.deserialize(altered({ 20: 2 ** 31 })).isErr()).toBe(true)
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(DirtyBitmap.deserialize(bytes).isErr()).toBe(true)
      }),
    )
  })
})
