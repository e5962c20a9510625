import type { DomainDiskDef, StorageSource } from '../../../xml/index.ts'

/** One image of a disk's chain, as QEMU has it open. */
export interface DiskLayer {
  /** With the format; `index` is the number in the node names. */
  readonly source: StorageSource & { readonly format: string }
  /** `libvirt-3-format`: what the guest, jobs and bitmaps see. */
  readonly formatNode: string
  /** `libvirt-3-storage`: the file below. */
  readonly storageNode: string
}

/** A disk of a running domain. */
export interface QemuDisk {
  /** As the live definition has it. */
  readonly def: DomainDiskDef
  /** QEMU's id of the device: `virtio-disk0`. */
  readonly alias: string
  /** How QEMU calls it in answers and events: `/machine/peripheral/virtio-disk0/virtio-backend`, `sata0-0-0`. */
  readonly qomName: string
  /** From the top image down; none for an empty drive. */
  readonly layers: readonly DiskLayer[]
}

/** Gives the node names of a number. */
export function nodeNames(index: number): Pick<DiskLayer, 'formatNode' | 'storageNode'> {
  return { formatNode: `libvirt-${index}-format`, storageNode: `libvirt-${index}-storage` }
}
