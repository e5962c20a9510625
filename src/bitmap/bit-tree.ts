/**
 * A sparse tree of bits: a stretch that is all clear or all set costs one slot, at whatever height it lies.
 *
 * A leaf holds 8192 bits, an inner node 64 slots. Every slot is canonical: EMPTY when no bit is set below it, FULL when
 * all are, and a node otherwise; so counting is free, equal trees have equal shapes, and a search skips what it need
 * not see. Positions are relative to the slot and may pass 2^32, hence no shifts on them.
 *
 * @module
 */
import { fillBits, findClear, findSet, flipBits, mergeWords, sameBits } from './words.ts'

const FAN_OUT = 64

/** The number of bits in a leaf. */
export const LEAF_BITS = 8192

/** All bits of the slot are clear. */
export const EMPTY = undefined

/** All bits of the slot are set, those behind the end of a bitmap included: so a slot across the end is never FULL. */
export const FULL = 'full'

/** What stands for a stretch of bits. */
export type Slot = typeof EMPTY | typeof FULL | Leaf | Inner

/** 8192 bits, of which some are set and some are not. */
export class Leaf {
  /** The words up to the last one that was ever set; the rest is clear. */
  words: Uint32Array
  count: number

  constructor(words: Uint32Array, count: number) {
    this.words = words
    this.count = count
  }
}

/** 64 slots, not all of them EMPTY and not all FULL. */
export class Inner {
  readonly slots: Slot[]
  count: number

  constructor(slots: Slot[], count: number) {
    this.slots = slots
    this.count = count
  }
}

// Level 6 holds more than the 2^44 granules that a disk can have.
const spans: readonly number[] = Array.from(
  { length: 7 },
  (_, level) => LEAF_BITS * FAN_OUT ** level,
)

/** The number of bits below a slot of this level; level 0 is a leaf. */
export function spanOf(level: number): number {
  return spans[level] ?? Infinity
}

/** The level of the lowest slot that has room for so many bits. */
export function levelFor(bits: number): number {
  let level = 0
  while (spanOf(level) < bits) level++
  return level
}

/** The number of set bits below a slot. */
export function countOf(slot: Slot, level: number): number {
  if (slot === EMPTY) return 0
  return slot === FULL ? spanOf(level) : slot.count
}

function canonicalLeaf(leaf: Leaf): Slot {
  if (leaf.count === 0) return EMPTY
  return leaf.count === LEAF_BITS ? FULL : leaf
}

function canonicalInner(inner: Inner, level: number): Slot {
  if (inner.count === 0) return EMPTY
  return inner.count === spanOf(level) ? FULL : inner
}

/** The slot as a leaf with room for `bits` bits. */
function toLeaf(slot: Slot, bits: number): Leaf {
  if (slot === FULL) return new Leaf(new Uint32Array(LEAF_BITS / 32).fill(0xffff_ffff), LEAF_BITS)
  const leaf = slot === EMPTY ? new Leaf(new Uint32Array(0), 0) : slot
  if (!(leaf instanceof Leaf)) throw new Error('An inner node stands where a leaf belongs')
  const needed = Math.ceil(bits / 32)
  if (leaf.words.length < needed) {
    const grown = new Uint32Array(2 ** Math.ceil(Math.log2(needed)))
    grown.set(leaf.words)
    leaf.words = grown
  }
  return leaf
}

function uniformSlots(slot: Slot): Slot[] {
  return Array.from({ length: FAN_OUT }, () => slot)
}

function toInner(slot: Slot, level: number): Inner {
  if (slot instanceof Inner) return slot
  if (slot instanceof Leaf) throw new Error('A leaf stands where an inner node belongs')
  return new Inner(uniformSlots(slot), countOf(slot, level))
}

/** Sets or clears the bits from `from` to before `to`; gives what takes the slot's place. */
export function fill(slot: Slot, level: number, from: number, to: number, value: boolean): Slot {
  const uniform = value ? FULL : EMPTY
  if (slot === uniform || from >= to) return slot
  if (from === 0 && to === spanOf(level)) return uniform
  if (level === 0) {
    const leaf = toLeaf(slot, to)
    const changed = fillBits(leaf.words, from, to, value)
    leaf.count += value ? changed : -changed
    return canonicalLeaf(leaf)
  }
  const inner = toInner(slot, level)
  const span = spanOf(level - 1)
  const last = Math.floor((to - 1) / span)
  for (let index = Math.floor(from / span); index <= last; index++) {
    const start = index * span
    const before = inner.slots[index]
    const countBefore = countOf(before, level - 1)
    const after = fill(
      before,
      level - 1,
      Math.max(from - start, 0),
      Math.min(to - start, span),
      value,
    )
    inner.slots[index] = after
    inner.count += countOf(after, level - 1) - countBefore
  }
  return canonicalInner(inner, level)
}

/** Adds the bits of `source` to those of `target`; gives what takes the target's place. */
export function union(target: Slot, source: Slot, level: number): Slot {
  if (source === EMPTY || target === FULL) return target
  if (source === FULL) return FULL
  if (target === EMPTY) return copy(source)
  if (source instanceof Leaf) {
    const leaf = toLeaf(target, source.words.length * 32)
    leaf.count += mergeWords(leaf.words, source.words)
    return canonicalLeaf(leaf)
  }
  const inner = toInner(target, level)
  inner.count = 0
  for (let index = 0; index < FAN_OUT; index++) {
    const merged: Slot = union(inner.slots[index], source.slots[index], level - 1)
    inner.slots[index] = merged
    inner.count += countOf(merged, level - 1)
  }
  return canonicalInner(inner, level)
}

