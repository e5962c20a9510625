import { err, errAsync, ok, ResultAsync } from 'neverthrow'
import {
  diskDevices,
  type DiskDeviceMembers,
  diskMissing,
  type DiskDevicePort,
} from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import type { DomainDef, DomainDiskDef } from '../../xml/index.ts'
import { changeMedium } from './change-medium.ts'
import { changePersistent } from './change-definition.ts'
import { configUnsupported } from './defaults/config-unsupported.ts'
import { completeDisk } from './defaults/disk-defaults.ts'
import { machineKind } from './defaults/machine-kind.ts'
import { findPciPlace } from './defaults/pci-addresses.ts'
import { checkDisk } from './defaults/supported-disk.ts'
import type { QemuHost } from './host-state.ts'
import { plugDisk, unplugDisk } from './hot-plug.ts'
import { setLiveDisk } from './live-disk.ts'
import { activeOf, checkMemberFlags, withDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { saveStatus } from './state/status-file.ts'
import { imagesOfDisk } from './storage/disk-chain.ts'

/** Plugging disks in and out, and changing what is in drives. */
export function device(host: QemuHost): DiskDeviceMembers {
  const port: DiskDevicePort<QemuDomain> = {
    ...qemuOrigin,
    checkFlags: checkMemberFlags,
    withDomain: (ref, use) => withDomain(host, ref, use),
    complete: completeDisk,
    check: (disk) => {
      const unsupported = checkDisk(disk)
      return unsupported === undefined ? ok(undefined) : err(unsupported)
    },
    checkImages: (_, disk) => new ResultAsync(imagesOfDisk(disk)).map(() => undefined),
    place: placed,
    plug: (domain, disk) => activeOf(domain).asyncAndThen((active) => plugDisk(host, active, disk)),
    unplug: (domain, { target }) =>
      activeOf(domain).asyncAndThen((active) => {
        const disk = active.running.disks.get(target.dev)
        return disk === undefined
          ? errAsync(diskMissing(qemuOrigin, target.dev))
          : unplugDisk(active, disk)
      }),
    changeMedium: (domain, disk, force) =>
      activeOf(domain).asyncAndThen((active) => changeMedium(host, active, disk, force)),
    describeLive: (domain, disk) =>
      activeOf(domain).asyncAndThen(({ running }) => {
        const known = running.disks.get(disk.target.dev)
        if (known !== undefined) setLiveDisk(domain, { ...known, def: disk })
        return saveStatus(domain)
      }),
    changePersistent,
  }
  return diskDevices(port)
}

/** Gives a disk a place on the machine's buses. */
function placed(def: DomainDef, disk: DomainDiskDef): VirResult<DomainDiskDef> {
  const { address, target } = disk
  if (target.bus === 'virtio') {
    if (address !== undefined) return ok(disk)
    const kind = machineKind(def)
    if (kind === undefined) return err(configUnsupported('this machine has no known buses'))
    return findPciPlace(def, kind).map((place) => ({ ...disk, address: place }))
  }
  const index = address?.type === 'drive' ? address.controller : 0
  const hasController = def.devices.controllers.some(
    (controller) => controller.type === target.bus && controller.index === index,
  )
  return hasController
    ? ok(disk)
    : err(
        configUnsupported(`there is no ${target.bus} controller ${index} for disk '${target.dev}'`),
      )
}
