/** Finding and changing the disks of a definition. @module */
import type { DomainDiskDef } from './disk-def.ts'
import { sortDisks } from './disk-defaults.ts'
import type { DomainDef } from './domain-def.ts'
import type { StorageSource } from './storage-source-def.ts'

/** Tells whether a drive holds nothing; libvirt's `virStorageSourceIsEmpty`. */
export function isDiskEmpty({ source }: DomainDiskDef): boolean {
  return source === undefined || isSourceEmpty(source)
}

/** Tells whether a source names no storage. */
export function isSourceEmpty({ type, path, network }: StorageSource): boolean {
  if (type === 'network') return network === undefined || network.protocol === 'none'
  return (type === 'file' || type === 'block' || type === 'dir') && path === undefined
}

/** Gives the format that a disk's image is read with: raw when the definition does not say. */
export function diskFormat({ source, driver }: DomainDiskDef): string {
  return source?.format ?? driver?.type ?? 'raw'
}

/**
 * Gives the path by which a disk's source is known; libvirt's `virDomainDiskGetSource`.
 *
 * For a network source that is its name, of which gluster and rbd count what stands behind the first slash.
 */
export function diskSourceName({ source }: Pick<DomainDiskDef, 'source'>): string | undefined {
  if (source?.type === 'vhostuser') return undefined
  const { protocol, name } = source?.network ?? {}
  return protocol === 'gluster' || protocol === 'rbd'
    ? name?.slice(name.indexOf('/') + 1)
    : (source?.path ?? name)
}

/** Finds a disk by the `dev` of its target. */
export function findDiskByTarget(def: DomainDef, dev: string): DomainDiskDef | undefined {
  return def.devices.disks.find(({ target }) => target.dev === dev)
}

/**
 * Finds a disk by the `dev` of its target or by the path of its source; libvirt's `virDomainDiskByName`.
 *
 * A name that begins with `/` is a path.
 */
export function findDisk(def: DomainDef, name: string): DomainDiskDef | undefined {
  if (!name.startsWith('/')) return findDiskByTarget(def, name)
  return def.devices.disks.find((disk) => diskSourceName(disk) === name)
}

/** Gives a definition with one more disk, in libvirt's place for it. */
export function addDisk(def: DomainDef, disk: DomainDiskDef): DomainDef {
  return withDisks(def, sortDisks([...def.devices.disks, disk]))
}

/** Gives a definition with a disk in the place of the one with the same target; as it is when there is none. */
export function replaceDisk(def: DomainDef, disk: DomainDiskDef): DomainDef {
  const { dev } = disk.target
  return withDisks(
    def,
    def.devices.disks.map((other) => (other.target.dev === dev ? disk : other)),
  )
}

/** Gives a definition without the disk of a target. */
export function removeDisk(def: DomainDef, dev: string): DomainDef {
  return withDisks(
    def,
    def.devices.disks.filter(({ target }) => target.dev !== dev),
  )
}

function withDisks(def: DomainDef, disks: readonly DomainDiskDef[]): DomainDef {
  return { ...def, devices: { ...def.devices, disks } }
}
