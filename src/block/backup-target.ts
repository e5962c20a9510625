/**
 * Targets that are not images of the store: where a backup can write besides.
 *
 * @module
 */
import { ok } from 'neverthrow'
import type { VirResult, VirResultAsync } from '../errors/index.ts'
import { Errno } from '../errors/index.ts'
import type { BlockResult } from './block-error.ts'
import { failIo } from './block-error.ts'
import type { BlockNode, NodeParent } from './node.ts'

/** What a target answers: at once, or later. */
export type TargetAnswer = VirResult<void> | VirResultAsync<void>

/**
 * Something that a backup writes into, such as an NBD export.
 *
 * Errors should be SYSTEM_ERROR with the errno in `int1`: the error policy of the job depends on it; every other
 * error counts as EIO. Several requests for different bytes may be under way at once when answers come later.
 */
export interface BackupTarget {
  /** Bytes; must be the size of the source. */
  readonly size: number
  /** Bytes that are written together at least; 64 KiB when absent or smaller. */
  readonly clusterSize?: number
  readonly supportsCompression?: boolean
  /** Writes bytes. The memory belongs to the target until it has answered. */
  write(offset: number, bytes: Uint8Array): TargetAnswer
  /** Makes bytes read as zero. */
  writeZeroes(offset: number, length: number): TargetAnswer
}

/** The node that stands for a {@link BackupTarget} in a graph. It is good for nothing but being a target. */
export class TargetNode implements BlockNode {
  readonly kind = 'target'
  readonly name: string
  readonly target: BackupTarget
  readonly readOnly = false
  readonly parents: Set<NodeParent> = new Set()
  readonly children: readonly BlockNode[] = []
  readonly bitmaps = undefined
  readonly layer = undefined
  blocker: string | undefined

  constructor(name: string, target: BackupTarget) {
    this.name = name
    this.target = target
  }

  get size(): number {
    return this.target.size
  }

  write(): BlockResult<void> {
    return failIo(Errno.ENOTSUP)
  }

  writeZeroes(): BlockResult<void> {
    return failIo(Errno.ENOTSUP)
  }

  discard(): BlockResult<void> {
    return failIo(Errno.ENOTSUP)
  }

  flush(): BlockResult<void> {
    return ok(undefined)
  }

  resize(): BlockResult<void> {
    return failIo(Errno.ENOTSUP)
  }

  close(): void {
    // The caller made the target, so the caller closes it.
  }
}
