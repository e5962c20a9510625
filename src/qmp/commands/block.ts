import type { QmpCommand } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import { isObject } from '../guard.ts'

/** Names a drive by its device's id or QOM path, or, in old configurations, by the name of its backend. */
export interface DriveReference {
  readonly id?: string
  readonly device?: string
}

/** QAPI `blockdev-open-tray` and `eject` (qapi/block.json). */
export interface OpenTray extends DriveReference {
  /** Opens a tray that the guest has locked. */
  readonly force?: boolean
}

/** Opens the tray of a removable drive, or asks the guest to, when it has locked it. */
export const blockdevOpenTray: QmpCommand<OpenTray, JsonObject> = {
  name: 'blockdev-open-tray',
  accepts: isObject,
}

/** Closes the tray of a removable drive. */
export const blockdevCloseTray: QmpCommand<DriveReference, JsonObject> = {
  name: 'blockdev-close-tray',
  accepts: isObject,
}

/** Takes the medium out of a drive of which the tray is open. */
export const blockdevRemoveMedium: QmpCommand<{ readonly id: string }, JsonObject> = {
  name: 'blockdev-remove-medium',
  accepts: isObject,
}

/** QAPI `blockdev-insert-medium` (qapi/block.json). */
export interface BlockdevInsertMedium {
  readonly id: string
  readonly 'node-name': string
}

/** Puts a node in a drive of which the tray is open. */
export const blockdevInsertMedium: QmpCommand<BlockdevInsertMedium, JsonObject> = {
  name: 'blockdev-insert-medium',
  accepts: isObject,
}

/** Opens the tray and takes the medium out. */
export const eject: QmpCommand<OpenTray, JsonObject> = { name: 'eject', accepts: isObject }

/**
 * QAPI `BlockIOThrottle` (qapi/block-core.json).
 *
 * Rates are bytes or operations a second, 0 for no limit; `*_max` are bursts, `*_max_length` the seconds that one may last.
 */
export interface BlockIOThrottle extends DriveReference {
  readonly bps: QmpInteger
  readonly bps_rd: QmpInteger
  readonly bps_wr: QmpInteger
  readonly iops: QmpInteger
  readonly iops_rd: QmpInteger
  readonly iops_wr: QmpInteger
  readonly bps_max?: QmpInteger
  readonly bps_rd_max?: QmpInteger
  readonly bps_wr_max?: QmpInteger
  readonly iops_max?: QmpInteger
  readonly iops_rd_max?: QmpInteger
  readonly iops_wr_max?: QmpInteger
  readonly bps_max_length?: QmpInteger
  readonly bps_rd_max_length?: QmpInteger
  readonly bps_wr_max_length?: QmpInteger
  readonly iops_max_length?: QmpInteger
  readonly iops_rd_max_length?: QmpInteger
  readonly iops_wr_max_length?: QmpInteger
  readonly iops_size?: QmpInteger
  /** Drives with the same group share its limits. */
  readonly group?: string
}

/** Limits the rate of a drive's requests. All limits zero takes the throttling away. */
export const blockSetIoThrottle: QmpCommand<BlockIOThrottle, JsonObject> = {
  name: 'block_set_io_throttle',
  accepts: isObject,
}

/** QAPI `block-latency-histogram-set` (qapi/block.json, since 4.0). */
export interface BlockLatencyHistogramSet {
  readonly id: string
  /** Nanoseconds, rising. Without any boundaries the histograms go. */
  readonly boundaries?: readonly QmpInteger[]
  readonly 'boundaries-read'?: readonly QmpInteger[]
  readonly 'boundaries-write'?: readonly QmpInteger[]
  readonly 'boundaries-flush'?: readonly QmpInteger[]
}

/** Starts latency histograms of a drive, or ends them. */
export const blockLatencyHistogramSet: QmpCommand<BlockLatencyHistogramSet, JsonObject> = {
  name: 'block-latency-histogram-set',
  accepts: isObject,
}
