import type { QmpInteger } from '../json.ts'
import type { BlockdevDriver, BlockdevRef } from './block-core-options.ts'
import type { QCryptoBlockCreateOptions, QCryptoBlockCreateOptionsLUKS } from './crypto.ts'

/** QAPI `PreallocMode` (qapi/block-core.json). */
export type PreallocMode = 'off' | 'metadata' | 'falloc' | 'full'

/** QAPI `BlockdevCreateOptionsFile` (qapi/block-core.json, since 2.12). */
export interface BlockdevCreateOptionsFile {
  readonly filename: string
  /** Bytes. */
  readonly size: QmpInteger
  readonly preallocation?: PreallocMode
  readonly nocow?: boolean
  readonly 'extent-size-hint'?: QmpInteger
}

/** QAPI `BlockdevCreateOptionsQcow2` (qapi/block-core.json, since 2.12). */
export interface BlockdevCreateOptionsQcow2 {
  /** The node that is formatted. */
  readonly file: BlockdevRef
  readonly 'data-file'?: BlockdevRef
  readonly 'data-file-raw'?: boolean
  readonly 'extended-l2'?: boolean
  /** Bytes. */
  readonly size: QmpInteger
  readonly version?: 'v2' | 'v3'
  readonly 'backing-file'?: string
  readonly 'backing-fmt'?: BlockdevDriver
  readonly encrypt?: QCryptoBlockCreateOptions
  /** Bytes; a power of two. */
  readonly 'cluster-size'?: QmpInteger
  readonly preallocation?: PreallocMode
  readonly 'lazy-refcounts'?: boolean
  readonly 'refcount-bits'?: QmpInteger
  readonly 'compression-type'?: 'zlib' | 'zstd'
}

/** QAPI `BlockdevCreateOptionsLUKS` (qapi/block-core.json, since 2.12). */
export interface BlockdevCreateOptionsLUKS extends QCryptoBlockCreateOptionsLUKS {
  readonly file: BlockdevRef
  /** Bytes of the disk, without the header. */
  readonly size: QmpInteger
  readonly preallocation?: PreallocMode
}

/** QAPI `BlockdevCreateOptionsQed` (qapi/block-core.json, since 2.12). */
export interface BlockdevCreateOptionsQed {
  readonly file: BlockdevRef
  readonly size: QmpInteger
  readonly 'backing-file'?: string
  readonly 'backing-fmt'?: BlockdevDriver
  readonly 'cluster-size'?: QmpInteger
  readonly 'table-size'?: QmpInteger
}

/** QAPI `BlockdevCreateOptionsQcow` (qapi/block-core.json, since 2.12). */
export interface BlockdevCreateOptionsQcow {
  readonly file: BlockdevRef
  readonly size: QmpInteger
  readonly 'backing-file'?: string
  readonly encrypt?: QCryptoBlockCreateOptions
}

/** QAPI `BlockdevCreateOptionsVmdk` (qapi/block-core.json, since 4.0). */
export interface BlockdevCreateOptionsVmdk {
  readonly file: BlockdevRef
  readonly size: QmpInteger
  readonly 'backing-file'?: string
  readonly subformat?:
    | 'monolithicSparse'
    | 'monolithicFlat'
    | 'twoGbMaxExtentSparse'
    | 'twoGbMaxExtentFlat'
    | 'streamOptimized'
  readonly 'adapter-type'?: 'ide' | 'buslogic' | 'lsilogic' | 'legacyESX'
}

/** QAPI `BlockdevCreateOptionsVdi` (qapi/block-core.json, since 2.12). */
export interface BlockdevCreateOptionsVdi {
  readonly file: BlockdevRef
  readonly size: QmpInteger
  readonly preallocation?: PreallocMode
}

/** QAPI `BlockdevCreateOptionsVpc` (qapi/block-core.json, since 2.12). */
export interface BlockdevCreateOptionsVpc {
  readonly file: BlockdevRef
  readonly size: QmpInteger
  readonly subformat?: 'dynamic' | 'fixed'
  readonly 'force-size'?: boolean
}

/** QAPI `BlockdevCreateOptions` (qapi/block-core.json, since 2.12): the drivers that are used here. */
export type BlockdevCreateOptions =
  | ({ readonly driver: 'file' } & BlockdevCreateOptionsFile)
  | ({ readonly driver: 'qcow2' } & BlockdevCreateOptionsQcow2)
  | ({ readonly driver: 'luks' } & BlockdevCreateOptionsLUKS)
  | ({ readonly driver: 'qed' } & BlockdevCreateOptionsQed)
  | ({ readonly driver: 'qcow' } & BlockdevCreateOptionsQcow)
  | ({ readonly driver: 'vmdk' } & BlockdevCreateOptionsVmdk)
  | ({ readonly driver: 'vdi' } & BlockdevCreateOptionsVdi)
  | ({ readonly driver: 'vpc' } & BlockdevCreateOptionsVpc)
