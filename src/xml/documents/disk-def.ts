import type { WithXmlRest } from '../rest.ts'
import type { DeviceCommon } from './device-def.ts'
import type { StorageSource } from './storage-source-def.ts'

/** A `<disk>`; libvirt's `virDomainDiskDef`. */
export interface DomainDiskDef extends DeviceCommon {
  readonly device: DiskDevice
  /** Absent: an empty drive. An empty drive may also have a source without a path, see `isDiskEmpty`. */
  readonly source?: StorageSource
  readonly target: DiskTarget
  readonly driver?: DiskDriver
  /** What the top image is based on; `'none'` is the empty element that ends a chain; absent: not known. */
  readonly backingStore?: DiskBackingStore | 'none'
  readonly mirror?: DiskMirror
  readonly readonly: boolean
  readonly shareable: boolean
  /** Guest writes are thrown away when the domain stops. */
  readonly transient: boolean
  /** Several domains share the base of a transient disk. */
  readonly transientShareBacking?: boolean
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
  /** Which parts of the source stand beside it, where old definitions have them. */
  readonly besideSource?: { readonly auth?: true; readonly encryption?: true }
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
export type DiskBus = 'ide' | 'fdc' | 'scsi' | 'virtio' | 'xen' | 'usb' | 'uml' | 'sata' | 'sd'

/** How the hypervisor drives a disk. */
export interface DiskDriver extends WithXmlRest {
  readonly name?: string
  /** Format of the image, as it was read; `source.format` is the same, and is what counts when it is written. */
  readonly type?: string
  readonly cache?: 'none' | 'writethrough' | 'writeback' | 'directsync' | 'unsafe'
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
  readonly iommu?: boolean
  readonly ats?: boolean
  readonly packed?: boolean
  readonly pagePerVq?: boolean
  /** Bytes of a qcow2 image's cached metadata: the same as the source's, as `type` is the source's format. */
  readonly metadataCacheMaxSize?: number
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
