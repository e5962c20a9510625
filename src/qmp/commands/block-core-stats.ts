import type { QmpCommand } from '../command.ts'
import type { QmpInteger } from '../json.ts'
import {
  type Guard,
  isArrayOf,
  isBoolean,
  isInteger,
  isRecord,
  isString,
  optional,
} from '../guard.ts'

/** QAPI `BlockDeviceStats` (qapi/block-core.json): what is read here. Times are nanoseconds. */
export interface BlockDeviceStats {
  readonly rd_bytes: QmpInteger
  readonly wr_bytes: QmpInteger
  readonly unmap_bytes: QmpInteger
  readonly rd_operations: QmpInteger
  readonly wr_operations: QmpInteger
  readonly flush_operations: QmpInteger
  readonly unmap_operations: QmpInteger
  readonly rd_total_time_ns: QmpInteger
  readonly wr_total_time_ns: QmpInteger
  readonly flush_total_time_ns: QmpInteger
  readonly unmap_total_time_ns: QmpInteger
  /** The offset behind the last byte that was ever written: how much of a block device a growing image uses. */
  readonly wr_highest_offset: QmpInteger
  readonly rd_merged: QmpInteger
  readonly wr_merged: QmpInteger
  readonly unmap_merged: QmpInteger
  /** Since the last request; absent when there was none. */
  readonly idle_time_ns?: QmpInteger
  readonly failed_rd_operations: QmpInteger
  readonly failed_wr_operations: QmpInteger
  readonly failed_flush_operations: QmpInteger
  readonly failed_unmap_operations: QmpInteger
  readonly invalid_rd_operations: QmpInteger
  readonly invalid_wr_operations: QmpInteger
  readonly invalid_flush_operations: QmpInteger
  readonly invalid_unmap_operations: QmpInteger
  readonly account_invalid: boolean
  readonly account_failed: boolean
}

/** QAPI `BlockStats` (qapi/block-core.json): a drive or a node, and what is below it. */
export interface BlockStats {
  readonly device?: string
  readonly qdev?: string
  readonly 'node-name'?: string
  readonly stats: BlockDeviceStats
  /** The node that holds the data, not a parent. */
  readonly parent?: BlockStats
  readonly backing?: BlockStats
}

const isBlockDeviceStats: Guard<BlockDeviceStats> = isRecord<BlockDeviceStats>({
  rd_bytes: isInteger,
  wr_bytes: isInteger,
  unmap_bytes: isInteger,
  rd_operations: isInteger,
  wr_operations: isInteger,
  flush_operations: isInteger,
  unmap_operations: isInteger,
  rd_total_time_ns: isInteger,
  wr_total_time_ns: isInteger,
  flush_total_time_ns: isInteger,
  unmap_total_time_ns: isInteger,
  wr_highest_offset: isInteger,
  rd_merged: isInteger,
  wr_merged: isInteger,
  unmap_merged: isInteger,
  idle_time_ns: optional(isInteger),
  failed_rd_operations: isInteger,
  failed_wr_operations: isInteger,
  failed_flush_operations: isInteger,
  failed_unmap_operations: isInteger,
  invalid_rd_operations: isInteger,
  invalid_wr_operations: isInteger,
  invalid_flush_operations: isInteger,
  invalid_unmap_operations: isInteger,
  account_invalid: isBoolean,
  account_failed: isBoolean,
})

const isBlockStats: Guard<BlockStats> = isRecord<BlockStats>({
  device: optional(isString),
  qdev: optional(isString),
  'node-name': optional(isString),
  stats: isBlockDeviceStats,
  parent: optional((value): value is BlockStats => isBlockStats(value)),
  backing: optional((value): value is BlockStats => isBlockStats(value)),
})

/** QAPI `query-blockstats` (qapi/block-core.json). */
export interface QueryBlockstats {
  /** Reports nodes instead of drives; without operations and times, which belong to drives. */
  readonly 'query-nodes'?: boolean
}

/** Reports what has been read and written. */
export const queryBlockstats: QmpCommand<QueryBlockstats, readonly BlockStats[]> = {
  name: 'query-blockstats',
  accepts: isArrayOf(isBlockStats),
}
