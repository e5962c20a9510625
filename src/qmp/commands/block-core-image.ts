import type { OpenEnum } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import { isSnapshotInfo, type SnapshotInfo } from './block-core-snapshot.ts'
import {
  type Guard,
  isArrayOf,
  isBoolean,
  isInteger,
  isObject,
  isRecord,
  isString,
  optional,
} from '../guard.ts'

/** QAPI `Qcow2BitmapInfo` (qapi/block-core.json, since 4.0): a bitmap as the image stores it. */
export interface Qcow2BitmapInfo {
  readonly name: string
  readonly granularity: QmpInteger
  readonly flags: readonly OpenEnum<'in-use' | 'auto'>[]
}

/** QAPI `ImageInfoSpecificQCow2` (qapi/block-core.json): what is read here. */
export interface ImageInfoSpecificQCow2 {
  /** `0.10` for version 2, `1.1` for version 3. */
  readonly compat: string
  readonly 'data-file'?: string
  readonly 'data-file-raw'?: boolean
  readonly 'extended-l2'?: boolean
  readonly 'lazy-refcounts'?: boolean
  readonly corrupt?: boolean
  readonly 'refcount-bits': QmpInteger
  readonly bitmaps?: readonly Qcow2BitmapInfo[]
}

/** QAPI `ImageInfoSpecific` (qapi/block-core.json). */
export type ImageInfoSpecific =
  | { readonly type: 'qcow2'; readonly data: ImageInfoSpecificQCow2 }
  | { readonly type: Exclude<string, 'qcow2'>; readonly data: JsonObject }

/** QAPI `ImageInfo` (qapi/block-core.json). */
export interface ImageInfo {
  readonly filename: string
  readonly format: string
  readonly 'dirty-flag'?: boolean
  /** Bytes on the host. */
  readonly 'actual-size'?: QmpInteger
  /** Bytes that the guest sees. */
  readonly 'virtual-size': QmpInteger
  /** Bytes. */
  readonly 'cluster-size'?: QmpInteger
  readonly encrypted?: boolean
  readonly compressed?: boolean
  /** As the image has it. */
  readonly 'backing-filename'?: string
  /** Resolved against the image's folder. */
  readonly 'full-backing-filename'?: string
  readonly 'backing-filename-format'?: string
  readonly snapshots?: readonly SnapshotInfo[]
  readonly 'backing-image'?: ImageInfo
  readonly 'format-specific'?: ImageInfoSpecific
}

const isQcow2Info: Guard<ImageInfoSpecificQCow2> = isRecord<ImageInfoSpecificQCow2>({
  compat: isString,
  'data-file': optional(isString),
  'data-file-raw': optional(isBoolean),
  'extended-l2': optional(isBoolean),
  'lazy-refcounts': optional(isBoolean),
  corrupt: optional(isBoolean),
  'refcount-bits': isInteger,
  bitmaps: optional(
    isArrayOf(
      isRecord<Qcow2BitmapInfo>({
        name: isString,
        granularity: isInteger,
        flags: isArrayOf(isString),
      }),
    ),
  ),
})

const isImageInfoSpecific: Guard<ImageInfoSpecific> = (value): value is ImageInfoSpecific =>
  isObject(value) &&
  isString(value['type']) &&
  (value['type'] === 'qcow2' ? isQcow2Info(value['data']) : isObject(value['data']))

/** Accepts an {@link ImageInfo}. @internal */
export const isImageInfo: Guard<ImageInfo> = isRecord<ImageInfo>({
  filename: isString,
  format: isString,
  'dirty-flag': optional(isBoolean),
  'actual-size': optional(isInteger),
  'virtual-size': isInteger,
  'cluster-size': optional(isInteger),
  encrypted: optional(isBoolean),
  compressed: optional(isBoolean),
  'backing-filename': optional(isString),
  'full-backing-filename': optional(isString),
  'backing-filename-format': optional(isString),
  snapshots: optional(isArrayOf(isSnapshotInfo)),
  'backing-image': optional((value): value is ImageInfo => isImageInfo(value)),
  'format-specific': optional(isImageInfoSpecific),
})
