import { ok } from 'neverthrow'
import { Errno } from '../errors/index.ts'
import type { BlockResult } from './block-error.ts'
import { failIo } from './block-error.ts'
import type { Layer } from './chain.ts'
import { canShareClusters, fillFrom } from './chain.ts'
import type { Image } from './image.ts'
import type { HeldLock, ImageLockMode } from './image-lock.ts'
import type { BlockNode, NodeParent } from './node.ts'
import { abandon, adopt, deviceNameAbove } from './node.ts'
import { NodeBitmaps } from './node-bitmaps.ts'

/** How a node treats its image. */
export interface FormatNodeOptions {
  readonly name: string
  readonly readOnly?: boolean
  /** Whether discards of the guest reach the image; `ignore` when absent. */
  readonly discard?: 'ignore' | 'unmap'
  /** Whether written zeroes become zero clusters; false when absent. */
  readonly detectZeroes?: boolean
  /** Whether others who share the image may have it open for writing too, as with QEMU's `share-rw`. */
  readonly shared?: boolean
}

/** An open image: the node that a disk, a backing layer or a backup target is. */
export class FormatNode implements BlockNode {
  readonly kind = 'format'
  readonly name: string
  readonly image: Image
  /** @internal */
  readonly parents: Set<NodeParent> = new Set()
  readonly bitmaps: NodeBitmaps
  blocker: string | undefined
  readonly #shared: boolean
  #lock: HeldLock
  #readOnly: boolean
  readonly #discards: boolean
  readonly #detectsZeroes: boolean
  #below: BlockNode | undefined
  #closed = false

  private constructor(
    image: Image,
    lock: HeldLock,
    below: BlockNode | undefined,
    options: FormatNodeOptions,
  ) {
    this.name = options.name
    this.image = image
    this.#readOnly = options.readOnly ?? false
    this.#shared = options.shared ?? false
    this.#lock = lock
    this.#discards = options.discard === 'unmap'
    this.#detectsZeroes = options.detectZeroes ?? false
    this.#below = below
    this.bitmaps = new NodeBitmaps(() => deviceNameAbove(this) ?? this.name, image, this.readOnly)
    if (below !== undefined) adopt(this, below)
  }

  /** Opens an image: takes its lock and loads its bitmaps. @internal */
  static open(
    image: Image,
    below: BlockNode | undefined,
    options: FormatNodeOptions,
  ): BlockResult<FormatNode> {
    return image.lock.acquire(lockMode(options)).map((lock) => {
      const node = new FormatNode(image, lock, below, options)
      node.bitmaps.load()
      return node
    })
  }

  /** @internal */
  get asNode(): BlockNode {
    return this
  }

  get readOnly(): boolean {
    return this.#readOnly
  }

  get size(): number {
    return this.image.virtualSize
  }

  /** @internal */
  get layer(): Layer {
    return this
  }

  /** The layer that shows through the holes of this one. @internal */
  get backing(): Layer | undefined {
    return this.#below?.layer
  }

  /** The node below this one. */
  get backingNode(): BlockNode | undefined {
    return this.#below
  }

  /** @internal */
  get children(): readonly BlockNode[] {
    return this.#below === undefined ? [] : [this.#below]
  }

  /** @internal */
  write(offset: number, bytes: Uint8Array): BlockResult<void> {
    if (this.#detectsZeroes && isZero(bytes)) return this.writeZeroes(offset, bytes.length)
    return this.#change(offset, bytes.length, () =>
      this.image.submitWrite(offset, bytes, fillFrom(this.backing)),
    )
  }

  /** @internal */
  writeZeroes(offset: number, length: number): BlockResult<void> {
    return this.#change(offset, length, () =>
      this.image.submitZeroes(offset, length, fillFrom(this.backing)),
    )
  }

  /** @internal */
  discard(offset: number, length: number): BlockResult<void> {
    if (!this.#discards) return this.readOnly ? failIo(Errno.EPERM) : ok(undefined)
    return this.#change(offset, length, () =>
      this.image.submitDiscard(offset, length, this.#below !== undefined),
    )
  }

  /** @internal */
  flush(): BlockResult<void> {
    return this.image.submitFlush()
  }

  /** @internal */
  resize(size: number): BlockResult<void> {
    if (this.readOnly) return failIo(Errno.EACCES, 'Image is read-only')
    return this.bitmaps
      .checkResize()
      .andThen(() => this.image.submitResize(size, this.backing))
      .map(() => this.bitmaps.resize(this.size))
  }

  /** `blockdev-reopen`: has the image open for writing or not; stored bitmaps come with it. @internal */
  reopen(readOnly: boolean): BlockResult<void> {
    if (readOnly === this.#readOnly) return ok(undefined)
    const mode = lockMode({ readOnly, shared: this.#shared })
    return this.image.lock.exchange(this.#lock, mode).map((lock) => {
      this.#lock = lock
      this.#readOnly = readOnly
      this.bitmaps.reopen(readOnly)
    })
  }

  /** True when {@link FormatNode.copyFrom} can take these bytes. @internal */
  canCopyFrom(from: Layer, offset: number, length: number): boolean {
    return !this.#detectsZeroes && canShareClusters(from, this.image.content, offset, length)
  }

  /** Takes bytes of a chain without copying them. @internal */
  copyFrom(from: Layer, offset: number, length: number): BlockResult<void> {
    return this.#change(offset, length, () => this.image.submitCopy(from, offset, length))
  }

  /** @internal */
  replaceChild(from: BlockNode, to: BlockNode): void {
    if (this.#below === from) this.#below = to
  }

  /** @internal */
  close(clean: boolean): void {
    if (this.#closed) return
    this.#closed = true
    if (clean) this.bitmaps.store()
    if (this.#below !== undefined) abandon(this, this.#below)
    this.#lock.release()
  }

  #change(offset: number, length: number, change: () => BlockResult<void>): BlockResult<void> {
    if (this.readOnly) return failIo(Errno.EPERM)
    if (length === 0) return ok(undefined)
    const result = change()
    // QEMU sets the bits when the request has ended, whatever its result.
    this.bitmaps.mark(offset, length)
    return result
  }
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

function lockMode({
  readOnly,
  shared,
}: Pick<FormatNodeOptions, 'readOnly' | 'shared'>): ImageLockMode {
  if (shared === true) return 'shared'
  return readOnly === true ? 'read' : 'write'
}
