import type { NodeBitmap } from './node-bitmap.ts'
import { directoryEntry, type DirectoryUse } from './stored-bitmap.ts'

/** The bitmaps of one node: oldest first, found by name in constant time, however many there are. */
export class BitmapTable {
  readonly #all = new Set<NodeBitmap>()
  readonly #byName = new Map<string, NodeBitmap>()
  #count = 0
  #bytes = 0

  /** What those that are or will be stored take of the directory. */
  get directory(): DirectoryUse {
    return { count: this.#count, bytes: this.#bytes }
  }

  find(name: string): NodeBitmap | undefined {
    return this.#byName.get(name)
  }

  /** Adds a bitmap whose name, if it has one, is free. */
  add(bitmap: NodeBitmap): void {
    this.#all.add(bitmap)
    if (bitmap.name !== undefined) this.#byName.set(bitmap.name, bitmap)
    this.#account(bitmap, 1)
  }

  delete(bitmap: NodeBitmap): void {
    if (!this.#all.delete(bitmap)) return
    if (bitmap.name !== undefined) this.#byName.delete(bitmap.name)
    this.#account(bitmap, -1)
  }

  [Symbol.iterator](): IterableIterator<NodeBitmap> {
    return this.#all.values()
  }

  #account({ name, persistent }: NodeBitmap, sign: 1 | -1): void {
    if (!persistent || name === undefined) return
    this.#count += sign
    this.#bytes += sign * directoryEntry(name)
  }
}
