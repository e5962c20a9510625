import type { QmpCommand } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import { type Guard, isInteger, isObject, isRecord, isString, optional } from '../guard.ts'

/** QAPI `NewImageMode` (qapi/block-core.json): whether to open a file that exists, or to make one. */
export type NewImageMode = 'existing' | 'absolute-paths'

/** QAPI `BlockdevSnapshot` (qapi/block-core.json, since 2.5). */
export interface BlockdevSnapshot {
  readonly node: string
  /** A node without backing file; it gets `node` as one and takes its place. */
  readonly overlay: string
}

/** Takes an external snapshot with an overlay that is open already. */
export const blockdevSnapshot: QmpCommand<BlockdevSnapshot, JsonObject> = {
  name: 'blockdev-snapshot',
  accepts: isObject,
}

/** QAPI `BlockdevSnapshotSync` (qapi/block-core.json); either `device` or `node-name`. */
export interface BlockdevSnapshotSync {
  readonly device?: string
  readonly 'node-name'?: string
  readonly 'snapshot-file': string
  readonly 'snapshot-node-name'?: string
  /** `qcow2` when absent. */
  readonly format?: string
  readonly mode?: NewImageMode
}

/** Takes an external snapshot and makes the overlay's file. */
export const blockdevSnapshotSync: QmpCommand<BlockdevSnapshotSync, JsonObject> = {
  name: 'blockdev-snapshot-sync',
  accepts: isObject,
}

/** QAPI `BlockdevSnapshotInternal` (qapi/block-core.json, since 1.7). */
export interface BlockdevSnapshotInternal {
  readonly device: string
  readonly name: string
}

/** Takes an internal snapshot of one disk. */
export const blockdevSnapshotInternalSync: QmpCommand<BlockdevSnapshotInternal, JsonObject> = {
  name: 'blockdev-snapshot-internal-sync',
  accepts: isObject,
}

/** QAPI `SnapshotInfo` (qapi/block-core.json): an internal snapshot. */
export interface SnapshotInfo {
  readonly id: string
  readonly name: string
  /** Bytes of machine state; 0 without. */
  readonly 'vm-state-size': QmpInteger
  /** Seconds since 1970-01-01 UTC. */
  readonly 'date-sec': QmpInteger
  readonly 'date-nsec': QmpInteger
  /** How long the guest had run. */
  readonly 'vm-clock-sec': QmpInteger
  readonly 'vm-clock-nsec': QmpInteger
  readonly icount?: QmpInteger
}

/** Accepts a {@link SnapshotInfo}. @internal */
export const isSnapshotInfo: Guard<SnapshotInfo> = isRecord<SnapshotInfo>({
  id: isString,
  name: isString,
  'vm-state-size': isInteger,
  'date-sec': isInteger,
  'date-nsec': isInteger,
  'vm-clock-sec': isInteger,
  'vm-clock-nsec': isInteger,
  icount: optional(isInteger),
})

/** QAPI `blockdev-snapshot-delete-internal-sync` (qapi/block-core.json); `id`, `name`, or both. */
export interface BlockdevSnapshotDeleteInternalSync {
  readonly device: string
  readonly id?: string
  readonly name?: string
}

/** Deletes an internal snapshot of one disk and tells what it was. */
export const blockdevSnapshotDeleteInternalSync: QmpCommand<
  BlockdevSnapshotDeleteInternalSync,
  SnapshotInfo
> = { name: 'blockdev-snapshot-delete-internal-sync', accepts: isSnapshotInfo }
