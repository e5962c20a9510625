import type { QmpInteger } from '../json.ts'
import type { BlockDirtyBitmap } from './block-core-bitmap.ts'
import type { BlockdevQcow2Encryption } from './crypto.ts'
import type { InetSocketAddress, SocketAddress } from './sockets.ts'

/** QAPI `BlockdevRef` (qapi/block-core.json): a node that exists, by name, or one that is opened along. */
export type BlockdevRef = string | BlockdevOptions

/** QAPI `BlockdevRefOrNull` (qapi/block-core.json): `null` says that there is none, whatever the image says. */
export type BlockdevRefOrNull = BlockdevRef | null

/** QAPI `BlockdevOptions` (qapi/block-core.json): the members that all drivers share. */
export interface BlockdevOptionsBase {
  /** Up to 31 characters. Made by QEMU when absent; then the node can only be used by the one that opens it. */
  readonly 'node-name'?: string
  readonly discard?: 'ignore' | 'unmap'
  readonly cache?: BlockdevCacheOptions
  readonly 'read-only'?: boolean
  readonly 'auto-read-only'?: boolean
  readonly 'force-share'?: boolean
  readonly 'detect-zeroes'?: 'off' | 'on' | 'unmap'
}

/** QAPI `BlockdevCacheOptions` (qapi/block-core.json). */
export interface BlockdevCacheOptions {
  readonly direct?: boolean
  readonly 'no-flush'?: boolean
}

/** QAPI `BlockdevOptionsFile` (qapi/block-core.json). */
export interface BlockdevOptionsFile {
  readonly filename: string
  readonly aio?: 'threads' | 'native' | 'io_uring'
  readonly locking?: 'auto' | 'on' | 'off'
  readonly 'pr-manager'?: string
  readonly 'aio-max-batch'?: QmpInteger
  readonly 'drop-cache'?: boolean
}

/** QAPI `BlockdevOptionsGenericFormat` (qapi/block-core.json). */
export interface BlockdevOptionsGenericFormat {
  readonly file: BlockdevRef
}

/** QAPI `BlockdevOptionsGenericCOWFormat` (qapi/block-core.json). */
export interface BlockdevOptionsGenericCOWFormat extends BlockdevOptionsGenericFormat {
  /** What the image itself says when absent. */
  readonly backing?: BlockdevRefOrNull
}

/** QAPI `BlockdevOptionsQcow2` (qapi/block-core.json). */
export interface BlockdevOptionsQcow2 extends BlockdevOptionsGenericCOWFormat {
  readonly 'lazy-refcounts'?: boolean
  readonly 'pass-discard-request'?: boolean
  readonly 'pass-discard-snapshot'?: boolean
  readonly 'pass-discard-other'?: boolean
  readonly 'overlap-check'?: 'none' | 'constant' | 'cached' | 'all'
  /** Bytes, as the other caches. */
  readonly 'cache-size'?: QmpInteger
  readonly 'l2-cache-size'?: QmpInteger
  readonly 'l2-cache-entry-size'?: QmpInteger
  readonly 'refcount-cache-size'?: QmpInteger
  /** Seconds; 0 is never. */
  readonly 'cache-clean-interval'?: QmpInteger
  readonly encrypt?: BlockdevQcow2Encryption
  readonly 'data-file'?: BlockdevRef
}

/** QAPI `BlockdevOptionsRaw` (qapi/block-core.json). */
export interface BlockdevOptionsRaw extends BlockdevOptionsGenericFormat {
  /** Bytes: where the disk begins in the file. */
  readonly offset?: QmpInteger
  /** Bytes. */
  readonly size?: QmpInteger
}

/** QAPI `BlockdevOptionsLUKS` (qapi/block-core.json). */
export interface BlockdevOptionsLUKS extends BlockdevOptionsGenericFormat {
  /** The id of a `secret` object. */
  readonly 'key-secret'?: string
}

/** QAPI `BlockdevOptionsNbd` (qapi/block-core.json). */
export interface BlockdevOptionsNbd {
  readonly server: SocketAddress
  readonly export?: string
  readonly 'tls-creds'?: string
  readonly 'tls-hostname'?: string
  /** Shows the bitmap instead of the data: zeros where it is clean. Unstable. */
  readonly 'x-dirty-bitmap'?: string
  /** Seconds. */
  readonly 'reconnect-delay'?: number
  /** Seconds. */
  readonly 'open-timeout'?: number
}

/** QAPI `BlockdevOptionsNull` (qapi/block-core.json). */
export interface BlockdevOptionsNull {
  /** Bytes. */
  readonly size?: QmpInteger
  readonly 'latency-ns'?: QmpInteger
  readonly 'read-zeroes'?: boolean
}

/** QAPI `BlockdevOptionsCbw` (qapi/block-core.json, since 6.2). */
export interface BlockdevOptionsCbw extends BlockdevOptionsGenericFormat {
  readonly target: BlockdevRef
  /** Only what is dirty in it is kept. */
  readonly bitmap?: BlockDirtyBitmap
  readonly 'on-cbw-error'?: 'break-guest-write' | 'break-snapshot'
  /** Seconds; 0 is for ever. */
  readonly 'cbw-timeout'?: number
}

