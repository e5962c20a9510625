import type { NoArguments, OpenEnum, QmpCommand } from '../command.ts'
import type { QmpInteger } from '../json.ts'
import { type BlockDirtyInfo, isBlockDirtyInfo } from './block-core-bitmap.ts'
import { type ImageInfo, isImageInfo } from './block-core-image.ts'
import {
  type Guard,
  isArrayOf,
  isBoolean,
  isInteger,
  isRecord,
  isString,
  optional,
} from '../guard.ts'

/** QAPI `BlockdevCacheInfo` (qapi/block-core.json). */
export interface BlockdevCacheInfo {
  readonly writeback: boolean
  readonly direct: boolean
  readonly 'no-flush': boolean
}

/** QAPI `BlockDeviceInfo` (qapi/block-core.json): a node that is open; what is read here. */
export interface BlockDeviceInfo {
  readonly file: string
  readonly 'node-name'?: string
  readonly ro: boolean
  /** The driver. */
  readonly drv: string
  readonly backing_file?: string
  /** How many images are below this one. */
  readonly backing_file_depth: QmpInteger
  readonly encrypted: boolean
  readonly detect_zeroes: OpenEnum<'off' | 'on' | 'unmap'>
  /** Bytes a second; 0 is no limit. */
  readonly bps: QmpInteger
  readonly bps_rd: QmpInteger
  readonly bps_wr: QmpInteger
  /** Requests a second; 0 is no limit. */
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
  readonly group?: string
  readonly image: ImageInfo
  readonly cache: BlockdevCacheInfo
  /** Bytes; 0 is none. */
  readonly write_threshold: QmpInteger
  /** The newest first, nameless ones included; absent when there are none. */
  readonly 'dirty-bitmaps'?: readonly BlockDirtyInfo[]
}

const isBlockDeviceInfo: Guard<BlockDeviceInfo> = isRecord<BlockDeviceInfo>({
  file: isString,
  'node-name': optional(isString),
  ro: isBoolean,
  drv: isString,
  backing_file: optional(isString),
  backing_file_depth: isInteger,
  encrypted: isBoolean,
  detect_zeroes: isString,
  bps: isInteger,
  bps_rd: isInteger,
  bps_wr: isInteger,
  iops: isInteger,
  iops_rd: isInteger,
  iops_wr: isInteger,
  bps_max: optional(isInteger),
  bps_rd_max: optional(isInteger),
  bps_wr_max: optional(isInteger),
  iops_max: optional(isInteger),
  iops_rd_max: optional(isInteger),
  iops_wr_max: optional(isInteger),
  bps_max_length: optional(isInteger),
  bps_rd_max_length: optional(isInteger),
  bps_wr_max_length: optional(isInteger),
  iops_max_length: optional(isInteger),
  iops_rd_max_length: optional(isInteger),
  iops_wr_max_length: optional(isInteger),
  iops_size: optional(isInteger),
  group: optional(isString),
  image: isImageInfo,
  cache: isRecord<BlockdevCacheInfo>({
    writeback: isBoolean,
    direct: isBoolean,
    'no-flush': isBoolean,
  }),
  write_threshold: isInteger,
  'dirty-bitmaps': optional(isArrayOf(isBlockDirtyInfo)),
})

/** QAPI `query-named-block-nodes` (qapi/block-core.json). */
export interface QueryNamedBlockNodes {
  /** Leaves out what each image knows of its backing images: the answer grows with the square of the chain otherwise. */
  readonly flat?: boolean
}

/** Lists all nodes that are open. */
export const queryNamedBlockNodes: QmpCommand<QueryNamedBlockNodes, readonly BlockDeviceInfo[]> = {
  name: 'query-named-block-nodes',
  accepts: isArrayOf(isBlockDeviceInfo),
}

/** QAPI `BlockInfo` (qapi/block-core.json): a drive. */
export interface BlockInfo {
  /** The name of the backend; empty with `-blockdev`. */
  readonly device: string
  /** The device's id or QOM path. */
  readonly qdev?: string
  readonly type: string
  readonly removable: boolean
  readonly locked: boolean
  /** Absent for an empty drive. */
  readonly inserted?: BlockDeviceInfo
  readonly tray_open?: boolean
  readonly 'io-status'?: OpenEnum<'ok' | 'failed' | 'nospace'>
}

/** Lists the drives. While a job works on one, its node can be a filter of the job. */
export const queryBlock: QmpCommand<NoArguments, readonly BlockInfo[]> = {
  name: 'query-block',
  accepts: isArrayOf(
    isRecord<BlockInfo>({
      device: isString,
      qdev: optional(isString),
      type: isString,
      removable: isBoolean,
      locked: isBoolean,
      inserted: optional(isBlockDeviceInfo),
      tray_open: optional(isBoolean),
      'io-status': optional(isString),
    }),
  ),
}
