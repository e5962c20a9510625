import { err, ok, safeTry } from 'neverthrow'
import { DomainDeviceModifyFlags } from '../../constants/index.ts'
import {
  type DeviceDriver,
  type DomainRef,
  operationInvalid,
  operationUnsupported,
} from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { addDisk, removeDisk, replaceDisk } from '../../xml/documents/disk-find.ts'
import { type DomainDef, type DomainDiskDef, parseDisk } from '../../xml/index.ts'
import { type Affected, affectedBy, changePersistent } from './change-definition.ts'
import { configUnsupported } from './defaults/config-unsupported.ts'
import { completeDisk } from './defaults/disk-defaults.ts'
import { machineKind } from './defaults/machine-kind.ts'
import { findPciPlace } from './defaults/pci-addresses.ts'
import { checkDisk } from './defaults/supported-disk.ts'
import type { QemuHost } from './host-state.ts'
import { changeMedium } from './change-medium.ts'
import { plugDisk, unplugDisk } from './hot-plug.ts'
import { activeOf, checkMemberFlags, withDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'

/** The members of {@link device}. */
type DeviceMembers = Required<
  Pick<
    DeviceDriver,
    | 'domainAttachDevice'
    | 'domainAttachDeviceFlags'
    | 'domainDetachDevice'
    | 'domainDetachDeviceFlags'
    | 'domainUpdateDeviceFlags'
    | 'domainDetachDeviceAlias'
  >
>

const { LIVE, CONFIG, FORCE } = DomainDeviceModifyFlags

/** Plugging disks in and out, and changing what is in drives. */
export function device(host: QemuHost): DeviceMembers {
  const attach = (ref: DomainRef, xml: string, flags: number): VirResultAsync<void> =>
    modify(host, ref, 'domainAttachDeviceLiveAndConfig', flags, (domain, affected) =>
      readDisk(xml).asyncAndThen((disk) => attachDisk(host, domain, disk, affected)),
    )
  const detach = (ref: DomainRef, xml: string, flags: number): VirResultAsync<void> =>
    modify(host, ref, 'domainDetachDeviceLiveAndConfig', flags, (domain, affected) =>
      readDisk(xml).asyncAndThen(({ target }) => detachDisk(domain, target.dev, affected)),
    )
  return {
    domainAttachDevice: (ref, xml) => attach(ref, xml, LIVE),
    domainAttachDeviceFlags: attach,
    domainDetachDevice: (ref, xml) => detach(ref, xml, LIVE),
    domainDetachDeviceFlags: detach,
    domainUpdateDeviceFlags: (ref, xml, flags) =>
      modify(host, ref, 'domainUpdateDeviceFlags', flags, (domain, affected) =>
        readDisk(xml).asyncAndThen((disk) =>
          updateDisk(host, domain, disk, { ...affected, force: (flags & FORCE) !== 0 }),
        ),
      ),
    domainDetachDeviceAlias: (ref, alias, flags) =>
      modify(host, ref, 'domainDetachDeviceAlias', flags, (domain, affected) =>
        diskOfAlias(domain, alias, affected).asyncAndThen(({ target }) =>
          detachDisk(domain, target.dev, affected),
        ),
      ),
  }
}

function modify(
  host: QemuHost,
  ref: DomainRef,
  member: string,
  flags: number,
  change: (domain: QemuDomain, affected: Affected) => VirResultAsync<void>,
): VirResultAsync<void> {
  const supported = member === 'domainUpdateDeviceFlags' ? LIVE | CONFIG | FORCE : LIVE | CONFIG
  return checkMemberFlags(member, flags, supported).asyncAndThen(() =>
    withDomain(host, ref, (domain) =>
      affectedBy(domain, flags & (LIVE | CONFIG)).asyncAndThen((affected) =>
        change(domain, affected),
      ),
    ),
  )
}

function readDisk(xml: string): VirResult<DomainDiskDef> {
  return parseDisk(xml, { inactive: true }).map(completeDisk)
}

/** Refuses a disk that cannot be plugged in. */
function checkAttached(def: DomainDef, disk: DomainDiskDef): VirResult<void> {
  const { dev, bus } = disk.target
  const unsupported = checkDisk(disk)
  if (unsupported !== undefined) return err(unsupported)
  if (disk.device !== 'disk' && bus === 'virtio') {
    return err(configUnsupported(`disk type of '${dev}' does not support ejectable media`))
  }
  const isTaken = def.devices.disks.some(({ target }) => target.dev === dev)
  return isTaken ? err(operationInvalid(qemuOrigin, `target ${dev} already exists`)) : ok(undefined)
}

function attachDisk(
  host: QemuHost,
  domain: QemuDomain,
  disk: DomainDiskDef,
  { live, config }: Affected,
): VirResultAsync<void> {
  return safeTry(async function* () {
    const persistent = domain.persistentDefinition
    if (config) yield* checkAttached(persistent, disk)
    const stored = config ? yield* placed(persistent, disk) : disk
    if (live) {
      const active = yield* activeOf(domain)
      yield* checkAttached(domain.definition, disk)
      yield* plugDisk(host, active, yield* placed(domain.definition, disk))
    }
    if (config) yield* changePersistent(domain, (def) => addDisk(def, stored))
    return ok(undefined)
  })
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

function missing(detail: string): VirError {
  return virError(ErrorNumber.DEVICE_MISSING, ErrorDomain.QEMU, detail)
}

function detachDisk(
  domain: QemuDomain,
  dev: string,
  { live, config }: Affected,
): VirResultAsync<void> {
  return safeTry(async function* () {
    const isDefined = domain.persistentDefinition.devices.disks.some(
      ({ target }) => target.dev === dev,
    )
    if (config && !isDefined) return err(missing(`no target device ${dev}`))
    if (live) {
      const active = yield* activeOf(domain)
      const disk = active.running.disks.get(dev)
      if (disk === undefined) return err(missing(`disk ${dev} not found`))
      if (disk.def.device !== 'disk') {
        const detail = `disk device type '${disk.def.device}' cannot be detached`
        return err(operationUnsupported(qemuOrigin, detail))
      }
      yield* unplugDisk(active, disk)
    }
    if (config) yield* changePersistent(domain, (def) => removeDisk(def, dev))
    return ok(undefined)
  })
}

function diskOfAlias(
  domain: QemuDomain,
  alias: string,
  { live }: Affected,
): VirResult<DomainDiskDef> {
  const { devices } = live ? domain.definition : domain.persistentDefinition
  const found = devices.disks.find((disk) => disk.alias === alias)
  if (found !== undefined) return ok(found)
  const detail = `no device found with alias ${alias}`
  return err(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.DOMAIN, detail))
}

function updateDisk(
  host: QemuHost,
  domain: QemuDomain,
  disk: DomainDiskDef,
  { live, config, force }: Affected & { readonly force: boolean },
): VirResultAsync<void> {
  const { dev } = disk.target
  return safeTry(async function* () {
    const stored = domain.persistentDefinition.devices.disks.find(
      ({ target }) => target.dev === dev,
    )
    if (config && stored === undefined) {
      const detail = `target ${dev} doesn't exist.`
      return err(virError(ErrorNumber.INVALID_ARG, ErrorDomain.QEMU, detail))
    }
    const unsupported = checkDisk(disk)
    if (unsupported !== undefined) return err(unsupported)
    if (live) {
      const active = yield* activeOf(domain)
      yield* changeMedium(host, active, disk, force)
    }
    if (config) {
      const address = disk.address ?? stored?.address
      const next = { ...disk, ...(address !== undefined && { address }) }
      yield* changePersistent(domain, (def) => replaceDisk(def, next))
    }
    return ok(undefined)
  })
}