/** QAPI `BlockdevOptionsBlkdebug` (qapi/block-core.json): injects errors. Events are named as QEMU names them. */
export interface BlockdevOptionsBlkdebug {
  readonly image: BlockdevRef
  readonly config?: string
  readonly align?: QmpInteger
  readonly 'inject-error'?: readonly BlkdebugInjectErrorOptions[]
  readonly 'set-state'?: readonly BlkdebugSetStateOptions[]
}

/** QAPI `BlkdebugInjectErrorOptions` (qapi/block-core.json). */
export interface BlkdebugInjectErrorOptions {
  readonly event: string
  readonly iotype?: 'read' | 'write' | 'write-zeroes' | 'discard' | 'flush' | 'block-status'
  readonly state?: QmpInteger
  /** Linux errno; 5 (EIO) when absent. */
  readonly errno?: QmpInteger
  readonly sector?: QmpInteger
  readonly once?: boolean
  readonly immediately?: boolean
}

/** QAPI `BlkdebugSetStateOptions` (qapi/block-core.json). */
export interface BlkdebugSetStateOptions {
  readonly event: string
  readonly state?: QmpInteger
  readonly new_state: QmpInteger
}

/** QAPI `BlockdevOptionsCurl` (qapi/block-core.json), for `http`, `https`, `ftp` and `ftps`. */
export interface BlockdevOptionsCurl {
  readonly url: string
  /** Bytes. */
  readonly readahead?: QmpInteger
  /** Seconds. */
  readonly timeout?: QmpInteger
  readonly username?: string
  readonly 'password-secret'?: string
}

/** QAPI `BlockdevOptionsIscsi` (qapi/block-core.json). */
export interface BlockdevOptionsIscsi {
  readonly transport: 'tcp' | 'iser'
  readonly portal: string
  readonly target: string
  readonly lun?: number
  readonly user?: string
  readonly 'password-secret'?: string
  readonly 'initiator-name'?: string
}

/** QAPI `BlockdevOptionsRbd` (qapi/block-core.json). */
export interface BlockdevOptionsRbd {
  readonly pool: string
  readonly image: string
  readonly namespace?: string
  readonly conf?: string
  readonly snapshot?: string
  readonly user?: string
  readonly 'key-secret'?: string
  readonly server?: readonly { readonly host: string; readonly port: string }[]
}

/** QAPI `BlockdevOptionsSsh` (qapi/block-core.json). */
export interface BlockdevOptionsSsh {
  readonly server: InetSocketAddress
  readonly path: string
  readonly user?: string
}

/** QAPI `BlockdevOptionsThrottle` (qapi/block-core.json). */
export interface BlockdevOptionsThrottle extends BlockdevOptionsGenericFormat {
  readonly 'throttle-group': string
}

/** QAPI `BlockdevOptions` (qapi/block-core.json): the drivers that are used here. */
export type BlockdevOptions = BlockdevOptionsBase &
  (
    | ({ readonly driver: 'file' | 'host_device' | 'host_cdrom' } & BlockdevOptionsFile)
    | ({ readonly driver: 'raw' } & BlockdevOptionsRaw)
    | ({ readonly driver: 'qcow2' } & BlockdevOptionsQcow2)
    | ({ readonly driver: 'luks' } & BlockdevOptionsLUKS)
    | ({ readonly driver: 'qcow' | 'qed' | 'vmdk' } & BlockdevOptionsGenericCOWFormat)
    | ({
        readonly driver: 'bochs' | 'cloop' | 'dmg' | 'parallels' | 'vdi' | 'vhdx' | 'vpc'
      } & BlockdevOptionsGenericFormat)
    | ({ readonly driver: 'nbd' } & BlockdevOptionsNbd)
    | ({ readonly driver: 'null-co' | 'null-aio' } & BlockdevOptionsNull)
    | ({ readonly driver: 'http' | 'https' | 'ftp' | 'ftps' } & BlockdevOptionsCurl)
    | ({ readonly driver: 'iscsi' } & BlockdevOptionsIscsi)
    | ({ readonly driver: 'rbd' } & BlockdevOptionsRbd)
    | ({ readonly driver: 'ssh' } & BlockdevOptionsSsh)
    | { readonly driver: 'nvme'; readonly device: string; readonly namespace: QmpInteger }
    | ({ readonly driver: 'copy-before-write' } & BlockdevOptionsCbw)
    | ({ readonly driver: 'copy-on-read'; readonly bottom?: string } & BlockdevOptionsGenericFormat)
    | ({ readonly driver: 'snapshot-access' | 'compress' } & BlockdevOptionsGenericFormat)
    | ({ readonly driver: 'throttle' } & BlockdevOptionsThrottle)
    | ({ readonly driver: 'blkdebug' } & BlockdevOptionsBlkdebug)
  )

/** QAPI `BlockdevDriver` (qapi/block-core.json): the drivers that are used here. */
export type BlockdevDriver = BlockdevOptions['driver']
