/** Members that are ours alone: libvirt has nothing like them. @module */
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/**
 * How the bitmap of a checkpoint is on one disk.
 *
 * `missing`: no bitmap of that name in the disk's chain; `inconsistent`: it was in use when QEMU died; `disabled`: it
 * does not record; `wrong-granularity` and `wrong-size`: it does not fit the disk or the other bitmaps of its chain.
 */
export type DomainCheckpointBitmapState =
  'ok' | 'missing' | 'inconsistent' | 'disabled' | 'wrong-granularity' | 'wrong-size'

/** What was found out about the bitmap of one checkpoint on one disk. */
export interface DomainCheckpointDiagnosis {
  /** Name of the checkpoint. */
  readonly checkpoint: string
  /** Target name: `vda`. */
  readonly disk: string
  /** Name of the bitmap. */
  readonly bitmap: string
  readonly state: DomainCheckpointBitmapState
  /** What is wrong, for a person to read; absent when the state is `ok`. */
  readonly detail?: string
}

/** How to reconcile. */
export interface DomainCheckpointReconcileOptions {
  /** Only tells what would be done. */
  readonly dryRun: boolean
}

/** One step that makes checkpoints and bitmaps agree. */
export type DomainCheckpointRepair =
  /** The checkpoint can be backed up from no longer, so it is forgotten together with its bitmaps. */
  | { readonly action: 'delete-checkpoint'; readonly checkpoint: string; readonly reason: string }
  /** The bitmap belongs to no checkpoint. */
  | {
      readonly action: 'remove-bitmap'
      readonly disk: string
      readonly bitmap: string
      readonly reason: string
    }
  /** The bitmap is whole but had stopped to record while the disk did not change. */
  | {
      readonly action: 'enable-bitmap'
      readonly disk: string
      readonly bitmap: string
      readonly reason: string
    }

/** Members that are ours alone. */
export interface ExtensionDriver {
  /**
   * Compares the checkpoints of a domain with the bitmaps that its disks have; changes nothing.
   *
   * @returns One entry for each disk of each checkpoint, oldest checkpoint first
   */
  domainCheckpointDiagnose?(domain: DomainRef): VirResultAsync<readonly DomainCheckpointDiagnosis[]>
  /**
   * Makes the checkpoints of a domain and the bitmaps of its disks agree again.
   *
   * No step lets an incremental backup copy less than has changed.
   *
   * @returns The steps that were taken, or with `dryRun` would be
   */
  domainCheckpointReconcile?(
    domain: DomainRef,
    options: DomainCheckpointReconcileOptions,
  ): VirResultAsync<readonly DomainCheckpointRepair[]>
}
