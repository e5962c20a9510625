/**
 * Disks of a running domain that come and go.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { commandError } from '../../block/index.ts'
import { diskAlias, diskBusy, diskMissing } from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { addDisk, removeDisk, replaceDisk } from '../../xml/documents/disk-find.ts'
import type { DomainDiskDef } from '../../xml/index.ts'
import {
  addDevice,
  closeDisk,
  findImages,
  type OpenContext,
  openDisk,
  openImages,
} from './open-disks.ts'
import type { RunningDomain } from './running-domain.ts'
import { notRunning } from './state-errors.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** Refuses a disk whose images could not be opened, as far as that shows without opening them. */
export function checkImages(world: World, domain: TestDomain, def: DomainDiskDef): VirResult<void> {
  return runningOf(domain).andThen((running) => findImages(contextOf(world, domain, running), def))
}

/** Plugs a disk in; after an error nothing of it is left. */
export function plugDisk(world: World, domain: TestDomain, def: DomainDiskDef): VirResult<void> {
  return runningOf(domain).andThen((running) =>
    openDisk(contextOf(world, domain, running), def).map((disk) => {
      running.disks.set(def.target.dev, disk)
      domain.definition = addDisk(domain.definition, def)
      world.events.emit('deviceAdded', { domain: domain.ref, devAlias: diskAlias(def) })
    }),
  )
}

/** Takes a disk out; the guest lets go of it at once. */
export function unplugDisk(world: World, domain: TestDomain, def: DomainDiskDef): VirResult<void> {
  const { dev } = def.target
  return runningOf(domain).andThen((running) => {
    const disk = running.disks.get(dev)
    if (disk === undefined) return err(diskMissing(world.semantics, dev))
    if (running.backup?.jobIdOf(dev) !== undefined) return err(diskBusy(world.semantics, dev))
    closeDisk(world, running.graph, disk)
    running.disks.delete(dev)
    domain.definition = removeDisk(domain.definition, dev)
    world.events.emit('deviceRemoved', { domain: domain.ref, devAlias: diskAlias(def) })
    return ok(undefined)
  })
}

/** Puts another medium into a drive, or none; after an error the old one is in it. */
export function changeMedium(
  world: World,
  domain: TestDomain,
  def: DomainDiskDef,
): VirResult<void> {
  const { dev } = def.target
  return runningOf(domain).andThen((running) => {
    const { graph } = running
    const old = running.disks.get(dev)
    if (old === undefined) return err(diskMissing(world.semantics, dev))
    return openImages(contextOf(world, domain, running), def).andThen((images) => {
      closeDisk(world, graph, old)
      return addDevice(graph, def, images).map((disk) => {
        running.disks.set(dev, disk)
        domain.definition = replaceDisk(domain.definition, def)
      })
    })
  })
}

function runningOf({ running }: TestDomain): VirResult<RunningDomain> {
  return running === undefined ? err(notRunning()) : ok(running)
}

function contextOf(world: World, domain: TestDomain, running: RunningDomain): OpenContext {
  return {
    world,
    graph: running.graph,
    domainName: domain.name,
    nextNode: () => running.nextNodeNumber(),
    refused: (reason) => commandError('blockdev-add', new Error(reason)),
  }
}
