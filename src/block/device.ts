import { ok } from 'neverthrow'
import { Errno } from '../errors/index.ts'
import type { BlockResult } from './block-error.ts'
import { failIo } from './block-error.ts'
import { allocateBytes, checkRange } from './byte-range.ts'
import { readLayers } from './chain.ts'
import type { BlockNode } from './node.ts'
import { abandon, adopt } from './node.ts'

/** What the guest has done with a disk since it was attached. */
export interface BlockStatistics {
  readonly readRequests: number
  readonly readBytes: number
  readonly writeRequests: number
  readonly writeBytes: number
  readonly flushRequests: number
  readonly discardRequests: number
  readonly discardBytes: number
  readonly failedReads: number
  readonly failedWrites: number
  readonly failedFlushes: number
  readonly failedDiscards: number
  /** The byte after the last one that was ever written. */
  readonly highestWriteOffset: number
}

type Counters = { -readonly [Name in keyof BlockStatistics]: number }

/**
 * A disk as the guest has it: a name, requests, and statistics, over the topmost node of its graph.
 *
 * Requests answer at once. What the guest writes while a backup runs goes through the backup's filter first.
 */
export class BlockDevice {
  /** The name that commands may use for it. */
  readonly name: string
  #root: BlockNode | undefined
  readonly #counters: Counters = {
    readRequests: 0,
    readBytes: 0,
    writeRequests: 0,
    writeBytes: 0,
    flushRequests: 0,
    discardRequests: 0,
    discardBytes: 0,
    failedReads: 0,
    failedWrites: 0,
    failedFlushes: 0,
    failedDiscards: 0,
    highestWriteOffset: 0,
  }

  constructor(name: string, root: BlockNode | undefined) {
    this.name = name
    this.#root = root
    if (root !== undefined) adopt(this, root)
  }

  /** @internal */
  get deviceName(): string {
    return this.name
  }

  /** The topmost node; absent while the drive is empty. */
  get root(): BlockNode | undefined {
    return this.#root
  }

  /** Bytes that the guest sees; 0 for an empty drive. */
  get size(): number {
    return this.#root?.size ?? 0
  }

  /** What the guest has done so far. */
  get statistics(): BlockStatistics {
    return { ...this.#counters }
  }

  /** Reads bytes. */
  read(offset: number, length: number): BlockResult<Uint8Array> {
    const result = this.#node(offset, length).andThen((node) => readNode(node, offset, length))
    if (result.isErr()) this.#counters.failedReads++
    else {
      this.#counters.readRequests++
      this.#counters.readBytes += length
    }
    return result
  }

  /**
   * Writes bytes.
   *
   * @errors SYSTEM_ERROR with EIO past the end, EPERM on a read-only disk, EIO for an empty drive, and
   * whatever the image or a backup that has to save the old bytes first fails with: then nothing has changed
   */
  write(offset: number, bytes: Uint8Array): BlockResult<void> {
    return this.#wrote(
      offset,
      bytes.length,
      this.#node(offset, bytes.length).andThen((node) => node.write(offset, bytes)),
    )
  }

  /** Makes bytes read as zero. */
  writeZeroes(offset: number, length: number): BlockResult<void> {
    return this.#wrote(
      offset,
      length,
      this.#node(offset, length).andThen((node) => node.writeZeroes(offset, length)),
    )
  }

  /** Gives bytes back. Whether they read as zero afterwards depends on node and format. */
  discard(offset: number, length: number): BlockResult<void> {
    const result = this.#node(offset, length).andThen((node) => node.discard(offset, length))
    if (result.isErr()) this.#counters.failedDiscards++
    else {
      this.#counters.discardRequests++
      this.#counters.discardBytes += length
    }
    return result
  }

  /** Flushes the disk's cache. */
  flush(): BlockResult<void> {
    const result = this.#node(0, 0).andThen((node) => node.flush())
    if (result.isErr()) this.#counters.failedFlushes++
    else this.#counters.flushRequests++
    return result
  }

  /** Puts another node under the device, or none. */
  attach(root: BlockNode | undefined): void {
    if (this.#root !== undefined) abandon(this, this.#root)
    this.#root = root
    if (root !== undefined) adopt(this, root)
  }

  /** @internal */
  replaceChild(from: BlockNode, to: BlockNode): void {
    if (this.#root === from) this.#root = to
  }

  #node(offset: number, length: number): BlockResult<BlockNode> {
    const root = this.#root
    if (root === undefined) return failIo(Errno.EIO, 'No medium found')
    return checkRange(offset, length, root.size).map(() => root)
  }

  #wrote(offset: number, length: number, result: BlockResult<void>): BlockResult<void> {
    if (result.isErr()) {
      this.#counters.failedWrites++
      return result
    }
    this.#counters.writeRequests++
    this.#counters.writeBytes += length
    this.#counters.highestWriteOffset = Math.max(
      this.#counters.highestWriteOffset,
      length === 0 ? 0 : offset + length,
    )
    return result
  }
}

/** Reads bytes of a node, as whoever is attached to it sees them. */
export function readNode(node: BlockNode, offset: number, length: number): BlockResult<Uint8Array> {
  const { layer } = node
  if (layer === undefined) return failIo(Errno.ENOTSUP)
  return checkRange(offset, length, node.size)
    .andThen(() => allocateBytes(length))
    .andThen((bytes) =>
      length === 0 ? ok(bytes) : readLayers(layer, offset, bytes).map(() => bytes),
    )
}
