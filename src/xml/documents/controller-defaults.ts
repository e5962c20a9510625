/** The controllers that a domain has without naming them. @module */
import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import type { DiskBus } from './disk-def.ts'
import type { DomainControllerDef, DomainDevices } from './domain-def.ts'
import { xmlError } from './domain-error.ts'

/** A controller whose index is known. */
type IndexedController = DomainControllerDef & { readonly index: number }

/** How many controllers of one type are added at most; more is a mistake or an attack. */
const mostImplied = 4096

/**
 * Gives an index to each controller: the lowest that is free for its type; libvirt's `virDomainAssignControllerIndexes`.
 *
 * Those of one type are sorted in the places that they have. Libvirt also puts them together when it reads, but adds others out
 * of this order, so that its own documents change when they are read again; these do not.
 */
export function indexControllers(
  controllers: readonly DomainControllerDef[],
): readonly IndexedController[] {
  const types = new Map<string, TypeIndexes>()
  for (const controller of controllers) {
    let indexes = types.get(controller.type)
    if (indexes === undefined) types.set(controller.type, (indexes = emptyIndexes()))
    note(indexes, controller)
  }
  const indexed = controllers.map((controller) => {
    const indexes = types.get(controller.type) ?? emptyIndexes()
    const index = controller.index ?? chooseIndex(indexes, controller)
    const chosen = { ...controller, index }
    note(indexes, chosen)
    indexes.last = chosen
    return chosen
  })
  return sortWithinTypes(indexed)
}

function sortWithinTypes<T extends DomainControllerDef>(controllers: readonly T[]): readonly T[] {
  const types = new Map<string, T[]>()
  for (const controller of controllers) {
    const group = types.get(controller.type)
    if (group === undefined) types.set(controller.type, [controller])
    else group.push(controller)
  }
  for (const [type, group] of types) types.set(type, group.toSorted(byIndex).toReversed())
  return controllers.map((controller) => types.get(controller.type)?.pop() ?? controller)
}

// A USB 2 controller stands before its companions.
function byIndex(one: DomainControllerDef, other: DomainControllerDef): number {
  const difference = (one.index ?? -1) - (other.index ?? -1)
  return difference === 0 ? Number(isCompanion(one)) - Number(isCompanion(other)) : difference
}

/** Tells the smaller parts of a USB 2 controller, which share its index. */
function isCompanion(controller: DomainControllerDef): boolean {
  const { type, model } = controller
  if (type !== 'usb') return false
  return /^ich9-uhci[123]$/.test(model ?? '') || hasMaster(controller)
}

/** What is known of the controllers of one type. */
interface TypeIndexes {
  readonly used: Set<number>
  /** Pairs of index and model that are taken. */
  readonly models: Set<string>
  /** No index below is free. */
  free: number
  last: IndexedController | undefined
}

function emptyIndexes(): TypeIndexes {
  return { used: new Set(), models: new Set(), free: 0, last: undefined }
}

function note({ used, models }: TypeIndexes, { index, model = '' }: DomainControllerDef): void {
  if (index === undefined) return
  used.add(index)
  models.add(`${index} ${model}`)
}

function chooseIndex(indexes: TypeIndexes, controller: DomainControllerDef): number {
  const { last, models, used } = indexes
  // The parts of a USB 2 controller share an index.
  if (last !== undefined && isUsb2(controller) && isUsb2(last)) {
    if (!models.has(`${last.index} ${controller.model ?? ''}`)) return last.index
  }
  while (used.has(indexes.free)) indexes.free++
  return indexes.free
}

function hasMaster({ rest }: Pick<DomainControllerDef, 'rest'>): boolean {
  return rest?.children?.some(({ node }) => node.name === 'master') === true
}

function isUsb2({ type, model }: DomainControllerDef): boolean {
  return type === 'usb' && /^ich9-(?:ehci1|uhci[123])$/.test(model ?? '')
}

/** Refuses USB controllers beside one that says that there is none, and companions without a master. */
export function checkUsbControllers(controllers: readonly DomainControllerDef[]): VirResult<void> {
  const usb = controllers.filter(({ type }) => type === 'usb')
  const real = usb.filter(({ model }) => model !== 'none')
  if (real.length < usb.length && usb.length > 1) {
    return err(usbError("Can't add another USB controller: USB is disabled for this domain"))
  }
  // libvirt looks before it makes companions of those that are so by their model.
  return real.length > 0 && real.every(hasMaster)
    ? err(usbError('No master USB controller specified'))
    : ok()
}

function usbError(detail: string): ReturnType<typeof virError> {
  return virError(ErrorNumber.XML_DETAIL, ErrorDomain.DOMAIN, detail)
}

/** Refuses two controllers of one type with one index; USB controllers may share theirs. */
export function checkControllers(controllers: readonly DomainControllerDef[]): VirResult<void> {
  const seen = new Set<string>()
  for (const { type, index = -1 } of controllers) {
    const key = `${type} ${index}`
    if (type !== 'usb' && seen.has(key)) {
      return err(xmlError(`Multiple '${type}' controllers with index '${index}'`))
    }
    seen.add(key)
  }
  return ok()
}

const diskControllers: readonly (readonly [string, DiskBus])[] = [
  ['scsi', 'scsi'],
  ['fdc', 'fdc'],
  ['ide', 'ide'],
  ['sata', 'sata'],
]

/** Adds the controllers that disks and virtio ports sit on; libvirt's `virDomainDefAddImplicitControllers`. */
export function addImpliedControllers(devices: DomainDevices): VirResult<DomainDevices> {
  const controllers = [...devices.controllers]
  const known = new Set(controllers.map(({ type, index }) => `${type} ${index ?? ''}`))
  const add = (type: string, index: number): void => {
    if (known.has(`${type} ${index}`)) return
    known.add(`${type} ${index}`)
    controllers.push({ type, index })
  }
  for (const [type, bus] of diskControllers) {
    const last = lastController(devices, bus)
    if (last >= mostImplied) return err(tooMany(type, last))
    for (let index = 0; index <= last; index++) add(type, index)
  }
  for (const { target, address } of [...devices.channels, ...devices.consoles]) {
    if (target?.type !== 'virtio') continue
    add('virtio-serial', address?.type === 'virtio-serial' ? address.controller : 0)
  }
  const sorted = sortWithinTypes(controllers)
  return ok(
    controllers.length === devices.controllers.length
      ? devices
      : { ...devices, controllers: sorted },
  )
}

function lastController({ disks }: DomainDevices, bus: DiskBus): number {
  let last = -1
  for (const { target, address } of disks) {
    if (target.bus === bus && address?.type === 'drive') last = Math.max(last, address.controller)
  }
  return last
}

function tooMany(type: string, index: number): ReturnType<typeof virError> {
  const detail = `index '${index}' of ${type} controller is too large`
  return virError(ErrorNumber.OVERFLOW, ErrorDomain.DOMAIN, detail)
}
