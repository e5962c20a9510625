import { err, ok } from 'neverthrow'
import type { Errno as ErrnoValue } from '../errors/index.ts'
import { Errno } from '../errors/index.ts'
import type { BlockResult } from './block-error.ts'
import { failIo, refuse } from './block-error.ts'
import { allocateBytes, checkRange } from './byte-range.ts'
import type { Layer } from './chain.ts'
import { chainRun, fillFrom, maxChainDepth, readLayers, shareClusters } from './chain.ts'
import type { FaultOperation } from './fault.ts'
import type { FillHole, ImageContent } from './image-content.ts'
import { checkReach } from './image-format.ts'
import type { ImageFormat } from './image-format.ts'
import { ImageLock } from './image-lock.ts'
import type { SpaceAccount } from './space.ts'
import type { StoredBitmap } from './stored-bitmap.ts'

/** What lies at a path: a file, or a block device, which has a fixed size and is never removed. */
export type ImageKind = 'file' | 'block'

/** The image that shows through the holes of another one, as its header names it. */
export interface BackingReference {
  /** Absolute, or relative to the directory of the image that names it. */
  readonly path: string
  readonly format?: ImageFormat
}

/** Bytes of an image in the same state. */
export interface ImageExtent {
  /** Bytes from the start of the disk. */
  readonly offset: number
  readonly length: number
  /** `hole`: not in this image, what lies below shows through; `zero`: known to read as zero. */
  readonly state: 'data' | 'zero' | 'hole'
}

/** What an image needs of the store that it is in. */
export interface ImageSurroundings {
  /** Counts a request, and tells with which errno it fails, if it does. */
  meet(
    path: string,
    operation: FaultOperation,
    offset: number,
    length: number,
  ): ErrnoValue | undefined
  /** Finds the image that another one names as its backing. */
  backingOf(path: string, reference: BackingReference): Image | undefined
}

/**
 * A disk image: content, format, backing reference and stored dirty bitmaps.
 *
 * Made by an `ImageStore`. Reading is always possible; what changes an image is refused with QEMU's lock error while a
 * block node has it open.
 */
export class Image {
  readonly kind: ImageKind
  /** Bytes that a block device has; absent for a file, which grows. */
  readonly deviceSize: number | undefined
  /** The lock that block nodes take. @internal */
  readonly lock: ImageLock = new ImageLock()
  /** By name, oldest first. Nodes replace the entries when they open and close the image. */
  readonly storedBitmaps: Map<string, StoredBitmap> = new Map()
  readonly #surroundings: ImageSurroundings
  readonly #accounts = new Set<SpaceAccount>()
  #path: string
  #content: ImageContent
  #backing: BackingReference | undefined
  #counted = 0

  /** @internal */
  constructor(
    path: string,
    content: ImageContent,
    surroundings: ImageSurroundings,
    options: { readonly deviceSize?: number; readonly backing?: BackingReference } = {},
  ) {
    this.#path = path
    this.#content = content
    this.#surroundings = surroundings
    this.kind = options.deviceSize === undefined ? 'file' : 'block'
    this.deviceSize = options.deviceSize
    this.#backing = options.backing
  }

  /** True while a block node has the image open: then only that node changes it. */
  get isOpen(): boolean {
    return this.lock.isHeld
  }

  /** Where the image is in its store. */
  get path(): string {
    return this.#path
  }

  /** The format of the image. */
  get format(): ImageFormat {
    return this.#content.format
  }

  /** Bytes that the guest sees. */
  get virtualSize(): number {
    return this.#content.size
  }

  /** Bytes; absent for a format without clusters. */
  get clusterSize(): number | undefined {
    return this.#content.traits.hasClusters ? this.#content.unit : undefined
  }

  /** The backing image, as the header names it. */
  get backing(): BackingReference | undefined {
    return this.#backing
  }

  /** Bytes of clusters that hold data. */
  get allocatedBytes(): number {
    const { clusters, traits } = this.#content
    return traits.hasClusters ? clusters.dataClusters * traits.unit : clusters.windowBytes
  }

  /**
   * Bytes from the start to the end of the file, or of the block device.
   *
   * For formats other than raw an estimate: header, tables and data as a freshly written qcow2 image has them.
   */
  get physicalBytes(): number {
    if (this.deviceSize !== undefined) return this.deviceSize
    if (this.format === 'raw') return this.virtualSize
    const { unit } = this.#content
    const data = this.#content.clusters.dataClusters
    if (data === 0) return 3 * unit + 8 * Math.ceil(this.virtualSize / unit / (unit / 8))
    return (4 + Math.ceil(data / (unit / 8)) + data) * unit
  }