/**
 * Turns the bits from 0 to before `to` over; those behind must be clear and stay so.
 */
export function invert(slot: Slot, level: number, to: number): Slot {
  if (slot === EMPTY) return fill(EMPTY, level, 0, to, true)
  if (slot === FULL) return EMPTY
  if (level === 0) {
    const leaf = toLeaf(slot, to)
    leaf.count = flipBits(leaf.words, to)
    return canonicalLeaf(leaf)
  }
  const inner = toInner(slot, level)
  const span = spanOf(level - 1)
  inner.count = 0
  for (let index = 0; index * span < to; index++) {
    const inverted = invert(inner.slots[index], level - 1, Math.min(to - index * span, span))
    inner.slots[index] = inverted
    inner.count += countOf(inverted, level - 1)
  }
  return canonicalInner(inner, level)
}

/** A copy that shares nothing with the original. */
export function copy(slot: Slot): Slot {
  if (slot instanceof Leaf) return new Leaf(slot.words.slice(), slot.count)
  if (slot instanceof Inner) return new Inner(slot.slots.map(copy), slot.count)
  return slot
}

/** Whether both hold the same bits. */
export function same(left: Slot, right: Slot): boolean {
  if (left === right) return true
  if (left instanceof Leaf && right instanceof Leaf) {
    return left.count === right.count && sameBits(left.words, right.words)
  }
  if (!(left instanceof Inner && right instanceof Inner)) return false
  return (
    left.count === right.count && left.slots.every((slot, index) => same(slot, right.slots[index]))
  )
}

/** The first set bit at or after `from`, or -1. */
export function nextSet(slot: Slot, level: number, from: number): number {
  if (slot === EMPTY) return -1
  if (slot === FULL) return from
  if (slot instanceof Leaf) return findSet(slot.words, from)
  const span = spanOf(level - 1)
  let index = Math.floor(from / span)
  let rest = from - index * span
  for (; index < FAN_OUT; index++, rest = 0) {
    const child = slot.slots[index]
    if (child === EMPTY) continue
    const found = nextSet(child, level - 1, rest)
    if (found >= 0) return index * span + found
  }
  return -1
}

/** The first clear bit at or after `from`, or the slot's span. */
export function nextClear(slot: Slot, level: number, from: number): number {
  if (slot === EMPTY) return from
  if (slot === FULL) return spanOf(level)
  if (slot instanceof Leaf) return Math.min(findClear(slot.words, from), LEAF_BITS)
  const span = spanOf(level - 1)
  let index = Math.floor(from / span)
  let rest = from - index * span
  for (; index < FAN_OUT; index++, rest = 0) {
    const child = slot.slots[index]
    if (child === FULL) continue
    const found = nextClear(child, level - 1, rest)
    if (found < span) return index * span + found
  }
  return spanOf(level)
}

/** The same bits as a root of another level; when that is lower, what does not fit must be clear. */
export function relevel(root: Slot, from: number, to: number): Slot {
  let slot = root
  for (let level = from; level < to; level++) {
    if (slot === EMPTY) return EMPTY
    const slots = uniformSlots(EMPTY)
    slots[0] = slot
    slot = new Inner(slots, countOf(slot, level))
  }
  for (let level = from; level > to; level--) {
    if (slot instanceof Inner) slot = slot.slots[0]
  }
  return slot
}

/** The slot nearest to a position that is not an inner node. */
export function leafAt(slot: Slot, level: number, position: number): Slot {
  let current = slot
  let rest = position
  for (let below = level; below > 0 && current instanceof Inner; below--) {
    const span = spanOf(below - 1)
    const index = Math.floor(rest / span)
    rest -= index * span
    current = current.slots[index]
  }
  return current
}

/** A stretch of leaves: one leaf with its own bits, or a number of leaves that are FULL. */
export interface LeafRun {
  /** The number of the first leaf, counted from the start of the tree. */
  readonly index: number
  readonly leaves: number
  readonly slot: typeof FULL | Leaf
}

/** Walks over what is set, leaf by leaf, in ascending order; FULL stretches come whole, one for each slot. */
export function* leafRuns(slot: Slot, level: number, index: number = 0): Generator<LeafRun> {
  if (slot === EMPTY) return
  if (slot === FULL) yield { index, leaves: FAN_OUT ** level, slot }
  else if (slot instanceof Leaf) yield { index, leaves: 1, slot }
  else {
    const leaves = FAN_OUT ** (level - 1)
    for (let child = 0; child < FAN_OUT; child++) {
      yield* leafRuns(slot.slots[child], level - 1, index + child * leaves)
    }
  }
}

/** Puts a leaf in an EMPTY place; gives what takes the root's place. */
export function insertLeaf(slot: Slot, level: number, index: number, leaf: Leaf): Slot {
  if (level === 0) return leaf
  const inner = toInner(slot, level)
  const leaves = FAN_OUT ** (level - 1)
  const child = Math.floor(index / leaves)
  inner.slots[child] = insertLeaf(inner.slots[child], level - 1, index - child * leaves, leaf)
  inner.count += leaf.count
  return inner
}
