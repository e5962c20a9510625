/**
 * Bits in an array of 32-bit words; what lies behind the array's end counts as clear.
 *
 * @module
 */

const ALL_ONES = 0xffff_ffff

function wordAt(words: Uint32Array, index: number): number {
  return words[index] ?? 0
}

/** The number of set bits in a 32-bit word. */
export function popCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555)
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333)
  bits = (bits + (bits >>> 4)) & 0x0f0f_0f0f
  return Math.imul(bits, 0x0101_0101) >>> 24
}

/** The number of a word's lowest set bit. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}

/**
 * Sets or clears the bits from `from` to before `to`, which must lie in the array.
 *
 * @returns How many bits changed
 */
export function fillBits(words: Uint32Array, from: number, to: number, value: boolean): number {
  const first = from >>> 5
  const last = (to - 1) >>> 5
  let changed = 0
  for (let index = first; index <= last; index++) {
    let mask = ALL_ONES
    if (index === first) mask = (mask << (from & 31)) >>> 0
    if (index === last) mask &= ALL_ONES >>> (31 - ((to - 1) & 31))
    const before = wordAt(words, index)
    const after = value ? before | mask : before & ~mask
    words[index] = after
    changed += popCount(before ^ after)
  }
  return changed
}

/** Turns the bits from 0 to before `to` over; gives how many are set among them now. */
export function flipBits(words: Uint32Array, to: number): number {
  const last = (to - 1) >>> 5
  let count = 0
  for (let index = 0; index <= last; index++) {
    const mask = index === last ? ALL_ONES >>> (31 - ((to - 1) & 31)) : ALL_ONES
    const after = wordAt(words, index) ^ mask
    words[index] = after
    count += popCount(after)
  }
  return count
}

/** Adds the bits of `source`, which must not be longer than `target`; gives how many are new. */
export function mergeWords(target: Uint32Array, source: Uint32Array): number {
  let added = 0
  for (let index = 0; index < source.length; index++) {
    const before = wordAt(target, index)
    const fresh = wordAt(source, index) & ~before
    // Most words of a sparse bitmap bring nothing, and a write costs more than a look.
    if (fresh === 0) continue
    target[index] = before | fresh
    added += popCount(fresh)
  }
  return added
}

/** The first set bit at or after `from`, or -1. */
export function findSet(words: Uint32Array, from: number): number {
  let index = from >>> 5
  let word = wordAt(words, index) & (ALL_ONES << (from & 31))
  while (word === 0) {
    index++
    if (index >= words.length) return -1
    word = wordAt(words, index)
  }
  return index * 32 + lowestBit(word)
}

/** The first clear bit at or after `from`; it may lie behind the array's end. */
export function findClear(words: Uint32Array, from: number): number {
  let index = from >>> 5
  if (index >= words.length) return from
  let word = ~wordAt(words, index) & (ALL_ONES << (from & 31))
  while (word === 0) {
    index++
    if (index >= words.length) return index * 32
    word = ~wordAt(words, index)
  }
  return index * 32 + lowestBit(word)
}

/** Whether both hold the same bits, whatever their lengths. */
export function sameBits(left: Uint32Array, right: Uint32Array): boolean {
  const length = Math.max(left.length, right.length)
  for (let index = 0; index < length; index++) {
    if (wordAt(left, index) !== wordAt(right, index)) return false
  }
  return true
}
