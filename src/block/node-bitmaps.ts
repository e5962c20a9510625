import { ok } from 'neverthrow'
import type { DirtyBitmap } from '../bitmap/index.ts'
import { checkGranularity, defaultGranularity } from '../bitmap/index.ts'
import { BitmapTable } from './bitmap-table.ts'
import type { BlockResult } from './block-error.ts'
import { refuse } from './block-error.ts'
import type { Image } from './image.ts'
import type { BitmapInfo } from './node-bitmap.ts'
import { emptyBits, NodeBitmap } from './node-bitmap.ts'
import { byteLength, checkStorable, type StoredBitmap } from './stored-bitmap.ts'

const maxNameBytes = 1023

/** How a bitmap is added; the arguments of `block-dirty-bitmap-add`. */
export interface AddBitmapOptions {
  readonly name: string
  /** Bytes; the cluster size of the image, at least 4 KiB and at most 64 KiB, when absent. */
  readonly granularity?: number
  /** Whether it is stored in the image at closing; false when absent. */
  readonly persistent?: boolean
  /** Whether it starts without recording; false when absent. */
  readonly disabled?: boolean
}

/** The dirty bitmaps of one block node. */
export class NodeBitmaps {
  readonly #nodeName: () => string
  readonly #image: Image
  #readOnly: boolean
  /** Empty for most nodes, hence created on demand. */
  #table: BitmapTable | undefined

  /**
   * @param nodeName - How QEMU speaks of the node: by its device if it has one
   * @internal
   */
  constructor(nodeName: () => string, image: Image, readOnly: boolean) {
    this.#nodeName = nodeName
    this.#image = image
    this.#readOnly = readOnly
  }

