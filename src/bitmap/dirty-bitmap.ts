import { err, ok } from 'neverthrow'
import { badArgument, ErrorDomain, nonNull, type VirResult } from '../errors/index.ts'
import {
  copy,
  countOf,
  EMPTY,
  fill,
  invert,
  levelFor,
  nextClear,
  nextSet,
  relevel,
  same,
  type Slot,
  union,
} from './bit-tree.ts'
import { checkGranularity, checkSize } from './granularity.ts'
import { RunCursor } from './run-cursor.ts'
import { decodeBitmap, encodeBitmap } from './serialized.ts'

/** A stretch of bytes that belong together. */
export interface Extent {
  /** Bytes from the start of the disk. */
  readonly offset: number
  /** Bytes; never 0. */
  readonly length: number
}

/** What a bitmap covers. */
export interface DirtyBitmapOptions {
  /** Bytes of the disk; any safe integer, 0 included. */
  readonly size: number
  /** Bytes that one bit stands for: a power of two from 512 to 2 GiB. */
  readonly granularity: number
}

/** What part of a disk to look at; absent means from its start, and to its end. */
export interface ExtentRange {
  readonly offset?: number
  readonly length?: number
}

/**
 * A record of the bytes of a disk that changed, one bit for each granule.
 *
 * Memory follows what is set: an untouched or a wholly dirty bitmap of 8 PiB costs a few words. Offsets and lengths that
 * reach beyond the disk are clipped, so no call but {@link DirtyBitmap.create}, {@link DirtyBitmap.merge} and
 * {@link DirtyBitmap.deserialize} can fail.
 *
 * @see QEMU 7.2, docs/interop/bitmaps.rst
 */
export class DirtyBitmap {
  readonly granularity: number
  #size: number
  readonly #tree: Tree

  private constructor(size: number, granularity: number, root: Slot) {
    this.granularity = granularity
    this.#size = size
    this.#tree = { root, level: levelFor(Math.ceil(size / granularity)), changes: 0 }
  }

  /**
   * Makes a bitmap with nothing dirty.
   *
   * @errors INVALID_ARG - the size is not a safe integer, or the granularity not a power of two from 512 to 2^31; the
   * messages for granularities are QEMU's
   */
  static create(options: DirtyBitmapOptions): VirResult<DirtyBitmap> {
    const fn = { name: 'DirtyBitmap.create', errorDomain: ErrorDomain.NONE }
    const error = nonNull(fn, 'options', options)
    if (error !== undefined) return err(error)
    const { size, granularity } = options
    return checkSize(size, 'DirtyBitmap.create')
      .andThen(() => checkGranularity(granularity))
      .map(() => new DirtyBitmap(size, granularity, EMPTY))
  }

  /**
   * Reads what {@link DirtyBitmap.serialize} wrote.
   *
   * @errors INVALID_ARG - the bytes are not a whole, unharmed bitmap of a known version
   */
  static deserialize(bytes: Uint8Array): VirResult<DirtyBitmap> {
    return decodeBitmap(bytes).map(
      ({ size, granularity, root }) => new DirtyBitmap(size, granularity, root),
    )
  }

  /** Bytes of the disk. */
  get size(): number {
    return this.#size
  }

