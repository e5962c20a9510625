import type { DomainDiskDef } from '../xml/index.ts'
import { diskNameIndex } from '../xml/documents/disk-name.ts'

/** QEMU's id of a disk; libvirt's `qemuAssignDeviceDiskAlias`. @param scsiModel - Model of its SCSI controller */
export function diskAlias(disk: DomainDiskDef, scsiModel?: string): string {
  if (disk.alias !== undefined) return disk.alias
  const { address, target } = disk
  if (address?.type === 'drive') {
    const { controller, bus, target: id, unit } = address
    const type = target.bus ?? 'ide'
    // A narrow SCSI bus has no targets below its units, and an ATA channel neither.
    return type === 'scsi' && scsiModel === 'virtio-scsi'
      ? `scsi${controller}-${bus}-${id}-${unit}`
      : `${type}${controller}-${bus}-${unit}`
  }
  return `${target.bus ?? 'virtio'}-disk${diskNameIndex(target.dev) ?? 0}`
}

/** How QEMU calls the block device of a disk in its answers and events: the id, or for virtio the path of what is inside. */
export function diskQomName({ target }: DomainDiskDef, alias: string): string {
  return target.bus === 'virtio' ? `/machine/peripheral/${alias}/virtio-backend` : alias
}