  /** All of them, the anonymous ones of jobs too; newest first. */
  query(): readonly BitmapInfo[] {
    return Array.from(this.#table ?? [], (bitmap) => bitmap.info()).toReversed()
  }

  /** Finds a bitmap by name. */
  find(name: string): NodeBitmap | undefined {
    return this.#table?.find(name)
  }

  /** Finds a bitmap by name, or gives the error of the bitmap commands. @internal */
  require(name: string): BlockResult<NodeBitmap> {
    const found = this.find(name)
    return found === undefined ? refuse(`Dirty bitmap '${name}' not found`) : ok(found)
  }

  /** Adds an empty bitmap. @internal */
  add(options: AddBitmapOptions): BlockResult<NodeBitmap> {
    const { name, persistent = false, disabled = false } = options
    const granularity = options.granularity ?? defaultGranularity(this.#image.clusterSize)
    return this.#checkNew(name, granularity, persistent).map(() => {
      const bitmap = new NodeBitmap({
        name,
        bits: emptyBits(this.#image.virtualSize, granularity),
        enabled: !disabled,
        persistent,
      })
      this.put(bitmap)
      return bitmap
    })
  }

  /** Puts a bitmap on the node, named or anonymous. @internal */
  put(bitmap: NodeBitmap): void {
    this.#table ??= new BitmapTable()
    this.#table.add(bitmap)
  }

  /** Takes a bitmap off the node, with its stored copy. @internal */
  drop(bitmap: NodeBitmap): void {
    this.#table?.delete(bitmap)
    if (bitmap.persistent && bitmap.name !== undefined) {
      this.#image.storedBitmaps.delete(bitmap.name)
    }
  }

  /** Records a write of the guest in all bitmaps that are enabled. @internal */
  mark(offset: number, length: number): void {
    if (this.#table === undefined) return
    for (const bitmap of this.#table) bitmap.mark(offset, length)
  }

  /** Checks that the node can be resized: a bitmap that cannot be loaded cannot be resized either. @internal */
  checkResize(): BlockResult<void> {
    for (const bitmap of this.#table ?? []) {
      if (bitmap.inconsistent && bitmap.persistent) {
        return refuse(`Bitmap '${bitmap.name ?? ''}' is inconsistent and cannot be used`)
      }
    }
    return ok(undefined)
  }

  /** Brings all bitmaps to a new size. @internal */
  resize(size: number): void {
    for (const bitmap of this.#table ?? []) bitmap.bits.resize(size)
  }

  /** Loads what the image stores; on a writable node the stored copies are in use from now on. @internal */
  load(): void {
    for (const stored of this.#image.storedBitmaps.values()) {
      const { name, granularity } = stored
      const bits = stored.bits ?? emptyBits(this.#image.virtualSize, granularity)
      this.put(
        new NodeBitmap({
          name,
          bits: stored.inUse ? emptyBits(bits.size, granularity) : bits,
          enabled: stored.enabled && !stored.inUse,
          persistent: true,
          readOnly: this.#readOnly,
          inconsistent: stored.inUse,
        }),
      )
      if (!this.#readOnly) this.#use(stored)
    }
  }

  /** Follows its node, which is writable from now on or no longer. @internal */
  reopen(readOnly: boolean): void {
    if (readOnly) this.store()
    else for (const stored of this.#image.storedBitmaps.values()) this.#use(stored)
    this.#readOnly = readOnly
    for (const bitmap of this.#table ?? []) {
      if (bitmap.persistent) bitmap.readOnly = readOnly
    }
  }

  /** Marks a stored copy as one that is older than what is in memory. */
  #use(stored: StoredBitmap): void {
    this.#image.storedBitmaps.set(stored.name, { ...stored, inUse: true, bits: undefined })
  }

  /** Stores the persistent bitmaps in the image, as QEMU does when it closes a node. @internal */
  store(): void {
    if (this.#readOnly) return
    for (const bitmap of this.#table ?? []) {
      if (!bitmap.persistent || bitmap.inconsistent || bitmap.name === undefined) continue
      this.#image.storedBitmaps.set(bitmap.name, storedFrom(bitmap, bitmap.name))
    }
  }

  /** Starts a successor that records in the place of a bitmap which a backup uses. @internal */
  freeze(bitmap: NodeBitmap): void {
    const bits = emptyBits(bitmap.bits.size, bitmap.bits.granularity)
    bitmap.successor = new NodeBitmap({ bits, enabled: bitmap.enabled })
    bitmap.enabled = false
    bitmap.busy = true
    this.put(bitmap.successor)
  }

  /** Ends the use of a bitmap: it becomes its successor (`abdicate`), or takes in what that recorded (`reclaim`). @internal */
  thaw(bitmap: NodeBitmap, how: 'abdicate' | 'reclaim'): void {
    const { successor } = bitmap
    if (successor === undefined) return
    if (how === 'abdicate') bitmap.bits = successor.bits
    else bitmap.bits.merge(successor.bits)
    bitmap.enabled = successor.enabled
    bitmap.successor = undefined
    bitmap.busy = false
    this.drop(successor)
  }

  #checkNew(name: string, granularity: number, persistent: boolean): BlockResult<void> {
    if (name === '') return refuse('Bitmap name cannot be empty')
    const checked = checkGranularity(granularity)
    if (checked.isErr()) return refuse(checked.error.message)
    return this.#checkStorable(name, granularity, persistent).andThen(() => {
      if (byteLength(name) > maxNameBytes) return refuse(`Bitmap name too long: ${name}`)
      return this.find(name) === undefined
        ? ok(undefined)
        : refuse(`Bitmap already exists: ${name}`)
    })
  }

  #checkStorable(name: string, granularity: number, persistent: boolean): BlockResult<void> {
    if (!persistent || this.#readOnly) return ok(undefined)
    const stored = this.#table?.directory ?? { count: 0, bytes: 0 }
    return checkStorable(this.#image.content, this.#nodeName(), { name, granularity }, stored)
  }
}

function storedFrom(
  bitmap: NodeBitmap,
  name: string,
): {
  readonly name: string
  readonly granularity: number
  readonly enabled: boolean
  readonly inUse: false
  readonly bits: DirtyBitmap
} {
  const { successor } = bitmap
  const bits = successor === undefined ? bitmap.bits : bitmap.bits.clone()
  if (successor !== undefined) bits.merge(successor.bits)
  return {
    name,
    granularity: bits.granularity,
    enabled: bitmap.enabled || successor?.enabled === true,
    inUse: false,
    bits,
  }
}
