import { setTimeout as sleep } from 'node:timers/promises'
import { err, errAsync, ok, okAsync, ResultAsync, safeTry } from 'neverthrow'
import { diskAlias, diskBusy } from '../../driver/index.ts'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import { deviceAdd, deviceDel } from '../../qmp/index.ts'
import { addDisk, removeDisk } from '../../xml/documents/disk-find.ts'
import type { DomainDiskDef } from '../../xml/index.ts'
import { diskDevice, isVirtioScsi } from './command-line/disk-device.ts'
import { closeNodes, openNodes } from './disk-nodes.ts'
import type { QemuHost } from './host-state.ts'
import type { ActiveDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'
import { saveStatus } from './state/status-file.ts'
import type { QemuDisk } from './storage/disk-layer.ts'
import { prepareDisk } from './storage/open-disks.ts'

/** Plugs a disk into a running machine; after an error nothing of it is left. */
export function plugDisk(
  host: QemuHost,
  { domain, running }: ActiveDomain,
  def: DomainDiskDef,
): VirResultAsync<void> {
  const controller = def.address?.type === 'drive' ? def.address.controller : 0
  const scsi = isVirtioScsi(domain.definition, controller) ? 'virtio-scsi' : undefined
  const named = { ...def, alias: diskAlias(def, scsi) }
  return safeTry(async function* () {
    const disk = yield* prepareDisk(named, () => running.nextNodeNumber())
    yield* openNodes(host, running, disk)
    const properties = diskDevice(addedTo(domain, disk), disk)
    yield* monitored(running.monitor.execute(deviceAdd, properties)).orElse((error) =>
      closeNodes(running, disk).andThen(() => errAsync(error)),
    )
    running.disks.set(disk.def.target.dev, disk)
    domain.definition = addedTo(domain, disk)
    host.events.emit('deviceAdded', { domain: domain.ref, devAlias: disk.alias })
    yield* saveStatus(domain)
    return ok(undefined)
  })
}

function addedTo(domain: QemuDomain, disk: QemuDisk): QemuDomain['definition'] {
  return addDisk(domain.definition, disk.def)
}

/** How long libvirt waits for a guest to let go of a device, before it leaves that to the guest. */
const unplugMs = 5_000

/**
 * Asks the guest to let go of a disk.
 *
 * One that does not within a while may do so later: the disk is gone once `deviceRemoved` says so.
 */
export function unplugDisk({ running }: ActiveDomain, disk: QemuDisk): VirResultAsync<void> {
  const { dev } = disk.def.target
  if (running.backup?.jobIdOf(dev) !== undefined) {
    return errAsync(diskBusy(qemuOrigin, dev))
  }
  const removed = whenRemoved(running, disk)
  return monitored(running.monitor.execute(deviceDel, { id: disk.alias }))
    .andThen(() => ResultAsync.fromSafePromise<void, VirError>(removed.wait()))
    .andThen(() => ok(undefined))
    .orElse((error) => {
      removed.forget()
      return err(error)
    })
}

interface Removal {
  wait(): Promise<void>
  forget(): void
}

function whenRemoved(running: RunningQemu, disk: QemuDisk): Removal {
  const { alias } = disk
  const given = new AbortController()
  running.removals.set(alias, () => given.abort())
  const forget = (): void => void running.removals.delete(alias)
  return {
    wait: async () => {
      if (!given.signal.aborted) {
        await sleep(unplugMs, undefined, { signal: given.signal }).catch(() => undefined)
      }
      forget()
    },
    forget,
  }
}

/** Concludes the removal of a disk whose device QEMU has deleted. */
export function diskRemoved(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  alias: string,
): VirResultAsync<void> {
  const disk = [...running.disks.values()].find((each) => each.alias === alias)
  if (disk === undefined) return okAsync(undefined)
  const { dev } = disk.def.target
  return closeNodes(running, disk).andThen(() => {
    running.disks.delete(dev)
    domain.definition = removeDisk(domain.definition, dev)
    host.events.emit('deviceRemoved', { domain: domain.ref, devAlias: alias })
    running.removals.get(alias)?.()
    return saveStatus(domain)
  })
}
