/** What libvirt adds to disks behind reading; its `virDomainDiskDefPostParse`. @module */
import { err, ok } from 'neverthrow'
import type { VirResult } from '../../errors/index.ts'
import type { DriveAddress } from './device-def.ts'
import type { DiskBus, DomainDiskDef } from './disk-def.ts'
import { diskNameIndex } from './disk-name.ts'
import { xmlError } from './domain-error.ts'

/**
 * Sorts disks as `virDomainDiskInsert` leaves them: those of one bus together, by name, buses in the order of their first disk.
 *
 * The bus is the one that was written: a disk without one is of a bus of its own kind here.
 */
export function sortDisks(disks: readonly DomainDiskDef[]): readonly DomainDiskDef[] {
  if (disks.length < 2) return disks
  const buses = new Map<DiskBus | undefined, DomainDiskDef[]>()
  for (const disk of disks) {
    const group = buses.get(disk.target.bus)
    if (group === undefined) buses.set(disk.target.bus, [disk])
    else group.push(disk)
  }
  return [...buses.values()].flatMap((group) => group.toSorted(byName))
}

function byName(one: DomainDiskDef, other: DomainDiskDef): number {
  return (diskNameIndex(one.target.dev) ?? -1) - (diskNameIndex(other.target.dev) ?? -1)
}

/** Completes one disk: its bus, its address, and what follows from its kind. */
export function completeDisk(given: DomainDiskDef): VirResult<DomainDiskDef> {
  const dev = given.target.dev.startsWith('ioemu:') ? given.target.dev.slice(6) : given.target.dev
  const bus = given.target.bus ?? defaultBus(given.device, dev)
  const readonly = given.readonly || given.device === 'cdrom'
  const snapshot = given.snapshot ?? (readonly || isVhostUser(given) ? 'no' : undefined)
  const disk: DomainDiskDef = {
    ...given,
    ...completeSource(given),
    target: { ...given.target, dev, bus },
    readonly,
    ...(snapshot !== undefined && { snapshot }),
  }
  if (disk.address !== undefined) return ok(disk)
  const index = diskNameIndex(dev)
  if (index === undefined) {
    return err(xmlError(`Unknown disk name '${dev}' and no address specified`))
  }
  const address = driveAddress(bus, index)
  return ok(address === undefined ? disk : { ...disk, address })
}

function isVhostUser({ source }: DomainDiskDef): boolean {
  return source?.type === 'vhostuser'
}

/** The bus that a name suggests. */
function defaultBus(device: DomainDiskDef['device'], dev: string): DiskBus {
  if (device === 'floppy') return 'fdc'
  if (dev.startsWith('sd')) return 'scsi'
  if (dev.startsWith('vd')) return 'virtio'
  if (dev.startsWith('xvd')) return 'xen'
  return dev.startsWith('ubd') ? 'uml' : 'ide'
}

function completeSource({ source }: DomainDiskDef): Pick<DomainDiskDef, 'source'> {
  if (source?.nvme !== undefined && source.nvme.managed === undefined) {
    return { source: { ...source, nvme: { ...source.nvme, managed: true } } }
  }
  const { network } = source ?? {}
  if (
    source === undefined ||
    network?.protocol !== 'iscsi' ||
    network.name?.includes('/') !== false
  ) {
    return source === undefined ? {} : { source }
  }
  // An iSCSI target without a unit means its unit 0.
  return { source: { ...source, network: { ...network, name: `${network.name}/0` } } }
}

/** Where a disk of a bus sits by its name; libvirt's `virDomainDiskDefAssignAddress` with narrow SCSI buses. */
function driveAddress(bus: DiskBus, index: number): DriveAddress | undefined {
  switch (bus) {
    case 'scsi':
      return drive(Math.floor(index / 7), 0, index % 7)
    case 'ide':
      return drive(Math.floor(index / 4), Math.floor((index % 4) / 2), index % 2)
    case 'sata':
      return drive(Math.floor(index / 6), 0, index % 6)
    case 'fdc':
      return drive(Math.floor(index / 2), 0, index % 2)
    case 'virtio':
    case 'xen':
    case 'usb':
    case 'uml':
    case 'sd':
      return undefined
  }
}

function drive(controller: number, bus: number, unit: number): DriveAddress {
  return { type: 'drive', controller, bus, target: 0, unit }
}