  /**
   * The number of dirty granules times the granularity: QEMU's `count`. The last granule counts fully, so this can be
   * more than the size.
   */
  get dirtyBytes(): number {
    return countOf(this.#tree.root, this.#tree.level) * this.granularity
  }

  get isEmpty(): boolean {
    return this.#tree.root === EMPTY
  }

  /** Marks each granule that the bytes touch, as QEMU records a write. A length of 0 marks nothing. */
  set(offset: number, length: number): void {
    this.#fillBytes(offset, length, true)
  }

  /**
   * Clears each granule that the bytes touch, hence also what else was dirty in the first and the last one. QEMU's
   * `bdrv_reset_dirty_bitmap` demands aligned bytes instead; align inward first where a neighbour's mark matters.
   */
  clear(offset: number, length: number): void {
    this.#fillBytes(offset, length, false)
  }

  /** Marks everything as dirty. */
  setAll(): void {
    this.#fillBits(0, this.#bits, true)
  }

  /** Marks everything as clean. */
  clearAll(): void {
    this.#change(EMPTY)
  }

  /** Whether the granule of a byte is dirty; false outside of the disk. */
  has(offset: number): boolean {
    const at = toNumber(offset)
    if (!(at >= 0 && at < this.#size)) return false
    const bit = Math.floor(at / this.granularity)
    return nextSet(this.#tree.root, this.#tree.level, bit) === bit
  }

  /**
   * Adds what is dirty in `source`. When its granularity is another one, each granule here that a dirty one there
   * touches becomes dirty. The source stays as it is; merging a bitmap into itself changes nothing.
   *
   * @errors INVALID_ARG - the sizes differ; the message is QEMU's
   */
  merge(source: DirtyBitmap): VirResult<void> {
    const fn = { name: 'DirtyBitmap.merge', errorDomain: ErrorDomain.NONE }
    if (!(source instanceof DirtyBitmap)) {
      return err(badArgument(fn, 'source', `source in ${fn.name} must be a DirtyBitmap`))
    }
    if (source.#size !== this.#size) {
      const text =
        `Bitmaps are of different sizes (destination size is ${this.#size}, ` +
        `source size is ${source.#size}) and can't be merged`
      return err(badArgument(fn, 'source', text))
    }
    if (source === this) return ok(undefined)
    if (source.granularity === this.granularity) {
      this.#change(union(this.#tree.root, source.#tree.root, this.#tree.level))
    } else {
      this.#mergeRounded(source)
    }
    return ok(undefined)
  }

  /** Makes dirty what was clean, and the other way round. */
  invert(): void {
    if (this.#bits > 0) this.#change(invert(this.#tree.root, this.#tree.level, this.#bits))
  }

  /** A bitmap of its own with the same bits. */
  clone(): DirtyBitmap {
    return new DirtyBitmap(this.#size, this.granularity, copy(this.#tree.root))
  }

  /** Whether size, granularity and all bits agree. */
  equals(other: DirtyBitmap): boolean {
    if (!(other instanceof DirtyBitmap)) return false
    if (this.#size !== other.#size || this.granularity !== other.granularity) return false
    return same(this.#tree.root, other.#tree.root)
  }

  /**
   * Follows a disk to its new size. New bytes are clean; marks of bytes beyond the new end are lost for good, but the
   * granule across the end keeps its mark. Growing back later does not bring them back, as with QEMU.
   *
   * @errors INVALID_ARG - the size is not a safe integer from 0
   */
  resize(size: number): VirResult<void> {
    return checkSize(size, 'DirtyBitmap.resize').map(() => {
      const bits = Math.ceil(size / this.granularity)
      if (bits < this.#bits) this.#fillBits(bits, this.#bits, false)
      const { root, level } = this.#tree
      this.#tree.level = levelFor(bits)
      this.#change(relevel(root, level, this.#tree.level))
      this.#size = size
    })
  }

  /**
   * Walks over the dirty extents from the front; neighbouring ones come joined, and none reaches out of the range or the
   * disk. It takes time for what is dirty only. What changes meanwhile is seen from where the walk is: an extent is wholly
   * dirty when it is given.
   */
  extents(range?: ExtentRange): IterableIterator<Extent> {
    const offset = toNumber(range?.offset ?? 0)
    const start = Math.max(offset, 0)
    const end = Math.min(offset + toNumber(range?.length ?? Infinity), this.#size)
    // A range of NaN compares false, and is as empty as any other that ends before it starts.
    const [from, to] =
      start < end
        ? [Math.floor(start / this.granularity), Math.ceil(end / this.granularity)]
        : [0, 0]
    const cursor = new RunCursor(this.#tree, from, to)
    return new ExtentIterator(this, cursor, start, end)
  }

  /** The first dirty byte at or after `from`; absent when all is clean up to the end. */
  nextDirty(from: number): number | undefined {
    const start = Math.max(toNumber(from), 0)
    if (!(start < this.#size)) return undefined
    const bit = nextSet(this.#tree.root, this.#tree.level, Math.floor(start / this.granularity))
    return bit < 0 ? undefined : Math.max(bit * this.granularity, start)
  }

  /** The first clean byte at or after `from`; absent when all is dirty up to the end. */
  nextClean(from: number): number | undefined {
    const start = Math.max(toNumber(from), 0)
    if (!(start < this.#size)) return undefined
    const bit = nextClear(this.#tree.root, this.#tree.level, Math.floor(start / this.granularity))
    const offset = Math.max(bit * this.granularity, start)
    return offset < this.#size ? offset : undefined
  }

  /** The bitmap as bytes, in a format of this project; `serialized.ts` describes it. */
  serialize(): Uint8Array {
    return encodeBitmap({
      size: this.#size,
      granularity: this.granularity,
      root: this.#tree.root,
      level: this.#tree.level,
    })
  }

  get #bits(): number {
    return Math.ceil(this.#size / this.granularity)
  }

  #fillBytes(from: number, bytes: number, value: boolean): void {
    const offset = toNumber(from)
    const length = toNumber(bytes)
    const start = Math.max(offset, 0)
    const end = Math.min(offset + length, this.#size)
    // Also the answer to NaN: it is never less.
    if (!(length > 0 && start < end)) return
    this.#fillBits(Math.floor(start / this.granularity), Math.ceil(end / this.granularity), value)
  }

  /** Every change comes through here, so that who walks over the tree learns of it. */
  #change(root: Slot): void {
    this.#tree.root = root
    this.#tree.changes++
  }

  #fillBits(from: number, to: number, value: boolean): void {
    this.#change(fill(this.#tree.root, this.#tree.level, from, to, value))
  }

  #mergeRounded(source: DirtyBitmap): void {
    const ratio = source.granularity / this.granularity
    const cursor = new RunCursor(source.#tree, 0, source.#bits)
    let first = 0
    let last = 0
    while (cursor.next()) {
      const start = Math.floor(cursor.first * ratio)
      // Rounding joins what was apart, so runs are collected: one long fill is cheaper than many short ones.
      if (start > last) {
        this.#fillBits(first, last, true)
        first = start
      }
      last = Math.min(Math.ceil(cursor.last * ratio), this.#bits)
      // What else is dirty in the last granule of ours adds nothing.
      if (ratio < 1) cursor.skipTo(last / ratio)
    }
    this.#fillBits(first, last, true)
  }
}

/** The bits, and how often they changed. */
interface Tree {
  root: Slot
  level: number
  changes: number
}

/** From plain JavaScript may come what is no number: a bigint counts as its number, all else lies nowhere on the disk. */
function toNumber(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'bigint' ? Number(value) : NaN
}

class ExtentIterator implements IterableIterator<Extent> {
  readonly #bitmap: DirtyBitmap
  readonly #cursor: RunCursor
  readonly #start: number
  readonly #end: number

  constructor(bitmap: DirtyBitmap, cursor: RunCursor, start: number, end: number) {
    this.#bitmap = bitmap
    this.#cursor = cursor
    this.#start = start
    this.#end = end
  }

  next(): IteratorResult<Extent, undefined> {
    if (!this.#cursor.next()) return { done: true, value: undefined }
    const { granularity, size } = this.#bitmap
    const offset = Math.max(this.#cursor.first * granularity, this.#start)
    const length = Math.min(this.#cursor.last * granularity, this.#end, size) - offset
    return { done: false, value: { offset, length } }
  }

  [Symbol.iterator](): this {
    return this
  }
}
