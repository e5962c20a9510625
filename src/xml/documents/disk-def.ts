import type { WithXmlRest } from '../rest.ts'
import type { DeviceCommon } from './device-def.ts'
import type { StorageEncryption, StorageSource } from './storage-source-def.ts'

/** A `<disk>`; libvirt's `virDomainDiskDef`. */
export interface DomainDiskDef extends DeviceCommon {
  readonly device: DiskDevice
  /** Absent: an empty drive; then {@link DomainDiskDef.sourceType} says of which kind. */
  readonly source?: StorageSource
  /** The `type` of an empty drive; absent: `file`. With a source, the source's own type counts. */
  readonly sourceType?: StorageSource['type']
  readonly target: DiskTarget
  readonly driver?: DiskDriver
  /** What the top image is based on; `'none'` is the empty element that ends a chain; absent: not known. */
  readonly backingStore?: DiskBackingStore | 'none'
  readonly mirror?: DiskMirror
  readonly readonly: boolean
  readonly shareable: boolean
  /** Guest writes are thrown away when the domain stops. */
  readonly transient: boolean | DiskTransient
  readonly model?: string
  readonly rawio?: boolean
  readonly sgio?: 'filtered' | 'unfiltered'
  /** How snapshots treat the disk when they do not say. */
  readonly snapshot?: 'no' | 'internal' | 'external' | 'manual'
  readonly serial?: string
  readonly wwn?: string
  readonly vendor?: string
  readonly product?: string
  readonly iotune?: DiskIoTune
  readonly geometry?: DiskGeometry
  readonly blockIo?: DiskBlockIo
  /** An `<encryption>` beside `<source>`, where old definitions have it; formatted where it was read. */
  readonly encryption?: StorageEncryption
}

/** What the guest sees. */
export type DiskDevice = 'disk' | 'cdrom' | 'floppy' | 'lun'

/** The guest's name of a disk, which is its key. */
export interface DiskTarget extends WithXmlRest {
  /** `vda`, `sdb`, `hdc`, `fda`. */
  readonly dev: string
  readonly bus?: DiskBus
  readonly tray?: 'closed' | 'open'
  readonly removable?: boolean
  readonly rotationRate?: number
}

/** How a disk is attached. */
export type DiskBus =
  'ide' | 'fdc' | 'scsi' | 'virtio' | 'xen' | 'usb' | 'uml' | 'sata' | 'sd' | 'none'

/** How the hypervisor drives a disk. The format stands in `source.format`. */
export interface DiskDriver extends WithXmlRest {
  readonly name?: string
  /** Format of the image: the same as `source.format` when there is a source. */
  readonly type?: string
  readonly cache?: 'default' | 'none' | 'writethrough' | 'writeback' | 'directsync' | 'unsafe'
  readonly errorPolicy?: 'stop' | 'report' | 'ignore' | 'enospace'
  readonly rerrorPolicy?: 'stop' | 'report' | 'ignore'
  readonly io?: 'native' | 'threads' | 'io_uring'
  readonly ioeventfd?: boolean
  readonly eventIdx?: boolean
  readonly copyOnRead?: boolean
  readonly discard?: 'unmap' | 'ignore'
  readonly detectZeroes?: 'off' | 'on' | 'unmap'
  readonly iothread?: number
  readonly queues?: number
  readonly queueSize?: number
  readonly discardNoUnref?: boolean
}

/** A layer below the top image of a disk. */
export interface DiskBackingStore extends WithXmlRest {
  readonly source: StorageSource
  /** `'none'` ends the chain; absent: not known. */
  readonly backingStore?: DiskBackingStore | 'none'
}

/** Where a block job writes a second copy of the disk to; live only. */
export interface DiskMirror extends WithXmlRest {
  readonly source: StorageSource
  readonly job: 'copy' | 'active-commit'
  /** `yes`: in step with the disk; `abort` and `pivot`: being ended. */
  readonly ready?: 'yes' | 'abort' | 'pivot'
  readonly backingStore?: DiskBackingStore | 'none'
}

/** A transient disk whose base several domains share. */
export interface DiskTransient {
  readonly shareBacking: boolean
}

/** Limits of a disk's I/O: bytes or operations a second, lengths in seconds. */
export interface DiskIoTune extends WithXmlRest {
  readonly totalBytesSec?: number
  readonly readBytesSec?: number
  readonly writeBytesSec?: number
  readonly totalIopsSec?: number
  readonly readIopsSec?: number
  readonly writeIopsSec?: number
  readonly totalBytesSecMax?: number
  readonly readBytesSecMax?: number
  readonly writeBytesSecMax?: number
  readonly totalIopsSecMax?: number
  readonly readIopsSecMax?: number
  readonly writeIopsSecMax?: number
  readonly sizeIopsSec?: number
  readonly groupName?: string
  readonly totalBytesSecMaxLength?: number
  readonly readBytesSecMaxLength?: number
  readonly writeBytesSecMaxLength?: number
  readonly totalIopsSecMaxLength?: number
  readonly readIopsSecMaxLength?: number
  readonly writeIopsSecMaxLength?: number
}

/** The geometry that a guest is shown. */
export interface DiskGeometry extends WithXmlRest {
  readonly cylinders: number
  readonly heads: number
  readonly sectors: number
  readonly translation?: 'none' | 'auto' | 'lba'
}

/** Block sizes that a guest is shown; bytes. */
export interface DiskBlockIo extends WithXmlRest {
  readonly logicalBlockSize?: number
  readonly physicalBlockSize?: number
}
