import type { QmpCommand } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import type { BlockdevCreateOptions } from './block-core-create.ts'
import type { BlockdevOptions } from './block-core-options.ts'
import { isObject } from '../guard.ts'

/** Opens a node of the block graph. */
export const blockdevAdd: QmpCommand<BlockdevOptions, JsonObject> = {
  name: 'blockdev-add',
  accepts: isObject,
}

/** QAPI `blockdev-reopen` (qapi/block-core.json, since 6.1). */
export interface BlockdevReopen {
  /** All options of each node, as for `blockdev-add`: what is left out gets its default. */
  readonly options: readonly BlockdevOptions[]
}

/** Reopens nodes with other options, all or none of them. */
export const blockdevReopen: QmpCommand<BlockdevReopen, JsonObject> = {
  name: 'blockdev-reopen',
  accepts: isObject,
}

/** Closes a node; refused while it is in use. Bitmaps that are to be stored are stored. */
export const blockdevDel: QmpCommand<{ readonly 'node-name': string }, JsonObject> = {
  name: 'blockdev-del',
  accepts: isObject,
}

/** QAPI `blockdev-create` (qapi/block-core.json, since 3.0). */
export interface BlockdevCreate {
  readonly 'job-id': string
  readonly options: BlockdevCreateOptions
}

/** Starts a job that makes or formats an image. The job must be dismissed; its error is in `query-jobs`. */
export const blockdevCreate: QmpCommand<BlockdevCreate, JsonObject> = {
  name: 'blockdev-create',
  accepts: isObject,
}

/** QAPI `block_resize` (qapi/block-core.json); either `device` or `node-name`. */
export interface BlockResize {
  readonly device?: string
  readonly 'node-name'?: string
  /** Bytes. */
  readonly size: QmpInteger
}

/** Resizes a disk while the guest runs. */
export const blockResize: QmpCommand<BlockResize, JsonObject> = {
  name: 'block_resize',
  accepts: isObject,
}

/** QAPI `block-set-write-threshold` (qapi/block-core.json). */
export interface BlockSetWriteThreshold {
  readonly 'node-name': string
  /** Bytes from the start of the node; 0 takes the threshold away. */
  readonly 'write-threshold': QmpInteger
}

/** Asks for one `BLOCK_WRITE_THRESHOLD` when a write goes beyond an offset. */
export const blockSetWriteThreshold: QmpCommand<BlockSetWriteThreshold, JsonObject> = {
  name: 'block-set-write-threshold',
  accepts: isObject,
}

/** QAPI `change-backing-file` (qapi/block-core.json). */
export interface ChangeBackingFile {
  readonly device: string
  readonly 'image-node-name': string
  readonly 'backing-file': string
}

/** Rewrites the name that an image has for its backing file; the graph stays as it is. */
export const changeBackingFile: QmpCommand<ChangeBackingFile, JsonObject> = {
  name: 'change-backing-file',
  accepts: isObject,
}
