import type { NoArguments, OpenEnum, QmpCommand } from '../command.ts'
import type { JsonObject } from '../json.ts'
import type { SocketAddress, SocketAddressLegacy } from './sockets.ts'
import { isArrayOf, isBoolean, isObject, isRecord, isString } from '../guard.ts'

/** QAPI `nbd-server-start` (qapi/block-export.json). */
export interface NbdServerStart {
  readonly addr: SocketAddressLegacy
  /** The id of a `tls-creds-*` object. */
  readonly 'tls-creds'?: string
  readonly 'tls-authz'?: string
  /** 0 is any number; 100 when absent. */
  readonly 'max-connections'?: number
}

/** Starts the NBD server; refused when it runs already. */
export const nbdServerStart: QmpCommand<NbdServerStart, JsonObject> = {
  name: 'nbd-server-start',
  accepts: isObject,
}

/** Stops the NBD server and drops its exports; refused when none runs. */
export const nbdServerStop: QmpCommand<NoArguments, JsonObject> = {
  name: 'nbd-server-stop',
  accepts: isObject,
}

/** QAPI `NbdServerAddOptions` (qapi/block-export.json); deprecated by QEMU for {@link blockExportAdd}. */
export interface NbdServerAdd {
  readonly device: string
  /** The export's name; `device` when absent. */
  readonly name?: string
  readonly description?: string
  readonly writable?: boolean
  readonly bitmap?: string
}

/** Exports a node from the NBD server. */
export const nbdServerAdd: QmpCommand<NbdServerAdd, JsonObject> = {
  name: 'nbd-server-add',
  accepts: isObject,
}

/** QAPI `BlockExportRemoveMode` (qapi/block-export.json): whether to refuse while clients are connected, or to hang up. */
export type BlockExportRemoveMode = 'safe' | 'hard'

/** QAPI `nbd-server-remove` (qapi/block-export.json); deprecated by QEMU for {@link blockExportDel}. */
export interface NbdServerRemove {
  readonly name: string
  readonly mode?: BlockExportRemoveMode
}

/** Takes an export off the NBD server. */
export const nbdServerRemove: QmpCommand<NbdServerRemove, JsonObject> = {
  name: 'nbd-server-remove',
  accepts: isObject,
}

/** QAPI `BlockExportOptionsNbd` (qapi/block-export.json, since 5.2). */
export interface BlockExportOptionsNbd {
  /** `node-name` when absent. */
  readonly name?: string
  readonly description?: string
  /** Bitmaps that clients may ask for as `qemu:dirty-bitmap:NAME`, looked for down the backing chain. */
  readonly bitmaps?: readonly (string | { readonly node: string; readonly name: string })[]
  readonly 'allocation-depth'?: boolean
}

/** QAPI `BlockExportOptionsVhostUserBlk` (qapi/block-export.json). */
export interface BlockExportOptionsVhostUserBlk {
  readonly addr: SocketAddress
  readonly 'logical-block-size'?: number
  readonly 'num-queues'?: number
}

/** QAPI `BlockExportOptionsFuse` (qapi/block-export.json, since 6.0). */
export interface BlockExportOptionsFuse {
  readonly mountpoint: string
  readonly growable?: boolean
  readonly 'allow-other'?: 'off' | 'on' | 'auto'
}

/** QAPI `BlockExportOptions` (qapi/block-export.json, since 4.2): the kinds that are made here. */
export type BlockExportOptions = {
  readonly id: string
  readonly 'node-name': string
  readonly iothread?: string
  readonly 'fixed-iothread'?: boolean
  /** False when absent. */
  readonly writable?: boolean
  readonly writethrough?: boolean
} & (
  | ({ readonly type: 'nbd' } & BlockExportOptionsNbd)
  | ({ readonly type: 'vhost-user-blk' } & BlockExportOptionsVhostUserBlk)
  | ({ readonly type: 'fuse' } & BlockExportOptionsFuse)
)

/** Exports a node. Its bitmaps are busy as long as the export exists. */
export const blockExportAdd: QmpCommand<BlockExportOptions, JsonObject> = {
  name: 'block-export-add',
  accepts: isObject,
}

/** QAPI `block-export-del` (qapi/block-export.json, since 5.2). */
export interface BlockExportDel {
  readonly id: string
  readonly mode?: BlockExportRemoveMode
}

/** Asks an export to go; `BLOCK_EXPORT_DELETED` tells when it is gone. */
export const blockExportDel: QmpCommand<BlockExportDel, JsonObject> = {
  name: 'block-export-del',
  accepts: isObject,
}

/** QAPI `BlockExportInfo` (qapi/block-export.json, since 5.2). */
export interface BlockExportInfo {
  readonly id: string
  readonly type: OpenEnum<'nbd' | 'vhost-user-blk' | 'fuse' | 'vduse-blk'>
  readonly 'node-name': string
  readonly 'shutting-down': boolean
}

/** Lists the exports. */
export const queryBlockExports: QmpCommand<NoArguments, readonly BlockExportInfo[]> = {
  name: 'query-block-exports',
  accepts: isArrayOf(
    isRecord<BlockExportInfo>({
      id: isString,
      type: isString,
      'node-name': isString,
      'shutting-down': isBoolean,
    }),
  ),
}
