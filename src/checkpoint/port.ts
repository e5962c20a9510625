/** What checkpoints need of a driver. @module */
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainCheckpointDef, DomainDef } from '../xml/index.ts'

/** What is known about a bitmap of an image; fields of QAPI's BlockDirtyInfo. */
export interface BitmapStatus {
  readonly recording: boolean
  readonly persistent: boolean
  readonly inconsistent?: boolean
  /** Bytes. */
  readonly granularity: number
  /** Bytes: dirty granules times the granularity. */
  readonly count: number
}

/** The bitmaps of a domain's images at one moment. */
export interface BitmapSurvey {
  find(node: string, bitmap: string): BitmapStatus | undefined
  /** The names of all bitmaps of an image, in the order in which the hypervisor lists them. */
  names(node: string): Iterable<string>
  /** Bytes that the guest sees in an image; absent where nobody knows. */
  size?(node: string): number | undefined
}

/** A bitmap of an image. */
export interface BitmapAddress {
  /** The name of the image's block node. */
  readonly node: string
  readonly name: string
}

/** One step of a change; each is an action of QMP's `transaction`. */
export type BitmapAction =
  | (BitmapAddress & {
      readonly do: 'add'
      readonly persistent: boolean
      readonly disabled: boolean
      /** Bytes; absent: the hypervisor's default. */
      readonly granularity?: number
    })
  | (BitmapAddress & { readonly do: 'remove' })
  | (BitmapAddress & { readonly do: 'merge'; readonly sources: readonly BitmapAddress[] })

/** Steps that are taken together or not at all. There may be none; libvirt sends such a transaction too. */
export interface BitmapChange {
  readonly actions: readonly BitmapAction[]
  /**
   * Nodes below the top of their disk, which must be writable meanwhile: to be reopened in this order, and back in the
   * opposite one. The top of a disk is always writable.
   */
  readonly reopen: readonly string[]
}

/** What checkpoints depend on in their domain. */
export interface DomainFacts {
  readonly uuid: string
  readonly isActive: boolean
  /** Of a running domain the live one. */
  readonly definition: DomainDef
  /** What a new checkpoint remembers of the domain: the live definition as an inactive one. */
  readonly inactiveDefinition: DomainDef
  readonly snapshotCount: number
  /** Whether the hypervisor can keep bitmaps across its block jobs. */
  readonly incrementalBackup: boolean
  /** Seconds since 1970. */
  readonly now: number
}

/** A checkpoint as it is stored. */
export interface StoredCheckpoint extends DomainCheckpointDef {
  readonly name: string
}

/** What a driver does for the {@link CheckpointManager} of one domain. */
export interface CheckpointPort {
  /** Asked anew at the beginning of each operation. */
  facts(): DomainFacts
  /**
   * The block nodes of a disk's images, the top first. Absent when the domain has no such disk now, or when the drive is
   * empty.
   */
  images(disk: string): readonly string[] | undefined
  /** Reads the state of all bitmaps. */
  survey(): VirResultAsync<BitmapSurvey>
  /** Carries out a change: all of it, or nothing on error. */
  change(change: BitmapChange): VirResultAsync<void>
  /** Stores a checkpoint, in place of the one that has its name. */
  save(checkpoint: StoredCheckpoint): VirResultAsync<void>
  /** Removes a stored checkpoint; one that is not there is no error. */
  forget(name: string): VirResultAsync<void>
}
