/**
 * What another definition of a running domain's disk would change of it: nothing but the medium of a drive may.
 *
 * @see libvirt 9.0.0, `qemuDomainChangeDiskLive` and `qemuDomainDiskChangeSupported`, for fields, names and order
 * @module
 */
import { err, ok } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  virError,
} from '../errors/index.ts'
import { isDiskEmpty } from '../xml/documents/disk-find.ts'
import type { DomainDef, DomainDiskDef, StorageSource } from '../xml/index.ts'
import { diskAlias } from './disk-alias.ts'
import { type ErrorOrigin, operationUnsupported } from './state-errors.ts'

/** A member that is compared: its name in libvirt's messages, and what a definition says of it. */
type Field = readonly [name: string, read: (disk: DomainDiskDef) => unknown]

// `|| undefined`: what libvirt keeps as 0 or false is as good as left out.
const tuneFields: readonly Field[] = [
  ['total_bytes_sec', ({ iotune }) => iotune?.totalBytesSec || undefined],
  ['read_bytes_sec', ({ iotune }) => iotune?.readBytesSec || undefined],
  ['write_bytes_sec', ({ iotune }) => iotune?.writeBytesSec || undefined],
  ['total_iops_sec', ({ iotune }) => iotune?.totalIopsSec || undefined],
  ['read_iops_sec', ({ iotune }) => iotune?.readIopsSec || undefined],
  ['write_iops_sec', ({ iotune }) => iotune?.writeIopsSec || undefined],
  ['total_bytes_sec_max', ({ iotune }) => iotune?.totalBytesSecMax || undefined],
  ['read_bytes_sec_max', ({ iotune }) => iotune?.readBytesSecMax || undefined],
  ['write_bytes_sec_max', ({ iotune }) => iotune?.writeBytesSecMax || undefined],
  ['total_iops_sec_max', ({ iotune }) => iotune?.totalIopsSecMax || undefined],
  ['read_iops_sec_max', ({ iotune }) => iotune?.readIopsSecMax || undefined],
  ['write_iops_sec_max', ({ iotune }) => iotune?.writeIopsSecMax || undefined],
  ['size_iops_sec', ({ iotune }) => iotune?.sizeIopsSec || undefined],
  ['group name', ({ iotune }) => iotune?.groupName],
]

/** In libvirt's order. What the new definition leaves out stays as it is. */
const fields: readonly Field[] = [
  ['device', ({ device }) => device],
  ['bus', ({ target }) => target.bus],
  ['tray', ({ target }) => (target.tray === 'open' ? 'open' : undefined)],
  ['removable', ({ target }) => target.removable],
  ['geometry cylinders', ({ geometry }) => geometry?.cylinders],
  ['geometry heads', ({ geometry }) => geometry?.heads],
  ['geometry sectors', ({ geometry }) => geometry?.sectors],
  ['BIOS-translation-modus', ({ geometry }) => geometry?.translation],
  ['blockio logical_block_size', ({ blockIo }) => blockIo?.logicalBlockSize ?? 0],
  ['blockio physical_block_size', ({ blockIo }) => blockIo?.physicalBlockSize ?? 0],
  ...tuneFields.map(([name, read]): Field => [`blkdeviotune ${name}`, read]),
  ['serial', ({ serial }) => serial],
  ['wwn', ({ wwn }) => wwn],
  ['vendor', ({ vendor }) => vendor],
  ['product', ({ product }) => product],
  ['cache', ({ driver }) => driver?.cache],
  ['error_policy', ({ driver }) => driver?.errorPolicy],
  ['rerror_policy', ({ driver }) => driver?.rerrorPolicy],
  ['io', ({ driver }) => driver?.io],
  ['ioeventfd', ({ driver }) => driver?.ioeventfd],
  ['event_idx', ({ driver }) => driver?.eventIdx],
  ['copy_on_read', ({ driver }) => driver?.copyOnRead],
  ['transient', ({ transient }) => transient || undefined],
  ['address', ({ address }) => address && placeOf(address)],
  ['boot order', ({ bootOrder }) => bootOrder],
  ['rawio', ({ rawio }) => rawio],
  ['sgio', ({ sgio }) => sgio],
  ['discard', ({ driver }) => driver?.discard],
  ['iothread', ({ driver }) => driver?.iothread],
  ['readonly', ({ readonly }) => readonly || undefined],
  ['shared', ({ shareable }) => shareable || undefined],
  ['reservations', ({ source }) => source?.reservations ?? 'none'],
]

/** What libvirt accepts and drops: here it is refused by the same error, behind all that libvirt looks at. */
const droppedFields: readonly Field[] = [
  ['driver', ({ driver }) => driver?.name],
  ['detect_zeroes', ({ driver }) => driver?.detectZeroes],
  ['queues', ({ driver }) => driver?.queues],
  ['queue_size', ({ driver }) => driver?.queueSize],
  ['iommu', ({ driver }) => driver?.iommu],
  ['ats', ({ driver }) => driver?.ats],
  ['packed', ({ driver }) => driver?.packed],
  ['page_per_vq', ({ driver }) => driver?.pagePerVq],
  ['metadata_cache', ({ driver }) => driver?.metadataCacheMaxSize],
  ['model', ({ model }) => model],
  ['rotation_rate', ({ target }) => target.rotationRate],
  ['shareBacking', ({ transientShareBacking }) => transientShareBacking],
  // The lengths of bursts, and what is not modelled.
  ['blkdeviotune', ({ iotune }) => iotune],
  ['element', ({ rest }) => rest],
  ['target', ({ target }) => target.rest],
  ['driver', ({ driver }) => driver?.rest],
]

