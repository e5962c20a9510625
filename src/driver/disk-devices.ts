/**
 * Plugging disks in and out, and changing what is in drives: what all drivers check, and in which order things happen.
 *
 * @module
 */
import { err, errAsync, ok, okAsync, safeTry } from 'neverthrow'
import { DomainDeviceModifyFlags } from '../constants/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../errors/index.ts'
import {
  addDisk,
  diskSourceName,
  findDiskByTarget,
  removeDisk,
  replaceDisk,
} from '../xml/documents/disk-find.ts'
import { type DomainDef, type DomainDiskDef, parseDisk } from '../xml/index.ts'
import { type Affected, affectedBy } from './affected.ts'
import type { DeviceDriver } from './device.ts'
import { diskAlias } from './disk-alias.ts'
import { checkDiskChange, hasSameMedium, isRemovable } from './disk-changes.ts'
import type { DomainRef } from './refs.ts'
import { type ErrorOrigin, operationInvalid, operationUnsupported } from './state-errors.ts'

/** The members of {@link diskDevices}. */
export type DiskDeviceMembers = Required<
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

/** What is known of a domain whose disks change. */
export interface DomainWithDisks {
  readonly isActive: boolean
  readonly persistent: boolean
  readonly definition: DomainDef
  readonly persistentDefinition: DomainDef
}

/** What a driver does for {@link diskDevices}. */
export interface DiskDevicePort<Domain extends DomainWithDisks> extends ErrorOrigin {
  checkFlags(member: string, flags: number, supported: number): VirResult<void>
  /** Does something with a domain, when all that goes on with it is over. */
  withDomain(ref: DomainRef, use: (domain: Domain) => VirResultAsync<void>): VirResultAsync<void>
  /** Fills in what the driver fills in of a disk. */
  complete(disk: DomainDiskDef): DomainDiskDef
  /** Refuses a disk that the driver cannot honour. */
  check(disk: DomainDiskDef): VirResult<void>
  /** Refuses a disk whose images are not there, without opening them. */
  checkImages(domain: Domain, disk: DomainDiskDef): VirResultAsync<void>
  /** Gives a disk a place on the machine's buses. */
  place(def: DomainDef, disk: DomainDiskDef): VirResult<DomainDiskDef>
  /** Plugs a disk into the running machine; after an error nothing of it is left. */
  plug(domain: Domain, disk: DomainDiskDef): VirResultAsync<void>
  /** Asks the guest to let go of a disk. */
  unplug(domain: Domain, disk: DomainDiskDef): VirResultAsync<void>
  /** Puts what `disk` says into a drive of the running machine. */
  changeMedium(domain: Domain, disk: DomainDiskDef, force: boolean): VirResultAsync<void>
  /** Takes over what a definition says of a disk of the running machine that the machine does not see. */
  describeLive(domain: Domain, disk: DomainDiskDef): VirResultAsync<void>
  /** Changes what the next start uses. */
  changePersistent(domain: Domain, edit: (def: DomainDef) => DomainDef): VirResultAsync<void>
}

const { LIVE, CONFIG, FORCE } = DomainDeviceModifyFlags

/** Makes a driver's members that plug disks. */
export function diskDevices<Domain extends DomainWithDisks>(
  port: DiskDevicePort<Domain>,
): DiskDeviceMembers {
  const modify = (
    ref: DomainRef,
    member: string,
    flags: number,
    change: (domain: Domain, affected: Affected) => VirResultAsync<void>,
  ): VirResultAsync<void> => {
    const supported = member === 'domainUpdateDeviceFlags' ? LIVE | CONFIG | FORCE : LIVE | CONFIG
    return port
      .checkFlags(member, flags, supported)
      .asyncAndThen(() =>
        port.withDomain(ref, (domain) =>
          affectedBy(domain, flags & (LIVE | CONFIG)).asyncAndThen((affected) =>
            change(domain, affected),
          ),
        ),
      )
  }
  const read = (xml: string): VirResult<DomainDiskDef> =>
    parseDisk(xml, { inactive: true }).map((disk) => port.complete(disk))
  const attach = (ref: DomainRef, xml: string, flags: number): VirResultAsync<void> =>
    modify(ref, 'domainAttachDeviceLiveAndConfig', flags, (domain, affected) =>
      read(xml).asyncAndThen((disk) => attachDisk(port, domain, disk, affected)),
    )
  const detach = (ref: DomainRef, xml: string, flags: number): VirResultAsync<void> =>
    modify(ref, 'domainDetachDeviceLiveAndConfig', flags, (domain, affected) =>
      read(xml).asyncAndThen(({ target }) => detachDisk(port, domain, target.dev, affected)),
    )
  return {
    domainAttachDevice: (ref, xml) => attach(ref, xml, LIVE),
    domainAttachDeviceFlags: attach,
    domainDetachDevice: (ref, xml) => detach(ref, xml, LIVE),
    domainDetachDeviceFlags: detach,
    domainUpdateDeviceFlags: (ref, xml, flags) =>
      modify(ref, 'domainUpdateDeviceFlags', flags, (domain, affected) =>
        read(xml).asyncAndThen((disk) =>
          updateDisk(port, domain, disk, { ...affected, force: (flags & FORCE) !== 0 }),
        ),
      ),
    domainDetachDeviceAlias: (ref, alias, flags) =>
      modify(ref, 'domainDetachDeviceAlias', flags, (domain, affected) =>
        diskOfAlias(domain, alias, affected).asyncAndThen(({ target }) =>
          detachDisk(port, domain, target.dev, affected),
        ),
      ),
  }
}

