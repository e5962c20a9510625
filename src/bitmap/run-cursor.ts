import { Leaf, LEAF_BITS, leafAt, nextClear, nextSet, type Slot, spanOf } from './bit-tree.ts'
import { findClear, lowestBit } from './words.ts'

/** A tree that changes while somebody walks over it. */
export interface ChangingTree {
  readonly root: Slot
  readonly level: number
  /** How often it changed; what was read of it before the last time may no longer be so. */
  readonly changes: number
}

const noWords = new Uint32Array(0)

/**
 * Steps over the runs of set bits of a tree, as they are at each step.
 *
 * Within a leaf it does not come down from the root for each run, and within a word it does not even look at the leaf: that
 * makes the walk over a dense bitmap many times faster, as does not being a generator.
 */
export class RunCursor {
  /** The first bit of the run. */
  first = 0
  /** The bit behind the run's last; the walk goes on there. */
  last: number
  readonly #tree: ChangingTree
  readonly #end: number
  #changes: number
  /** The words of the leaf that the cursor is in, if it is in one. */
  #words: Uint32Array = noWords
  /** The word that the cursor is in, without the bits that it went over. */
  #word = 0
  #index = 0
  /** The bit that the word starts at. */
  #base = 0

  constructor(tree: ChangingTree, from: number, end: number) {
    this.#tree = tree
    this.#changes = tree.changes
    this.last = from
    this.#end = end
  }

  /** Goes to the next run, cut at the end of the walk; false when there is none. */
  next(): boolean {
    if (this.#changes !== this.#tree.changes) this.#leave()
    let word = this.#word
    if (word === 0) {
      if (!this.#nextWord()) return this.#search()
      word = this.#word
    }
    const zeroes = lowestBit(word)
    const clear = ~(word >>> zeroes)
    const ones = clear === 0 ? 32 : lowestBit(clear)
    const first = this.#base + zeroes
    if (zeroes + ones >= 32 || first + ones >= this.#end) return this.#long(first)
    this.#word = word & (-1 << (zeroes + ones))
    this.first = first
    this.last = first + ones
    return true
  }

  /** Lets the walk go on at a bit behind the present run. */
  skipTo(position: number): void {
    this.last = position
    const bit = position - this.#base + this.#index * 32
    const index = Math.floor(bit / 32)
    if (index < this.#words.length) this.#enter(index, bit % 32)
    else this.#leave()
  }

  /** Goes to the next word of the leaf that is not empty. */
  #nextWord(): boolean {
    const words = this.#words
    for (let index = this.#index + 1; index < words.length; index++) {
      if (words[index] === 0) continue
      this.#enter(index, 0)
      return true
    }
    return false
  }

  #enter(index: number, bit: number): void {
    this.#base += (index - this.#index) * 32
    this.#index = index
    this.#word = (this.#words[index] ?? 0) & (-1 << bit)
  }

  /** Forgets the leaf: the walk goes on from the root. */
  #leave(): void {
    this.#words = noWords
    this.#word = 0
    this.#changes = this.#tree.changes
  }

  #search(): boolean {
    const { root, level } = this.#tree
    this.#leave()
    // A tree that shrank meanwhile ends before the walk does.
    const end = Math.min(this.#end, spanOf(level))
    const found = this.last < end ? nextSet(root, level, this.last) : -1
    if (found < 0 || found >= end) return this.#finish()
    const leaf = leafAt(root, level, found)
    if (!(leaf instanceof Leaf)) return this.#take(found, nextClear(root, level, found))
    const bit = found % LEAF_BITS
    this.#words = leaf.words
    this.#index = 0
    this.#base = found - bit
    this.#enter(bit >>> 5, bit & 31)
    return this.next()
  }

  /** Takes a run that reaches the end of its word, and perhaps of its leaf, or the end of the walk. */
  #long(first: number): boolean {
    if (first >= this.#end) return this.#finish()
    const start = this.#base - this.#index * 32
    const clear = findClear(this.#words, first - start)
    if (clear >= LEAF_BITS) {
      this.#leave()
      return this.#take(first, nextClear(this.#tree.root, this.#tree.level, first))
    }
    this.#take(first, start + clear)
    this.skipTo(start + clear)
    this.last = Math.min(this.last, this.#end)
    return true
  }

  #take(first: number, last: number): true {
    this.first = first
    this.last = Math.min(last, this.#end)
    return true
  }

  #finish(): false {
    this.#leave()
    this.last = this.#end
    return false
  }
}
