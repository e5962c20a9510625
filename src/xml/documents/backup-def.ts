import type { SecurityLabel, StorageEncryption } from './storage-source-def.ts'
import type { XmlElement } from '../element.ts'

/** A `<domainbackup>` document; libvirt's `virDomainBackupDef`. An immutable value. */
export interface DomainBackupDef {
  /** Who moves the bytes: the hypervisor, or whoever reads its NBD server. */
  readonly mode: 'push' | 'pull'
  /** The checkpoint since which to back up; absent: a full backup. */
  readonly incremental?: string
  /** Where a pull backup is served. */
  readonly server?: BackupServer
  /** Absent: the document names no disks, and all take part. */
  readonly disks?: readonly DomainBackupDiskDef[]
  /** Objects of the QEMU driver; in status documents only. */
  readonly privateData?: BackupPrivateData
}

/** The NBD server of a pull backup. */
export interface BackupServer {
  readonly transport: 'tcp' | 'unix'
  readonly tls?: boolean
  /** Host name or address, for tcp. */
  readonly name?: string
  /** Absent: the driver chooses. Never 0. */
  readonly port?: number
  /** Absolute path, for unix. */
  readonly socket?: string
}

/** How one disk takes part in a backup; libvirt's `virDomainBackupDiskDef`. */
export interface DomainBackupDiskDef {
  /** The `dev` of the disk's target. */
  readonly name: string
  /** False: the disk does not take part, and nothing else is set. */
  readonly backup: boolean
  /** Kind of the store; absent: not said. */
  readonly type?: 'file' | 'block'
  readonly backupMode?: 'full' | 'incremental'
  /** Overrides the document's. */
  readonly incremental?: string
  /** Name of the NBD export; pull only. The empty name is the default export. */
  readonly exportName?: string
  /** Name of the bitmap that the export offers; pull only. */
  readonly exportBitmap?: string
  /** In status documents only. */
  readonly state?: BackupDiskState
  /** Node number of the store in a running domain, from 1. */
  readonly index?: number
  /** Format of the store; absent: not said. */
  readonly format?: string
  /** `<target>` of a push, `<scratch>` of a pull backup; absent: the driver generates a name. */
  readonly store?: BackupStore
}

/** How far the backup of a disk is; `''` before it starts. */
export type BackupDiskState = '' | 'running' | 'complete' | 'failed' | 'cancelling' | 'cancelled'

/** Where a backup is written to, or what a pull backup keeps overwritten data in. */
export interface BackupStore {
  /** Absolute path of the file or block device. */
  readonly path: string
  readonly encryption?: BackupEncryption
  readonly seclabels?: readonly SecurityLabel[]
  /** Of the QEMU driver; in status documents only. */
  readonly privateData?: BackupStorePrivateData
}

/** How a store is encrypted. */
export interface BackupEncryption extends StorageEncryption {
  readonly format: 'luks'
  readonly engine?: 'qemu'
  readonly cipher?: BackupCipher
  readonly ivgen?: BackupIvgen
}

/** The cipher of an encrypted store. */
export interface BackupCipher {
  readonly name: string
  /** Bits. */
  readonly size: number
  readonly mode?: string
  readonly hash?: string
}

/** How an encrypted store makes its initialisation vectors. */
export interface BackupIvgen {
  readonly name: string
  readonly hash?: string
}

/** What the QEMU driver notes down about a backup. */
export interface BackupPrivateData {
  readonly tlsKeySecretAlias?: string
  readonly tlsAlias?: string
}

/** What the QEMU driver notes down about a store. */
export interface BackupStorePrivateData {
  readonly nodeNames?: readonly { readonly type: string; readonly name: string }[]
  /** Everything else, as it was read. */
  readonly others?: readonly XmlElement[]
}
