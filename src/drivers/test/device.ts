import { ok } from 'neverthrow'
import {
  checkQemuDisk,
  diskDevices,
  type DiskDeviceMembers,
  type DiskDevicePort,
} from '../../driver/index.ts'
import { replaceDisk } from '../../xml/documents/disk-find.ts'
import { changeMedium, checkImages, plugDisk, unplugDisk } from './hot-plug.ts'
import { checkMemberFlags, findDomain, settled } from './member.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** Plugging disks in and out, and changing what is in drives. */
export function device(world: World): DiskDeviceMembers {
  const { semantics } = world
  const port: DiskDevicePort<TestDomain> = {
    errorDomain: semantics.errorDomain,
    checkFlags: (member, flags, supported) => checkMemberFlags(world, member, flags, supported),
    withDomain: (ref, use) => findDomain(world, ref).asyncAndThen(use),
    // An image is taken as it is where the definition does not say.
    complete: (disk) => disk,
    check: (disk) => (semantics.name === 'qemu' ? checkQemuDisk(disk) : ok(undefined)),
    checkImages: (domain, disk) => settled(checkImages(world, domain, disk)),
    // There are no buses in memory.
    place: (_, disk) => ok(disk),
    plug: (domain, disk) => settled(plugDisk(world, domain, disk)),
    unplug: (domain, disk) => settled(unplugDisk(world, domain, disk)),
    changeMedium: (domain, disk) => settled(changeMedium(world, domain, disk)),
    describeLive: (domain, disk) => {
      domain.definition = replaceDisk(domain.definition, disk)
      return settled(ok(undefined))
    },
    changePersistent: (domain, edit) => {
      const changed = edit(domain.persistentDefinition)
      if (domain.isActive) domain.nextDefinition = changed
      else domain.definition = changed
      return settled(ok(undefined))
    },
  }
  return diskDevices(port)
}
