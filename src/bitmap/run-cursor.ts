import { Leaf, LEAF_BITS, leafAt, nextClear, nextSet, type Slot } from './bit-tree.ts'
import { findClear, findSet } from './words.ts'

/**
 * Steps over the runs of set bits of a tree. Within a leaf it does not come down from the root for each run: that makes
 * the walk over a dense bitmap several times faster, as does not being a generator.
 */
export class RunCursor {
  /** The first bit of the run. */
  first = 0
  /** The bit behind the run's last. */
  last = 0
  readonly #root: Slot
  readonly #level: number
  readonly #end: number
  #position: number
  /** The words of the leaf that the cursor is in, if it is in one. */
  #words: Uint32Array | undefined
  #base = 0

  constructor(root: Slot, level: number, from: number, end: number) {
    this.#root = root
    this.#level = level
    this.#position = from
    this.#end = end
  }

  /** Goes to the next run, cut at the end of the walk; false when there is none. */
  next(): boolean {
    const first = this.#nextInLeaf()
    if (first >= 0) return this.#take(first)
    if (this.#position >= this.#end) return false
    const found = nextSet(this.#root, this.#level, this.#position)
    if (found < 0) return this.#finish()
    const leaf = leafAt(this.#root, this.#level, found)
    if (leaf instanceof Leaf) {
      this.#words = leaf.words
      this.#base = found - (found % LEAF_BITS)
    }
    return this.#take(found)
  }

  /** Lets the walk go on at a bit behind the present run. */
  skipTo(position: number): void {
    if (position >= this.#base + LEAF_BITS) this.#words = undefined
    this.#position = position
  }

  #nextInLeaf(): number {
    if (this.#words === undefined) return -1
    const found = findSet(this.#words, this.#position - this.#base)
    if (found >= 0) return this.#base + found
    this.#words = undefined
    this.#position = this.#base + LEAF_BITS
    return -1
  }

  #take(first: number): boolean {
    if (first >= this.#end) return this.#finish()
    const inLeaf =
      this.#words === undefined ? LEAF_BITS : findClear(this.#words, first - this.#base)
    if (inLeaf < LEAF_BITS) {
      this.#position = this.#base + inLeaf
    } else {
      // The run may go on in the next leaf.
      this.#words = undefined
      this.#position = nextClear(this.#root, this.#level, first)
    }
    this.first = first
    this.last = Math.min(this.#position, this.#end)
    return true
  }

  #finish(): false {
    this.#words = undefined
    this.#position = this.#end
    return false
  }
}
