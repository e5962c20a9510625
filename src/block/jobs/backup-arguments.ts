/**
 * The arguments of the backup commands, and what QEMU checks of them before it touches anything.
 *
 * @see QEMU 7.2, qapi/block-core.json (BackupCommon) and blockdev.c (do_backup_common)
 * @module
 */
import { ok } from 'neverthrow'
import type { BlockResult } from '../block-error.ts'
import { refuse } from '../block-error.ts'
import type { BlockNode } from '../node.ts'
import type { BackupBitmap, BackupSync, BitmapMode } from './backup-job.ts'
import type { ErrorPolicy } from './error-policy.ts'
import { errorPolicies } from './error-policy.ts'

/** What `blockdev-backup` and `drive-backup` have in common. */
export interface BackupCommonArguments {
  /** The name of the device that has the source as its root when absent. */
  readonly jobId?: string
  /** The source: a device or a node. */
  readonly device: string
  readonly sync: BackupSync
  /** A dirty bitmap of the source. */
  readonly bitmap?: string
  /** Needed with a bitmap, but for `sync: 'incremental'`, where it is `on-success`. */
  readonly bitmapMode?: BitmapMode
  /** Bytes a second; unlimited when absent or 0. */
  readonly speed?: number
  /** Only for targets that can: each cluster is written by itself then. */
  readonly compress?: boolean
  readonly onSourceError?: ErrorPolicy
  readonly onTargetError?: ErrorPolicy
  /** Whether the job becomes final by itself; true when absent. */
  readonly autoFinalize?: boolean
  /** Whether the job is forgotten when it is over; true when absent. */
  readonly autoDismiss?: boolean
  /** The name of the copy-before-write filter; generated when absent. */
  readonly filterNodeName?: string
  readonly performance?: BackupPerformance
}

/** QAPI's BackupPerf. */
export interface BackupPerformance {
  /** Requests under way at a target that answers later; 64 when absent. */
  readonly maxWorkers?: number
  /** Bytes that one request copies at most; 1 MiB when absent or 0. */
  readonly maxChunk?: number
}

/** The arguments of `blockdev-backup`. */
export interface BlockdevBackupArguments extends BackupCommonArguments {
  /** The target: a device or a node. */
  readonly target: string
}

/** The arguments of `drive-backup`, which opens its target itself, and creates it unless told that it exists. */
export interface DriveBackupArguments extends BackupCommonArguments {
  /** The path of the target. */
  readonly target: string
  /** The source's format when absent, or for an existing target the format that it has. */
  readonly format?: string
  /** `absolute-paths` (create the target) when absent. */
  readonly mode?: 'absolute-paths' | 'existing'
}

const syncs: readonly BackupSync[] = ['full', 'top', 'none', 'incremental', 'bitmap']
const modes: readonly BitmapMode[] = ['on-success', 'never', 'always']

/** Checks the words that stand for one of a few values, as QMP does before it runs a command. */
export function checkWords(
  options: BackupCommonArguments & { readonly mode?: string },
): BlockResult<void> {
  const words: readonly (readonly [string, string | undefined, readonly string[]])[] = [
    ['sync', options.sync, syncs],
    ['bitmap-mode', options.bitmapMode, modes],
    ['on-source-error', options.onSourceError, errorPolicies],
    ['on-target-error', options.onTargetError, errorPolicies],
    ['mode', options.mode, ['absolute-paths', 'existing']],
  ]
  for (const [name, value, allowed] of words) {
    if (value !== undefined && !allowed.includes(value)) {
      return refuse(`Parameter '${name}' does not accept value '${value}'`)
    }
  }
  return ok(undefined)
}

/** Finds the bitmap of a backup and checks that it fits the modes; nothing when none is named. */
export function chooseBitmap(
  source: BlockNode,
  options: BackupCommonArguments,
): BlockResult<BackupBitmap | undefined> {
  const { sync, bitmap: name } = options
  const needsBitmap = sync === 'incremental' || sync === 'bitmap'
  if (needsBitmap && name === undefined) {
    return refuse(`must provide a valid bitmap name for '${sync}' sync mode`)
  }
  const isPlain = (options.bitmapMode ?? 'on-success') === 'on-success'
  if (sync === 'incremental' && !isPlain) {
    return refuse("Bitmap sync mode must be 'on-success' when using sync mode 'incremental'")
  }
  if (name === undefined) {
    return options.bitmapMode === undefined
      ? ok(undefined)
      : refuse('Cannot specify bitmap sync mode without a bitmap')
  }
  const mode = options.bitmapMode ?? (sync === 'incremental' ? 'on-success' : undefined)
  return findBitmap(source, name, mode).andThen((found) =>
    checkModes(sync, found.mode).map(() => found),
  )
}

/** Checks the limits of performance options. */
export function checkPerformance(performance: BackupPerformance = {}): BlockResult<void> {
  const { maxWorkers = 64, maxChunk = 0 } = performance
  if (!Number.isInteger(maxWorkers) || maxWorkers < 1 || maxWorkers > 0x7fff_ffff) {
    return refuse('max-workers must be between 1 and 2147483647')
  }
  return Number.isSafeInteger(maxChunk) && maxChunk >= 0
    ? ok(undefined)
    : refuse('max-chunk must be zero (which means no limit) or positive')
}

function findBitmap(
  source: BlockNode,
  name: string,
  mode: BitmapMode | undefined,
): BlockResult<BackupBitmap> {
  const { bitmaps } = source
  const bitmap = bitmaps?.find(name)
  if (bitmaps === undefined || bitmap === undefined) {
    return refuse(`Bitmap '${name}' could not be found`)
  }
  if (mode === undefined) {
    return refuse('Bitmap sync mode must be given when providing a bitmap')
  }
  return bitmap.check('read').map(() => ({ bitmap, bitmaps, mode }))
}

function checkModes(sync: BackupSync, mode: BitmapMode): BlockResult<void> {
  if (sync === 'none') {
    return refuse("sync mode 'none' does not produce meaningful bitmap outputs")
  }
  if (mode === 'never' && (sync === 'full' || sync === 'top')) {
    return refuse(
      `Bitmap sync mode 'never' has no meaningful effect when combined with sync mode '${sync}'`,
    )
  }
  return ok(undefined)
}
