import type { NoArguments, OpenEnum, QmpCommand } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import type { NewImageMode } from './block-core-snapshot.ts'
import type { JobStatus, JobType } from './job.ts'
import {
  isArrayOf,
  isBoolean,
  isInteger,
  isObject,
  isRecord,
  isString,
  optional,
} from '../guard.ts'

/** QAPI `MirrorSyncMode` (qapi/block-core.json). */
export type MirrorSyncMode = 'top' | 'full' | 'none' | 'incremental' | 'bitmap'

/** QAPI `BitmapSyncMode` (qapi/block-core.json, since 4.2): what becomes of the bitmap when the job ends. */
export type BitmapSyncMode = 'on-success' | 'never' | 'always'

/** QAPI `BlockdevOnError` (qapi/block-core.json). */
export type BlockdevOnError = 'report' | 'ignore' | 'enospc' | 'stop' | 'auto'

/** What all commands that start a block job take. */
export interface BlockJobOptions {
  /** The name of the device's backend when absent, which nodes do not have. */
  readonly 'job-id'?: string
  /** The node, or the device, that the job works on. */
  readonly device: string
  /** Bytes a second; 0, the default, is no limit. */
  readonly speed?: QmpInteger
  /** False: the job waits in `pending` for `job-finalize`. */
  readonly 'auto-finalize'?: boolean
  /** False: the job stays `concluded` until `job-dismiss`. */
  readonly 'auto-dismiss'?: boolean
}

/** QAPI `BackupCommon` (qapi/block-core.json, since 4.2). */
export interface BackupCommon extends BlockJobOptions {
  readonly sync: MirrorSyncMode
  /** On the source node. */
  readonly bitmap?: string
  /** Needed with `bitmap`, except that `incremental` implies `on-success`. */
  readonly 'bitmap-mode'?: BitmapSyncMode
  readonly compress?: boolean
  readonly 'on-source-error'?: BlockdevOnError
  readonly 'on-target-error'?: BlockdevOnError
  /** The name of the copy-before-write node above the source. */
  readonly 'filter-node-name'?: string
  readonly 'x-perf'?: BackupPerf
}

/** QAPI `BackupPerf` (qapi/block-core.json, since 6.0); unstable. */
export interface BackupPerf {
  readonly 'use-copy-range'?: boolean
  readonly 'max-workers'?: QmpInteger
  /** Bytes; 0 is no limit. */
  readonly 'max-chunk'?: QmpInteger
}

/** QAPI `BlockdevBackup` (qapi/block-core.json, since 2.3). */
export interface BlockdevBackup extends BackupCommon {
  /** A node of the same size as the source. */
  readonly target: string
}

/** Starts a backup to a node that is open already. The target holds the source as it is at this instant. */
export const blockdevBackup: QmpCommand<BlockdevBackup, JsonObject> = {
  name: 'blockdev-backup',
  accepts: isObject,
}

/** QAPI `DriveBackup` (qapi/block-core.json, since 1.6); deprecated by QEMU for {@link BlockdevBackup}. */
export interface DriveBackup extends BackupCommon {
  /** A file. */
  readonly target: string
  /** The source's when absent and the file is made; probed when it exists. */
  readonly format?: string
  readonly mode?: NewImageMode
}

/** Starts a backup to a file. */
export const driveBackup: QmpCommand<DriveBackup, JsonObject> = {
  name: 'drive-backup',
  accepts: isObject,
}

/** What `blockdev-mirror` and `drive-mirror` have in common. */
export interface MirrorCommon extends BlockJobOptions {
  readonly target: string
  readonly sync: MirrorSyncMode
  /** The node that the target replaces on completion. */
  readonly replaces?: string
  /** Bytes; a power of two. */
  readonly granularity?: number
  /** Bytes. */
  readonly 'buf-size'?: QmpInteger
  readonly 'on-source-error'?: BlockdevOnError
  readonly 'on-target-error'?: BlockdevOnError
  /** `write-blocking`: a guest's write is done only when it has reached both sides. */
  readonly 'copy-mode'?: 'background' | 'write-blocking'
}

/** QAPI `blockdev-mirror` (qapi/block-core.json, since 2.6). */
export interface BlockdevMirror extends MirrorCommon {
  readonly 'filter-node-name'?: string
}

/** Starts to mirror a disk to a node that is open already. */
export const blockdevMirror: QmpCommand<BlockdevMirror, JsonObject> = {
  name: 'blockdev-mirror',
  accepts: isObject,
}

/** QAPI `DriveMirror` (qapi/block-core.json). */
export interface DriveMirror extends MirrorCommon {
  readonly format?: string
  /** The name that the target's node gets. */
  readonly 'node-name'?: string
  readonly mode?: NewImageMode
  readonly unmap?: boolean
}