function attachDisk<Domain extends DomainWithDisks>(
  port: DiskDevicePort<Domain>,
  domain: Domain,
  disk: DomainDiskDef,
  { live, config }: Affected,
): VirResultAsync<void> {
  return safeTry(async function* () {
    const persistent = domain.persistentDefinition
    if (config) yield* checkAttached(port, persistent, disk)
    const stored = config ? yield* port.place(persistent, disk) : disk
    if (live) yield* plugLive(port, domain, disk)
    if (config) yield* port.changePersistent(domain, (def) => addDisk(def, stored))
    return ok(undefined)
  })
}

/** Refuses a disk that cannot be added to a definition. */
function checkAttached<Domain extends DomainWithDisks>(
  port: DiskDevicePort<Domain>,
  def: DomainDef,
  disk: DomainDiskDef,
): VirResult<void> {
  const { dev } = disk.target
  return checkKind(port, disk).andThen(() =>
    findDiskByTarget(def, dev) === undefined
      ? ok(undefined)
      : err(operationInvalid(port, `target ${dev} already exists`)),
  )
}

/** Refuses a disk that could be in no definition. */
function checkKind<Domain extends DomainWithDisks>(
  port: DiskDevicePort<Domain>,
  disk: DomainDiskDef,
): VirResult<void> {
  const { device, target } = disk
  return port.check(disk).andThen(() => {
    if (device === 'disk' || target.bus !== 'virtio') return ok(undefined)
    const detail = `disk type of '${target.dev}' does not support ejectable media`
    return err(virError(ErrorNumber.CONFIG_UNSUPPORTED, port.errorDomain, detail))
  })
}

/** A drive that is there is given the medium of one that is plugged in; any other target must be free. */
function plugLive<Domain extends DomainWithDisks>(
  port: DiskDevicePort<Domain>,
  domain: Domain,
  disk: DomainDiskDef,
): VirResultAsync<void> {
  const there = findDiskByTarget(domain.definition, disk.target.dev)
  return safeTry(async function* () {
    yield* checkKind(port, disk)
    if (there !== undefined && isRemovable(disk) && isRemovable(there)) {
      if (there.target.bus === disk.target.bus) {
        return port.changeMedium(domain, withMedium(there, disk), false)
      }
    } else if (disk.device === 'floppy') {
      return err(operationUnsupported(port, "floppy device hotplug isn't supported"))
    }
    // What is wrong with an image is said before what is wrong with the target.
    yield* port.checkImages(domain, disk)
    if (there !== undefined) return err(duplicate(there, disk))
    const placed = yield* port.place(domain.definition, disk)
    return port.plug(domain, placed)
  })
}

function duplicate(one: DomainDiskDef, other: DomainDiskDef): VirError {
  const [first, second] = [one, other].map((disk) => diskSourceName(disk) ?? '<null>')
  const detail = `target '${one.target.dev}' duplicated for disk sources '${first}' and '${second}'`
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.DOMAIN, detail)
}

function detachDisk<Domain extends DomainWithDisks>(
  port: DiskDevicePort<Domain>,
  domain: Domain,
  dev: string,
  { live, config }: Affected,
): VirResultAsync<void> {
  return safeTry(async function* () {
    if (config && findDiskByTarget(domain.persistentDefinition, dev) === undefined) {
      return err(missing(port, `no target device ${dev}`))
    }
    if (live) {
      const disk = findDiskByTarget(domain.definition, dev)
      if (disk === undefined) return err(diskMissing(port, dev))
      if (disk.device !== 'disk') {
        const detail = `disk device type '${disk.device}' cannot be detached`
        return err(operationUnsupported(port, detail))
      }
      yield* port.unplug(domain, disk)
    }
    if (config) yield* port.changePersistent(domain, (def) => removeDisk(def, dev))
    return ok(undefined)
  })
}

