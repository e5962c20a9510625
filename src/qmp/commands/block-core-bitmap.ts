import type { QmpCommand } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import {
  type Guard,
  isBoolean,
  isInteger,
  isObject,
  isRecord,
  isString,
  optional,
} from '../guard.ts'

/** QAPI `BlockDirtyBitmap` (qapi/block-core.json, since 2.4): names a bitmap. */
export interface BlockDirtyBitmap {
  readonly node: string
  readonly name: string
}

/** QAPI `BlockDirtyBitmapAdd` (qapi/block-core.json, since 2.4). */
export interface BlockDirtyBitmapAdd {
  readonly node: string
  readonly name: string
  /** Bytes that one bit stands for; a power of two. The image's cluster size within 4 KiB and 64 KiB when absent. */
  readonly granularity?: number
  readonly persistent?: boolean
  readonly disabled?: boolean
}

/** Creates a dirty bitmap on a node. */
export const blockDirtyBitmapAdd: QmpCommand<BlockDirtyBitmapAdd, JsonObject> = {
  name: 'block-dirty-bitmap-add',
  accepts: isObject,
}

/** Deletes a dirty bitmap, and what the image has stored of it; also one that is inconsistent. */
export const blockDirtyBitmapRemove: QmpCommand<BlockDirtyBitmap, JsonObject> = {
  name: 'block-dirty-bitmap-remove',
  accepts: isObject,
}

/** Clears all bits of a dirty bitmap. */
export const blockDirtyBitmapClear: QmpCommand<BlockDirtyBitmap, JsonObject> = {
  name: 'block-dirty-bitmap-clear',
  accepts: isObject,
}

/** Lets a dirty bitmap record writes. */
export const blockDirtyBitmapEnable: QmpCommand<BlockDirtyBitmap, JsonObject> = {
  name: 'block-dirty-bitmap-enable',
  accepts: isObject,
}

/** Stops a dirty bitmap from recording. */
export const blockDirtyBitmapDisable: QmpCommand<BlockDirtyBitmap, JsonObject> = {
  name: 'block-dirty-bitmap-disable',
  accepts: isObject,
}

/** QAPI `BlockDirtyBitmapMerge` (qapi/block-core.json, since 4.0). */
export interface BlockDirtyBitmapMerge {
  readonly node: string
  /** The bitmap on `node` that the bits are added to. */
  readonly target: string
  /** Names of bitmaps on `node`, or bitmaps of other nodes of the same size. */
  readonly bitmaps: readonly (string | BlockDirtyBitmap)[]
}

/** Adds the bits of some dirty bitmaps to another, rounding outwards. A merge of none is not sent: it crashes QEMU 7.2. */
export const blockDirtyBitmapMerge: QmpCommand<BlockDirtyBitmapMerge, JsonObject> = {
  name: 'block-dirty-bitmap-merge',
  accepts: isObject,
  objection: objectionToMerge,
}

/** Says why a merge must not be sent. @internal */
export function objectionToMerge(merge: BlockDirtyBitmapMerge): string | undefined {
  return merge.bitmaps.length === 0 ? 'merging no bitmaps crashes QEMU' : undefined
}

/** QAPI `BlockDirtyBitmapSha256` (qapi/block-core.json). */
export interface BlockDirtyBitmapSha256 {
  readonly sha256: string
}

/** Hashes the bits of a dirty bitmap; for tests, QEMU promises nothing about it. */
export const xDebugBlockDirtyBitmapSha256: QmpCommand<BlockDirtyBitmap, BlockDirtyBitmapSha256> = {
  name: 'x-debug-block-dirty-bitmap-sha256',
  accepts: isRecord<BlockDirtyBitmapSha256>({ sha256: isString }),
}

/** QAPI `BlockDirtyInfo` (qapi/block-core.json): a dirty bitmap as queries report it. */
export interface BlockDirtyInfo {
  /** Absent for the bitmaps that jobs make for themselves. */
  readonly name?: string
  /** Bytes: the bits that are set, times the granularity. */
  readonly count: QmpInteger
  /** Bytes. */
  readonly granularity: QmpInteger
  readonly recording: boolean
  readonly busy: boolean
  readonly persistent: boolean
  /** True when the image was not closed properly; only removing is possible then. */
  readonly inconsistent?: boolean
}

/** Accepts a {@link BlockDirtyInfo}. @internal */
export const isBlockDirtyInfo: Guard<BlockDirtyInfo> = isRecord<BlockDirtyInfo>({
  name: optional(isString),
  count: isInteger,
  granularity: isInteger,
  recording: isBoolean,
  busy: isBoolean,
  persistent: isBoolean,
  inconsistent: optional(isBoolean),
})
