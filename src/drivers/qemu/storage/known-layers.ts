import type {
  DiskBackingStore,
  DomainDef,
  DomainDiskDef,
  StorageSource,
} from '../../../xml/index.ts'
import { diskAlias, diskQomName } from '../../../driver/index.ts'
import { type DiskLayer, nodeNames, type QemuDisk } from './disk-layer.ts'

/** The disks of a live definition, which says of each image under which number QEMU has it open. */
export function layersOf(def: DomainDef): ReadonlyMap<string, QemuDisk> {
  return new Map(
    def.devices.disks.map((disk) => {
      const alias = diskAlias(disk)
      const layers = sourcesOf(disk).flatMap(layerOf)
      return [disk.target.dev, { def: disk, alias, qomName: diskQomName(disk, alias), layers }]
    }),
  )
}

function sourcesOf({ source, backingStore }: DomainDiskDef): StorageSource[] {
  if (source === undefined) return []
  const sources = [source]
  let below: DiskBackingStore | 'none' | undefined = backingStore
  while (below !== undefined && below !== 'none') {
    sources.push(below.source)
    below = below.backingStore
  }
  return sources
}

function layerOf(source: StorageSource): DiskLayer[] {
  const { index, format = 'raw' } = source
  return index === undefined ? [] : [{ source: { ...source, format }, ...nodeNames(index) }]
}