  /** What the image stores itself. @internal */
  get content(): ImageContent {
    return this.#content
  }

  /**
   * Reads bytes as a guest would see them: through the backing chain.
   *
   * @errors SYSTEM_ERROR with EIO for bytes past the end, with a fault's errno; INTERNAL_ERROR for a missing backing image
   */
  read(offset: number, length: number): BlockResult<Uint8Array> {
    return checkRange(offset, length, this.virtualSize)
      .andThen(() => allocateBytes(length))
      .andThen((bytes) => this.readInto(offset, bytes).map(() => bytes))
  }

  /** Reads `target.length` bytes through the backing chain, into memory that the caller has. */
  readInto(offset: number, target: Uint8Array): BlockResult<void> {
    return checkRange(offset, target.length, this.virtualSize)
      .andThen(() => this.layer())
      .andThen((layer) => readLayers(layer, offset, target))
  }

  /** Writes bytes. What a partly written cluster shows of the backing image is kept. */
  write(offset: number, bytes: Uint8Array): BlockResult<void> {
    return this.#change(offset, bytes.length).andThen((fill) =>
      this.submitWrite(offset, bytes, fill),
    )
  }

  /** Makes bytes read as zero. */
  writeZeroes(offset: number, length: number): BlockResult<void> {
    return this.#change(offset, length).andThen((fill) => this.submitZeroes(offset, length, fill))
  }

  /** Gives bytes back, as far as the format can. */
  discard(offset: number, length: number): BlockResult<void> {
    return this.#change(offset, length).andThen(() =>
      this.submitDiscard(offset, length, this.#backing !== undefined),
    )
  }

  /**
   * Changes the virtual size; new bytes read as zero.
   *
   * @errors INTERNAL_ERROR for a block device that is raw, and for an image with stored bitmaps
   */
  resize(size: number): BlockResult<void> {
    if (this.storedBitmaps.size > 0) {
      return refuse('Cannot resize qcow2 with persistent bitmaps that were not loaded into memory')
    }
    return this.lock
      .check('write')
      .andThen(() => this.layer())
      .andThen((layer) => this.submitResize(size, layer.backing))
  }

  /**
   * Names another backing image, or none, without touching the content (`qemu-img rebase -u`).
   *
   * This is how a push incremental is put over its full backup before it is restored.
   */
  rebase(backing: BackingReference | undefined): BlockResult<void> {
    if (backing !== undefined && !this.#content.traits.backing) {
      return refuse(`Backing file not supported for file format '${this.format}'`)
    }
    return this.lock.check('write').map(() => {
      this.#backing = backing
    })
  }

  /**
   * Lists what the image itself stores, in order; with `chain`, what is seen through the backing chain.
   *
   * Lazy, and one extent for each run, so that a huge sparse image is listed at once.
   */
  extents(options: { readonly chain: true }): BlockResult<IterableIterator<ImageExtent>>
  extents(options?: { readonly chain?: false }): IterableIterator<ImageExtent>
  extents(
    options: { readonly chain?: boolean } = {},
  ): IterableIterator<ImageExtent> | BlockResult<IterableIterator<ImageExtent>> {
    const { content } = this
    if (options.chain !== true) {
      return extentsOf(content.size, (offset) => content.run(offset, content.size))
    }
    return this.layer().map((layer) =>
      extentsOf(content.size, (offset) => chainRun(layer, offset, content.size)),
    )
  }

  /** The image with what lies below it now. @internal */
  layer(depth: number = 0): BlockResult<Layer> {
    if (this.#backing === undefined) return ok({ image: this, backing: undefined })
    const below = this.#surroundings.backingOf(this.#path, this.#backing)
    if (below === undefined) {
      const { path } = this.#backing
      return refuse(
        `Could not open backing file: Could not open '${path}': No such file or directory`,
      )
    }
    if (depth >= maxChainDepth) {
      return refuse(`The backing chain of '${this.#path}' has more than ${maxChainDepth} images`)
    }
    return below.layer(depth + 1).map((backing) => ({ image: this, backing }))
  }

  /** Counts a read request of a node; gives the errno with which it fails. @internal */
  meetRead(offset: number, length: number): ErrnoValue | undefined {
    return this.#surroundings.meet(this.#path, 'read', offset, length)
  }

  /** Writes for a node that holds the lock. @internal */
  submitWrite(offset: number, bytes: Uint8Array, fill?: FillHole): BlockResult<void> {
    const refused = this.#admit(offset, bytes.length, true)
    if (refused !== undefined) return failIo(refused)
    return this.#counting(() => this.#content.write(offset, bytes, fill))
  }

  /** Writes zeroes for a node that holds the lock. @internal */
  submitZeroes(offset: number, length: number, fill?: FillHole): BlockResult<void> {
    const refused = this.#admit(offset, length, false)
    if (refused !== undefined) return failIo(refused)
    return this.#counting(() => this.#content.writeZeroes(offset, length, fill))
  }

  /** Discards for a node that holds the lock. @internal */
  submitDiscard(offset: number, length: number, hasBacking: boolean): BlockResult<void> {
    const refused = this.#admit(offset, length, false)
    if (refused !== undefined) return failIo(refused)
    this.#content.discard(offset, length, hasBacking)
    return this.#counting(() => ok(undefined))
  }

  /** Flushes for a node. @internal */
  submitFlush(): BlockResult<void> {
    const errno = this.#surroundings.meet(this.#path, 'flush', 0, 0)
    return errno === undefined ? ok(undefined) : failIo(errno)
  }

  /** Takes clusters of a chain without copying bytes; only where `canShareClusters` says so. @internal */
  submitCopy(from: Layer, offset: number, length: number): BlockResult<void> {
    const refused = this.#admit(offset, length, true)
    if (refused !== undefined) return failIo(refused)
    shareClusters(from, this.#content, offset, length)
    return this.#counting(() => ok(undefined))
  }

  /** Resizes for a node that holds the lock. @internal */
  submitResize(size: number, backing: Layer | undefined): BlockResult<void> {
    if (!Number.isSafeInteger(size) || size < 0) return refuse("Parameter 'size' expects a >0 size")
    if (this.deviceSize !== undefined && this.format === 'raw' && size > this.deviceSize) {
      return refuse('Cannot grow device files')
    }
    const reached = checkReach(this.format, this.#content.traits, size)
    if (reached.isErr()) return err(reached.error)
    const old = this.#content.size
    return this.#counting(() => {
      this.#content.resize(Math.ceil(size / 512) * 512)
      // A longer backing image must not show through where the disk had ended before.
      const hidden = Math.min(this.virtualSize, backing?.image.content.size ?? 0) - old
      if (hidden <= 0) return ok(undefined)
      return this.#content.writeZeroes(old, hidden, fillFrom(backing))
    })
  }

  /** Puts a new, empty format on the file or device. @internal */
  reformat(content: ImageContent, backing: BackingReference | undefined): void {
    this.#content = content
    this.#backing = backing
    this.storedBitmaps.clear()
    this.#count()
  }

  /** @internal */
  moveTo(path: string, accounts: readonly SpaceAccount[]): void {
    this.#path = path
    for (const account of this.#accounts) account.change(-this.#counted)
    this.#accounts.clear()
    for (const account of accounts) this.attach(account)
  }

  /** Lets an account count what the image stores. @internal */
  attach(account: SpaceAccount): void {
    if (this.#accounts.has(account)) return
    this.#accounts.add(account)
    account.change(this.#counted)
  }

  #change(offset: number, length: number): BlockResult<FillHole | undefined> {
    return this.lock
      .check('write')
      .andThen(() => checkRange(offset, length, this.virtualSize))
      .andThen(() => this.layer())
      .map((layer) => fillFrom(layer.backing))
  }

  #admit(offset: number, length: number, stores: boolean): ErrnoValue | undefined {
    const errno = this.#surroundings.meet(this.#path, 'write', offset, length)
    if (errno !== undefined || !stores || this.#accounts.size === 0) return errno
    const needed = this.#content.countWithoutData(offset, length) * this.#content.unit
    return [...this.#accounts].every((account) => account.hasRoomFor(needed))
      ? undefined
      : Errno.ENOSPC
  }

  #counting(change: () => BlockResult<void>): BlockResult<void> {
    const result = change()
    this.#count()
    return result
  }

  #count(): void {
    const now = this.#content.clusters.dataClusters * this.#content.unit
    if (now === this.#counted) return
    for (const account of this.#accounts) account.change(now - this.#counted)
    this.#counted = now
  }
}

function* extentsOf(
  size: number,
  runAt: (offset: number) => { readonly state: ImageExtent['state']; readonly end: number },
): IterableIterator<ImageExtent> {
  let offset = 0
  let state: ImageExtent['state'] | undefined
  for (let at = 0; at < size;) {
    const run = runAt(at)
    if (state !== undefined && run.state !== state) {
      yield { offset, length: at - offset, state }
      offset = at
    }
    state = run.state
    at = run.end
  }
  if (state !== undefined) yield { offset, length: size - offset, state }
}