/** Starts to mirror a disk to a file. */
export const driveMirror: QmpCommand<DriveMirror, JsonObject> = {
  name: 'drive-mirror',
  accepts: isObject,
}

/** QAPI `block-stream` (qapi/block-core.json); at most one of `base`, `base-node` and `bottom`. */
export interface BlockStream extends BlockJobOptions {
  readonly base?: string
  /** The highest node that is not copied. */
  readonly 'base-node'?: string
  /** The lowest node that is copied. */
  readonly bottom?: string
  /** What the image names as its backing file afterwards. */
  readonly 'backing-file'?: string
  readonly 'on-error'?: BlockdevOnError
  readonly 'filter-node-name'?: string
}

/** Starts to copy a backing chain up into its top. */
export const blockStream: QmpCommand<BlockStream, JsonObject> = {
  name: 'block-stream',
  accepts: isObject,
}

/** QAPI `block-commit` (qapi/block-core.json). */
export interface BlockCommit extends BlockJobOptions {
  readonly 'base-node'?: string
  readonly base?: string
  readonly 'top-node'?: string
  readonly top?: string
  /** What the overlay above the top names as its backing file afterwards. */
  readonly 'backing-file'?: string
  readonly 'on-error'?: BlockdevOnError
  readonly 'filter-node-name'?: string
}

/** Starts to copy layers down into their base. When the top is the active layer, the job becomes ready and waits. */
export const blockCommit: QmpCommand<BlockCommit, JsonObject> = {
  name: 'block-commit',
  accepts: isObject,
}

/** QAPI `BlockJobInfo` (qapi/block-core.json). */
export interface BlockJobInfo {
  readonly type: JobType
  /** The job's id. */
  readonly device: string
  /** Bytes; may change while the job runs. */
  readonly len: QmpInteger
  /** Bytes. */
  readonly offset: QmpInteger
  readonly busy: boolean
  readonly paused: boolean
  /** Bytes a second; 0 is no limit. */
  readonly speed: QmpInteger
  readonly 'io-status': OpenEnum<'ok' | 'failed' | 'nospace'>
  readonly ready: boolean
  readonly status: JobStatus
  readonly 'auto-finalize': boolean
  readonly 'auto-dismiss': boolean
  readonly error?: string
}

/** Lists the block jobs, the newest first. */
export const queryBlockJobs: QmpCommand<NoArguments, readonly BlockJobInfo[]> = {
  name: 'query-block-jobs',
  accepts: isArrayOf(
    isRecord<BlockJobInfo>({
      type: isString,
      device: isString,
      len: isInteger,
      offset: isInteger,
      busy: isBoolean,
      paused: isBoolean,
      speed: isInteger,
      'io-status': isString,
      ready: isBoolean,
      status: isString,
      'auto-finalize': isBoolean,
      'auto-dismiss': isBoolean,
      error: optional(isString),
    }),
  ),
}

/** QAPI `block-job-set-speed` (qapi/block-core.json). */
export interface BlockJobSetSpeed {
  /** The job's id. */
  readonly device: string
  /** Bytes a second; 0 is no limit. */
  readonly speed: QmpInteger
}

/** Sets the speed of a block job, at once. */
export const blockJobSetSpeed: QmpCommand<BlockJobSetSpeed, JsonObject> = {
  name: 'block-job-set-speed',
  accepts: isObject,
}

/** QAPI `block-job-cancel` (qapi/block-core.json). */
export interface BlockJobCancel {
  /** The job's id. */
  readonly device: string
  /** Cancels also a job that is paused, and a ready mirror without making its copy consistent. */
  readonly force?: boolean
}

/** Cancels a block job. A mirror or active commit that is ready completes without pivot, unless it is forced. */
export const blockJobCancel: QmpCommand<BlockJobCancel, JsonObject> = {
  name: 'block-job-cancel',
  accepts: isObject,
}

/** Names a block job by its id, in the verbs that call it `device`. */
export interface BlockJobReference {
  readonly device: string
}

/** Pauses a block job. */
export const blockJobPause: QmpCommand<BlockJobReference, JsonObject> = {
  name: 'block-job-pause',
  accepts: isObject,
}

/** Resumes a block job that a user paused. */
export const blockJobResume: QmpCommand<BlockJobReference, JsonObject> = {
  name: 'block-job-resume',
  accepts: isObject,
}

/** Completes a block job that is ready: the disk switches to the target. */
export const blockJobComplete: QmpCommand<BlockJobReference, JsonObject> = {
  name: 'block-job-complete',
  accepts: isObject,
}

/** Takes a concluded block job off the list. */
export const blockJobDismiss: QmpCommand<{ readonly id: string }, JsonObject> = {
  name: 'block-job-dismiss',
  accepts: isObject,
}

/** Lets a pending block job take effect. */
export const blockJobFinalize: QmpCommand<{ readonly id: string }, JsonObject> = {
  name: 'block-job-finalize',
  accepts: isObject,
}
