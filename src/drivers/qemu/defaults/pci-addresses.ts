/**
 * Where the PCI devices of a machine sit, in the order in which libvirt finds them a place.
 *
 * On i440fx all sit on the one bus. On q35 each device has a PCIe root port of its own, and one root port stays free for a
 * device that is plugged later.
 *
 * @module
 */
import { err, ok, safeTry } from 'neverthrow'
import { ErrorDomain, ErrorNumber, type VirResult, virError } from '../../../errors/index.ts'
import type {
  DeviceCommon,
  DomainControllerDef,
  DomainDef,
  DomainDevices,
  PciAddress,
} from '../../../xml/index.ts'
import { element } from '../state/status-element.ts'
import { configUnsupported } from './config-unsupported.ts'
import type { MachineKind } from './machine-kind.ts'
import { noSlot, pciAddress, PciSlots } from './pci-slots.ts'
import { withKeptChild } from './rest.ts'
import { modelOf } from './device-model.ts'

/** Gives each PCI device a place that has none. */
export function assignPciAddresses(def: DomainDef, kind: MachineKind): VirResult<DomainDef> {
  const layout = new PciLayout(def.devices, kind)
  return safeTry(function* () {
    yield* layout.reserveGiven()
    layout.placeBuiltIn()
    yield* layout.placeVideo()
    yield* layout.placeOthers()
    return ok({ ...def, devices: yield* layout.finish() })
  })
}

/**
 * Finds a place for a device that is plugged into a running machine: root ports cannot be added to it any more.
 *
 * @errors INTERNAL_ERROR when there is no place left
 */
export function findPciPlace(def: DomainDef, kind: MachineKind): VirResult<PciAddress> {
  const layout = new PciLayout(def.devices, kind)
  return layout.reserveGiven().andThen(() => layout.placeLater())
}

/** The devices of a machine, while they find their places. */
class PciLayout {
  #devices: DomainDevices
  readonly #kind: MachineKind
  readonly #slots = new PciSlots()

  constructor(devices: DomainDevices, kind: MachineKind) {
    this.#devices = devices
    this.#kind = kind
  }

  /** Takes the places that the definition gives. */
  reserveGiven(): VirResult<void> {
    for (const { address } of pciDevicesOf(this.#devices)) {
      if (address?.type !== 'pci') continue
      if (address.domain !== 0) return err(configUnsupported('PCI domains are not supported'))
      if (this.#slots.take(address)) continue
      const detail = `Attempted double use of PCI Address ${textOf(address)}`
      return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.DOMAIN, detail))
    }
    // The bridge to the processor, and the machine's own bridge to ISA.
    this.#slots.take(pciAddress(0, 0, 0))
    this.#slots.take(this.#kind === 'i440fx' ? pciAddress(0, 1, 0) : pciAddress(0, 0x1f, 0))
    return ok(undefined)
  }

