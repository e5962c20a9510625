import { Result, ResultAsync } from 'neverthrow'
import type { VirResultAsync } from '../../../errors/index.ts'
import type { DiskBackingStore, DomainDef, DomainDiskDef } from '../../../xml/index.ts'
import { diskAlias, diskQomName } from '../../../driver/index.ts'
import { type FormattedSource, imagesOfDisk } from './disk-chain.ts'
import { type DiskLayer, nodeNames, type QemuDisk } from './disk-layer.ts'

/** The disks of a definition, ready to be opened, and the last number in node names that was given away. */
export interface PreparedDisks {
  readonly disks: ReadonlyMap<string, QemuDisk>
  readonly lastNode: number
}

/**
 * Finds out which images all disks are made of, and names their nodes.
 *
 * The numbers are libvirt's: first the top of each disk, from the last disk to the first and empty drives too; then what
 * is below, in the same order of disks.
 */
export function prepareDisks({ devices }: DomainDef): VirResultAsync<PreparedDisks> {
  return imagesOf(devices.disks).map((images) => {
    let lastNode = devices.disks.length
    const disks: [string, QemuDisk][] = []
    for (const [index, def] of [...devices.disks.entries()].toReversed()) {
      const [top, ...below] = images[index] ?? []
      const numbered = [
        ...(top === undefined ? [] : [layer(top, devices.disks.length - index)]),
        ...below.map((source) => layer(source, ++lastNode)),
      ]
      disks.push([def.target.dev, describeDisk(def, numbered)])
    }
    return { disks: new Map(disks.toReversed()), lastNode }
  })
}

/** Finds out which images one disk is made of that is plugged in, and names their nodes. */
export function prepareDisk(def: DomainDiskDef, nextNode: () => number): VirResultAsync<QemuDisk> {
  return imagesOf([def]).map(([images = []]) =>
    describeDisk(
      def,
      images.map((source) => layer(source, nextNode())),
    ),
  )
}

function imagesOf(disks: readonly DomainDiskDef[]): VirResultAsync<FormattedSource[][]> {
  const found = Promise.all(disks.map((disk) => imagesOfDisk(disk)))
  return new ResultAsync(found.then((results) => Result.combine(results)))
}

/** A layer with the names that its number gives. */
export function layer(source: FormattedSource, index: number): DiskLayer {
  return { source: { ...source, index }, ...nodeNames(index) }
}

/** A disk with its layers, which its definition shows. */
export function describeDisk(def: DomainDiskDef, layers: readonly DiskLayer[]): QemuDisk {
  const alias = diskAlias(def)
  const shown = withLayers(def, layers)
  return { def: shown, alias, qomName: diskQomName(def, alias), layers }
}

function withLayers(def: DomainDiskDef, layers: readonly DiskLayer[]): DomainDiskDef {
  const [top, ...below] = layers
  if (top === undefined) {
    // libvirt shows no format of an empty drive while the domain runs.
    const { type: _type, ...driver } = def.driver ?? {}
    return { ...def, driver }
  }
  return { ...def, source: top.source, backingStore: storeOf(below) }
}

function storeOf(layers: readonly DiskLayer[]): DiskBackingStore | 'none' {
  const [first, ...below] = layers
  return first === undefined ? 'none' : { source: first.source, backingStore: storeOf(below) }
}
