import type { DomainDef } from './domain-def.ts'

/** A `<domaincheckpoint>` document; libvirt's `virDomainCheckpointDef`. An immutable value. */
export interface DomainCheckpointDef {
  /** Absent: the driver makes one of the time. */
  readonly name?: string
  readonly description?: string
  /** Name of the checkpoint before this one; absent: none. */
  readonly parent?: string
  /** Seconds since 1970; absent: not known. */
  readonly creationTime?: number
  /** Absent: the document names no disks, and all that can take part do. */
  readonly disks?: readonly DomainCheckpointDiskDef[]
  /** The domain as it was when the checkpoint was made. */
  readonly domain?: DomainDef
  /** Whether the checkpoint is the current one; in internal documents only. */
  readonly active?: boolean
}

/** How one disk takes part in a checkpoint; libvirt's `virDomainCheckpointDiskDef`. */
export interface DomainCheckpointDiskDef {
  /** The `dev` of the disk's target, or on input the path of its source. */
  readonly name: string
  /** Absent: `bitmap`. */
  readonly checkpoint?: 'no' | 'bitmap'
  /** Name of the bitmap; absent: that of the checkpoint. */
  readonly bitmap?: string
  /** Bytes that changed since, in whole clusters of the bitmap; only when it was asked for. */
  readonly size?: number
}