  /** Places what is part of the chipset. */
  placeBuiltIn(): void {
    this.#mapControllers((controller) => {
      const place = builtInPlace(this.#kind, controller)
      if (place === undefined || controller.address !== undefined) return controller
      this.#slots.take(place)
      return { ...controller, address: place }
    })
  }

  /** The first video device sits where firmware looks for it. */
  placeVideo(): VirResult<void> {
    let isPrimary = true
    const slot = this.#kind === 'i440fx' ? 2 : 1
    this.#devices = {
      ...this.#devices,
      others: this.#devices.others.map((device) => {
        if (device.kind !== 'video' || !isPrimary) return device
        isPrimary = false
        if (device.address !== undefined || modelOf(device) === 'none') return device
        const address = pciAddress(0, slot, 0)
        return this.#slots.take(address) ? { ...device, address } : device
      }),
    }
    return ok(undefined)
  }

  placeOthers(): VirResult<void> {
    return this.#placeAll('interfaces', () => true)
      .andThen(() => this.#placeAll('controllers', isPciController))
      .andThen(() => this.#placeAll('disks', ({ target }) => target.bus === 'virtio'))
      .andThen(() => this.#placeAll('others', isPciOf('memballoon')))
      .andThen(() => this.#placeAll('others', isPciOf('rng')))
      .andThen(() => this.#placeAll('others', isPciOf('video')))
  }

  #placeAll<Kind extends 'interfaces' | 'controllers' | 'disks' | 'others'>(
    kind: Kind,
    needsPlace: (device: DomainDevices[Kind][number]) => boolean,
  ): VirResult<void> {
    const placed: DeviceCommon[] = []
    for (const device of this.#devices[kind]) {
      if (device.address !== undefined || !needsPlace(device)) {
        placed.push(device)
        continue
      }
      const address = this.#nextPlace()
      if (address.isErr()) return err(address.error)
      placed.push({ ...device, address: address.value })
    }
    // Root ports may have been added meanwhile.
    const added = this.#devices[kind].slice(placed.length)
    this.#devices = { ...this.#devices, [kind]: [...placed, ...added] }
    return ok(undefined)
  }

  #nextPlace(): VirResult<PciAddress> {
    if (this.#kind === 'i440fx') return this.#slots.takeFreeSlot(0, 1)
    const free = this.#freeRootPort()
    const bus = free ?? this.#addRootPort()
    const address = pciAddress(bus, 0, 0)
    this.#slots.take(address)
    return ok(address)
  }

  /** Takes the next place without adding a bus. */
  placeLater(): VirResult<PciAddress> {
    if (this.#kind === 'i440fx') return this.#slots.takeFreeSlot(0, 1)
    const bus = this.#freeRootPort()
    return bus === undefined ? err(noSlot()) : ok(pciAddress(bus, 0, 0))
  }

  #freeRootPort(): number | undefined {
    return this.#rootPorts().find(({ index }) => !this.#slots.isSlotTaken(index, 0))?.index
  }

  #rootPorts(): (DomainControllerDef & { readonly index: number })[] {
    return this.#devices.controllers.flatMap((controller) => {
      const { type, model, index } = controller
      return type === 'pci' && model === 'pcie-root-port' && index !== undefined
        ? [{ ...controller, index }]
        : []
    })
  }

  #addRootPort(): number {
    const used = this.#devices.controllers.filter(({ type }) => type === 'pci')
    const index = Math.max(0, ...used.map((controller) => controller.index ?? 0)) + 1
    const port: DomainControllerDef = { type: 'pci', index, model: 'pcie-root-port' }
    this.#devices = { ...this.#devices, controllers: [...this.#devices.controllers, port] }
    return index
  }

  /** Places the root ports themselves, eight to a slot, after all else is known. */
  finish(): VirResult<DomainDevices> {
    if (this.#kind === 'i440fx') return ok(this.#devices)
    if (this.#freeRootPort() === undefined) this.#addRootPort()
    let slot: number | undefined
    let unit = 0
    for (const { index, address } of this.#rootPorts()) {
      if (address !== undefined) continue
      if (slot === undefined || unit === 8) {
        const first = this.#slots.takeFreeSlot(0, 1)
        if (first.isErr()) return err(first.error)
        ;({ slot } = first.value)
        unit = 0
      }
      const place = pciAddress(0, slot, unit, false)
      this.#slots.take(place)
      unit += 1
      this.#setAddress(index, place)
    }
    this.#mapControllers((controller) => withMultifunction(this.#devices, controller))
    this.#mapControllers(describeRootPort)
    return ok(this.#devices)
  }

  #setAddress(index: number, address: PciAddress): void {
    this.#mapControllers((controller) =>
      controller.type === 'pci' && controller.index === index
        ? { ...controller, address }
        : controller,
    )
  }

  #mapControllers(change: (controller: DomainControllerDef) => DomainControllerDef): void {
    const { controllers } = this.#devices
    this.#devices = { ...this.#devices, controllers: controllers.map(change) }
  }
}

function pciDevicesOf(devices: DomainDevices): readonly DeviceCommon[] {
  const { disks, controllers, interfaces, others } = devices
  return [...disks, ...controllers, ...interfaces, ...others]
}

function textOf({ domain, bus, slot, function: unit }: PciAddress): string {
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${unit}`
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/** Where the chipset has a controller that is part of it. */
function builtInPlace(kind: MachineKind, controller: DomainControllerDef): PciAddress | undefined {
  const { type, index, model } = controller
  if (index !== 0) return undefined
  if (kind === 'q35') return type === 'sata' ? pciAddress(0, 0x1f, 2) : undefined
  if (type === 'ide') return pciAddress(0, 1, 1)
  return type === 'usb' && model === 'piix3-uhci' ? pciAddress(0, 1, 2) : undefined
}

function isPciController({ type, model }: DomainControllerDef): boolean {
  if (type === 'usb') return model !== 'none'
  return type === 'scsi' || type === 'sata' || type === 'virtio-serial'
}

type OtherDevice = DomainDevices['others'][number]

function isPciOf(kind: OtherDevice['kind']): (device: OtherDevice) => boolean {
  return (device) => device.kind === kind && modelOf(device) !== 'none'
}

/** The first function of a slot says that the slot has more. */
function withMultifunction(
  { controllers }: DomainDevices,
  controller: DomainControllerDef,
): DomainControllerDef {
  const { address } = controller
  if (controller.model !== 'pcie-root-port' || address?.type !== 'pci') return controller
  if (address.function !== 0 || address.multifunction !== undefined) return controller
  const hasMore = controllers.some(
    (other) =>
      other !== controller &&
      other.address?.type === 'pci' &&
      other.address.bus === address.bus &&
      other.address.slot === address.slot,
  )
  return hasMore ? { ...controller, address: { ...address, multifunction: true } } : controller
}

/** A root port says which port of the root it is: the guest's hot-plug driver knows it by that. */
function describeRootPort(controller: DomainControllerDef): DomainControllerDef {
  const { model, address, index, rest } = controller
  if (model !== 'pcie-root-port' || address?.type !== 'pci') return controller
  const has = (name: string): boolean =>
    rest?.children?.some(({ node }) => node.name === name) === true
  const port = `0x${((address.slot << 3) | address.function).toString(16)}`
  const named = has('model')
    ? controller
    : withKeptChild(controller, element('model', { name: 'pcie-root-port' }))
  return has('target')
    ? named
    : withKeptChild(named, element('target', { chassis: String(index), port }))
}
