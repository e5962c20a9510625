/** Where the bytes of a disk, a mirror or a backup target are. @module */
import type { WithXmlRest } from '../rest.ts'
import type { PciAddress } from './device-def.ts'

/** The kinds of storage; libvirt's `virStorageType` without `none`. */
export type StorageType = 'file' | 'block' | 'dir' | 'network' | 'volume' | 'nvme' | 'vhostuser'

/** Where the bytes of an image are; libvirt's `virStorageSource`. */
export interface StorageSource extends WithXmlRest {
  readonly type: StorageType
  /** Of a file, block device, directory, or vhost-user socket. */
  readonly path?: string
  /** Format of the image: of the disk's `driver`, of a backing store's or mirror's `format`. Absent: not known, raw unless probed. */
  readonly format?: string
  readonly network?: StorageNetwork
  readonly volume?: StorageVolume
  readonly nvme?: StorageNvme
  /** Attributes of the connection, for type `vhostuser`. */
  readonly reconnect?: StorageReconnect
  /** What a removable medium does at start without its source. */
  readonly startupPolicy?: 'mandatory' | 'requisite' | 'optional'
  /** Node number that a running domain gave this layer; the `1` of `vda[1]`. */
  readonly index?: number
  readonly encryption?: StorageEncryption
  readonly auth?: StorageAuth
  readonly seclabels?: readonly SecurityLabel[]
  readonly reservations?: StorageReservations
  readonly slices?: readonly StorageSlice[]
  /** HTTP cookies; they are secret. */
  readonly cookies?: readonly StorageCookie[]
  readonly ssl?: StorageSsl
  readonly initiator?: StorageInitiator
  /** Name of an internal snapshot to read, for rbd. */
  readonly snapshot?: string
  /** Path of the configuration file, for rbd. */
  readonly configFile?: string
  /** Bytes. */
  readonly readahead?: number
  /** Seconds. */
  readonly timeout?: number
  readonly identity?: StorageIdentity
  /** Bytes of a qcow2 image's cached metadata. */
  readonly metadataCacheMaxSize?: number
  /** Name of file descriptors that were passed for the path. */
  readonly fdGroup?: string
  readonly privateData?: StoragePrivateData
}

/** A source that is reached over a network. */
export interface StorageNetwork {
  /** `nbd`, `rbd`, `sheepdog`, `gluster`, `iscsi`, `http`, `https`, `ftp`, `ftps`, `tftp`, `vxhs`, `nfs`, `ssh`. */
  readonly protocol: string
  /** Export, image or path: what the protocol calls it. */
  readonly name?: string
  readonly query?: string
  readonly tls?: boolean
  readonly tlsHostname?: string
  readonly hosts: readonly StorageHost[]
}

/** One peer of a network source. */
export interface StorageHost extends WithXmlRest {
  readonly transport?: 'tcp' | 'unix' | 'rdma'
  readonly name?: string
  readonly port?: number
  readonly socket?: string
}

/** A volume of a storage pool. */
export interface StorageVolume {
  readonly pool: string
  readonly volume: string
  readonly mode?: 'host' | 'direct'
}

/** A namespace of an NVMe controller that is given to the guest's disk. */
export interface StorageNvme {
  readonly namespace: number
  readonly managed?: boolean
  readonly address: PciAddress
}

/** How a connection is made again. */
export interface StorageReconnect {
  readonly enabled?: boolean
  /** Seconds between two attempts. */
  readonly timeout?: number
}

/** How an image is encrypted. */
export interface StorageEncryption extends WithXmlRest {
  readonly format: 'default' | 'qcow' | 'luks' | 'luks2' | 'luks-any'
  readonly engine?: 'qemu' | 'librbd'
  readonly secrets: readonly StorageEncryptionSecret[]
}

/** A secret that opens an encrypted image; either `uuid` or `usage`. */
export interface StorageEncryptionSecret extends WithXmlRest {
  readonly type: 'passphrase'
  readonly uuid?: string
  readonly usage?: string
}

/** Who logs in to a network source. */
export interface StorageAuth extends WithXmlRest {
  readonly username: string
  readonly secret: StorageAuthSecret
}

/** The secret of a login; either `uuid` or `usage`. */
export interface StorageAuthSecret extends WithXmlRest {
  /** `ceph`, `iscsi` …; absent in old definitions. */
  readonly type?: string
  readonly uuid?: string
  readonly usage?: string
}

/** How one security driver labels a source or a domain. */
export interface SecurityLabel extends WithXmlRest {
  readonly type?: 'none' | 'dynamic' | 'static'
  readonly model?: string
  readonly relabel?: boolean
  /** Set when the label could not be applied; live only. */
  readonly labelSkip?: boolean
  readonly label?: string
  readonly imageLabel?: string
  readonly baseLabel?: string
}

/** SCSI persistent reservations. */
export interface StorageReservations extends WithXmlRest {
  readonly managed: boolean
  /** The helper's socket; needed when not managed. */
  readonly source?: { readonly path: string }
}

/** How TLS of HTTP and FTP is checked. */
export interface StorageSsl extends WithXmlRest {
  readonly verify?: boolean
}

/** Who we are to an iSCSI target. */
export interface StorageInitiator extends WithXmlRest {
  readonly iqn?: string
}

/** The part of a storage that the image takes up; bytes. */
export interface StorageSlice extends WithXmlRest {
  readonly type: 'storage'
  readonly offset: number
  readonly size: number
}

/** An HTTP cookie. */
export interface StorageCookie {
  readonly name: string
  readonly value: string
}

/** Who an NFS server takes us for. */
export interface StorageIdentity extends WithXmlRest {
  readonly user?: string
  readonly group?: string
}

/** What a driver notes down about a source in status documents. */
export interface StoragePrivateData extends WithXmlRest {
  readonly nodeNames?: readonly { readonly type: string; readonly name: string }[]
}