/** The error for a disk that a running machine does not have. */
export function diskMissing(origin: ErrorOrigin, dev: string): VirError {
  return missing(origin, `disk ${dev} not found`)
}

function missing({ errorDomain }: ErrorOrigin, detail: string): VirError {
  return virError(ErrorNumber.DEVICE_MISSING, errorDomain, detail)
}

/** The error for a disk that a job is working on. */
export function diskBusy(origin: ErrorOrigin, dev: string): VirError {
  return operationUnsupported(origin, `disk '${dev}' already in active block job`)
}

/** Only what runs has aliases, but for those that the user gave. */
function diskOfAlias(
  { definition, persistentDefinition }: DomainWithDisks,
  alias: string,
  { live }: Affected,
): VirResult<DomainDiskDef> {
  const found = live
    ? definition.devices.disks.find((disk) => diskAlias(disk) === alias)
    : persistentDefinition.devices.disks.find((disk) => disk.alias === alias)
  if (found !== undefined) return ok(found)
  const detail = `no device found with alias ${alias}`
  return err(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.DOMAIN, detail))
}

function updateDisk<Domain extends DomainWithDisks>(
  port: DiskDevicePort<Domain>,
  domain: Domain,
  disk: DomainDiskDef,
  { live, config, force }: Affected & { readonly force: boolean },
): VirResultAsync<void> {
  const { dev } = disk.target
  return safeTry(async function* () {
    yield* checkKind(port, disk)
    const stored = findDiskByTarget(domain.persistentDefinition, dev)
    if (config && stored === undefined) {
      const detail = `target ${dev} doesn't exist.`
      return err(virError(ErrorNumber.INVALID_ARG, port.errorDomain, detail))
    }
    if (live) yield* updateLive(port, domain, disk, force)
    if (config) {
      const address = disk.address ?? stored?.address
      const next = { ...disk, ...(address !== undefined && { address }) }
      yield* port.changePersistent(domain, (def) => replaceDisk(def, next))
    }
    return ok(undefined)
  })
}

function updateLive<Domain extends DomainWithDisks>(
  port: DiskDevicePort<Domain>,
  domain: Domain,
  wanted: DomainDiskDef,
  force: boolean,
): VirResultAsync<void> {
  const { dev } = wanted.target
  const there = findDiskByTarget(domain.definition, dev)
  if (there === undefined) {
    const detail = `disk '${dev}' not found`
    return errAsync(virError(ErrorNumber.INTERNAL_ERROR, port.errorDomain, detail))
  }
  return checkDiskChange(port, domain.definition, there, wanted).asyncAndThen(() =>
    isRemovable(there) && !hasSameMedium(there, wanted)
      ? port.changeMedium(domain, withPolicies(withMedium(there, wanted), wanted), force)
      : changePolicies(port, domain, there, wanted),
  )
}

/** What may change while the disk stays as it is is kept, where it does. */
function changePolicies<Domain extends DomainWithDisks>(
  port: DiskDevicePort<Domain>,
  domain: Domain,
  there: DomainDiskDef,
  wanted: DomainDiskDef,
): VirResultAsync<void> {
  return there.snapshot === wanted.snapshot &&
    there.source?.startupPolicy === wanted.source?.startupPolicy
    ? okAsync(undefined)
    : port.describeLive(domain, withPolicies(there, wanted))
}

/** A disk with what another definition of it says of snapshots, and of a start without its image. */
function withPolicies(
  { snapshot: _snapshot, ...disk }: DomainDiskDef,
  { snapshot, source: wanted }: DomainDiskDef,
): DomainDiskDef {
  const { startupPolicy: _policy, ...source } = disk.source ?? { type: 'file' as const }
  const policy = wanted?.startupPolicy
  return {
    ...disk,
    ...(disk.source !== undefined && {
      source: { ...source, ...(policy !== undefined && { startupPolicy: policy }) },
    }),
    ...(snapshot !== undefined && { snapshot }),
  }
}

/** The drive, shut, with what another definition of it has inside. */
function withMedium(
  { source: _source, backingStore: _store, ...drive }: DomainDiskDef,
  { source }: DomainDiskDef,
): DomainDiskDef {
  const { tray: _tray, ...target } = drive.target
  return {
    ...drive,
    target,
    ...(source !== undefined && { source }),
    driver: { ...drive.driver, type: source?.format ?? 'raw' },
  }
}