/** What is compared of the image of a disk that is not removable, behind its location. */
const imageFields: readonly Field[] = [
  ['type', ({ driver, source }) => source?.format ?? driver?.type],
  ['source', ({ source }) => source && withoutPolicy(source)],
  ['backingStore', ({ backingStore }) => backingStore],
]

/**
 * Refuses another definition of a disk that runs where it says more than another medium, startup policy or snapshot mode.
 *
 * @errors OPERATION_UNSUPPORTED `cannot modify field '%s' of the disk`; OPERATION_DENIED for another alias;
 * CONFIG_UNSUPPORTED for another image of what is not removable, and for a boot order that cannot be
 */
export function checkDiskChange(
  origin: ErrorOrigin,
  def: DomainDef,
  there: DomainDiskDef,
  wanted: DomainDiskDef,
): VirResult<void> {
  const field = changedField(fields, there, wanted)
  const error =
    otherAlias(there, wanted) ??
    bootProblem(def, wanted) ??
    (field === undefined ? undefined : cannotModify(origin, field)) ??
    imageProblem(origin, there, wanted)
  if (error !== undefined) return err(error)
  const dropped = changedField(droppedFields, there, wanted)
  return dropped === undefined ? ok(undefined) : err(cannotModify(origin, dropped))
}

/** Whether another definition of a drive has the same medium inside. */
export function hasSameMedium(there: DomainDiskDef, wanted: DomainDiskDef): boolean {
  if (isDiskEmpty(there) || isDiskEmpty(wanted)) return isDiskEmpty(there) && isDiskEmpty(wanted)
  return (
    isSameLocation(there.source, wanted.source) &&
    changedField(imageFields, there, wanted) === undefined
  )
}

/** Whether a disk is a drive, whose medium can be another one. */
export function isRemovable({ device }: DomainDiskDef): boolean {
  return device === 'cdrom' || device === 'floppy'
}

function cannotModify(origin: ErrorOrigin, field: string): VirError {
  return operationUnsupported(origin, `cannot modify field '${field}' of the disk`)
}

function otherAlias(there: DomainDiskDef, { alias }: DomainDiskDef): VirError | undefined {
  if (alias === undefined || alias === (there.alias ?? diskAlias(there))) return undefined
  const detail = 'changing device alias is not allowed'
  return virError(ErrorNumber.OPERATION_DENIED, ErrorDomain.DOMAIN, detail)
}

/** libvirt's `virDomainDefCompatibleDevice`. */
function bootProblem(
  { os, devices }: DomainDef,
  { bootOrder, target }: DomainDiskDef,
): VirError | undefined {
  if (bootOrder === undefined) return undefined
  const isTaken = devices.disks.some(
    (disk) => disk.target.dev !== target.dev && disk.bootOrder === bootOrder,
  )
  const detail =
    os.boot.length > 0
      ? 'per-device boot elements cannot be used together with os/boot elements'
      : `boot order ${bootOrder} is already used by another device`
  return os.boot.length > 0 || isTaken
    ? virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.DOMAIN, detail)
    : undefined
}

function imageProblem(
  origin: ErrorOrigin,
  there: DomainDiskDef,
  wanted: DomainDiskDef,
): VirError | undefined {
  if (isRemovable(there)) return undefined
  if (!isSameLocation(there.source, wanted.source)) {
    const detail = 'disk source can be changed only in removable drives'
    return virError(ErrorNumber.CONFIG_UNSUPPORTED, origin.errorDomain, detail)
  }
  const field = changedField(imageFields, there, wanted)
  return field === undefined ? undefined : cannotModify(origin, field)
}

/** libvirt's `virStorageSourceIsSameLocation`. */
function isSameLocation(one: StorageSource | undefined, other: StorageSource | undefined): boolean {
  const [first, second] = [locationOf(one), locationOf(other)]
  return says(first, second) && says(second, first)
}

function locationOf(source: StorageSource | undefined): unknown {
  if (source === undefined) return 'nowhere'
  const { type, path, volume, nvme, network } = source
  return { type, path, volume, nvme, ...network }
}

/** The first field of which a definition says something else. */
function changedField(
  compared: readonly Field[],
  there: DomainDiskDef,
  wanted: DomainDiskDef,
): string | undefined {
  return compared.find(([, read]) => !says(read(there), read(wanted)))?.[0]
}

/** Where a device sits, without what else an address says. */
function placeOf({
  rest: _rest,
  ...address
}: NonNullable<DomainDiskDef['address']>): Readonly<Record<string, unknown>> {
  if (address.type !== 'pci') return address
  const { multifunction: _multifunction, ...place } = address
  return place
}

/** A source without what may be another at any time. */
function withoutPolicy({ startupPolicy: _policy, ...source }: StorageSource): object {
  return source
}

/** Whether a value says everything that another one says; what that leaves out counts as said. */
function says(there: unknown, wanted: unknown): boolean {
  if (wanted === undefined || wanted === there) return true
  if (!isObject(there) || !isObject(wanted)) return false
  if (Array.isArray(wanted) && Array.isArray(there) && wanted.length !== there.length) return false
  const own = membersOf(there)
  return Array.from(membersOf(wanted)).every(([name, value]) => says(own.get(name), value))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function membersOf(value: object): ReadonlyMap<unknown, unknown> {
  return value instanceof Map ? value : new Map(Object.entries(value))
}
