/** Controllers, interfaces and the rest of what is plugged in. @module */
import {
  type DomainControllerDef,
  type DomainDef,
  type DomainOtherDeviceDef,
  textContent,
} from '../../../xml/index.ts'
import { modelOf } from '../defaults/device-model.ts'
import { machineKind } from '../defaults/machine-kind.ts'
import { keptChild } from '../defaults/rest.ts'
import { bootOrder } from './boot-order.ts'
import { type DeviceProperties, pciPlace, jsonArgument } from './device-json.ts'
import { floppyBoot } from './floppy-boot.ts'
import { type CommandContext, rootBus } from './machine-context.ts'

const device = (properties: DeviceProperties): string[] => ['-device', jsonArgument(properties)]

/** The options for all controllers that QEMU does not plug by itself: buses first. */
export function controllerArguments({ def }: CommandContext): string[] {
  const { controllers } = def.devices
  return ['pci', 'usb', 'scsi', 'sata', 'virtio-serial', 'fdc'].flatMap((type) =>
    controllers
      .filter((controller) => controller.type === type)
      .flatMap((controller) => {
        const properties = controllerDevice(def, controller)
        return properties === undefined ? builtIn(def, controller) : device(properties)
      }),
  )
}

/** The options for a controller that QEMU has plugged already. */
function builtIn(def: DomainDef, { type }: DomainControllerDef): string[] {
  if (type !== 'fdc') return []
  const places = Object.entries(floppyBoot(def))
  return places.flatMap(([name, place]) => ['-global', `isa-fdc.${name}=${place}`])
}

function controllerDevice(
  def: DomainDef,
  controller: DomainControllerDef,
): DeviceProperties | undefined {
  const { type, model, index = 0, address, alias } = controller
  const place = pciPlace(address, rootBus(def))
  switch (type) {
    case 'pci':
      return model === 'pcie-root-port' ? rootPort(controller, place) : undefined
    case 'usb':
      return usbDriver(model) === undefined
        ? undefined
        : { driver: usbDriver(model) ?? '', id: alias ?? usbId(index), ...place }
    case 'scsi':
      return {
        driver: model === 'virtio-scsi' ? 'virtio-scsi-pci' : 'lsi',
        ...scsiOptions(controller),
        id: alias ?? `scsi${index}`,
        ...place,
      }
    case 'sata':
      // The one of the chipset is there already.
      return machineKind(def) === 'q35' && index === 0
        ? undefined
        : { driver: 'ahci', id: alias ?? `sata${index}`, ...place }
    case 'fdc':
      return machineKind(def) === 'q35' ? { driver: 'isa-fdc', ...floppyBoot(def) } : undefined
    case 'virtio-serial':
      return { driver: 'virtio-serial-pci', id: alias ?? `virtio-serial${index}`, ...place }
    default:
      return undefined
  }
}

function rootPort(
  controller: DomainControllerDef,
  place: Readonly<Record<string, string | boolean>>,
): DeviceProperties {
  const { index = 0, alias } = controller
  const target = keptChild(controller, 'target')
  return {
    driver: 'pcie-root-port',
    port: Number(target?.attributes.get('port') ?? index),
    chassis: Number(target?.attributes.get('chassis') ?? index),
    id: alias ?? `pci.${index}`,
    ...place,
  }
}

function usbId(index: number): string {
  return index === 0 ? 'usb' : `usb${index}`
}

function usbDriver(model: string | undefined): string | undefined {
  return usbDrivers[model ?? '']
}

const usbDrivers: Readonly<Record<string, string>> = {
  'piix3-uhci': 'piix3-usb-uhci',
  'qemu-xhci': 'qemu-xhci',
  'nec-xhci': 'nec-usb-xhci',
}

function scsiOptions(controller: DomainControllerDef): Record<string, string | number> {
  const driver = keptChild(controller, 'driver')
  const iothread = driver?.attributes.get('iothread')
  const queues = driver?.attributes.get('queues')
  return {
    ...(iothread !== undefined && { iothread: `iothread${iothread}` }),
    ...(queues !== undefined && { num_queues: Number(queues) }),
  }
}

const netDrivers: Readonly<Record<string, string>> = { virtio: 'virtio-net-pci' }

/** The options for all interfaces. */
export function interfaceArguments({ def }: CommandContext): string[] {
  const order = bootOrder(def)
  return def.devices.interfaces.flatMap((nic, index) => {
    const id = nic.alias ?? `net${index}`
    const boot = nic.bootOrder ?? order.get(id)
    return [
      '-netdev',
      jsonArgument({ type: 'user', id: `host${id}` }),
      ...device({
        driver: netDrivers[nic.model ?? ''] ?? nic.model ?? 'rtl8139',
        netdev: `host${id}`,
        id,
        ...(nic.mac !== undefined && { mac: nic.mac }),
        ...(boot !== undefined && { bootindex: boot }),
        ...pciPlace(nic.address, rootBus(def)),
      }),
    ]
  })
}

/** The options for audio: none is heard, but devices want to be told so. */
export function audioArguments({ def }: CommandContext): string[] {
  return def.devices.others.some(({ kind }) => kind === 'audio')
    ? ['-audiodev', jsonArgument({ id: 'audio1', driver: 'none' })]
    : []
}

/** The options for what comes last: video, balloons, sources of randomness. */
export function otherArguments({ def }: CommandContext): string[] {
  const counts = new Map<string, number>()
  return ['video', 'memballoon', 'rng'].flatMap((kind) =>
    def.devices.others
      .filter((other) => other.kind === kind)
      .flatMap((other) => {
        const index = counts.get(kind) ?? 0
        counts.set(kind, index + 1)
        return otherDevice(def, other, index)
      }),
  )
}

function otherDevice(def: DomainDef, other: DomainOtherDeviceDef, index: number): string[] {
  const place = pciPlace(other.address, rootBus(def))
  if (other.kind === 'video') {
    return videoDevice(other, other.alias ?? `video${index}`, index === 0, place)
  }
  if (other.kind === 'rng') return rngDevice(other, index, place)
  return other.model === 'none'
    ? []
    : device({ driver: 'virtio-balloon-pci', id: other.alias ?? `balloon${index}`, ...place })
}

function rngDevice(
  other: DomainOtherDeviceDef,
  index: number,
  place: Readonly<Record<string, string | boolean>>,
): string[] {
  const source = keptChild(other, 'backend')
  const filename = source === undefined ? '' : textContent(source)
  const backend = filename === '' ? '/dev/urandom' : filename
  const object = { 'qom-type': 'rng-random', id: `objrng${index}`, filename: backend }
  return [
    '-object',
    jsonArgument(object),
    ...device({
      driver: 'virtio-rng-pci',
      rng: object.id,
      id: other.alias ?? `rng${index}`,
      ...place,
    }),
  ]
}

function videoDevice(
  other: DomainOtherDeviceDef,
  id: string,
  isPrimary: boolean,
  place: Readonly<Record<string, string | boolean>>,
): string[] {
  const attributes = keptChild(other, 'model')?.attributes
  const vram = attributes?.get('vram')
  switch (modelOf(other) ?? '') {
    case 'vga':
      return device({
        driver: 'VGA',
        id,
        ...(vram !== undefined && { vgamem_mb: Math.floor(Number(vram) / 1024) }),
        ...place,
      })
    case 'virtio':
      return device({
        driver: isPrimary ? 'virtio-vga' : 'virtio-gpu-pci',
        id,
        max_outputs: Number(attributes?.get('heads') ?? 1),
        ...place,
      })
    case 'cirrus':
      return device({ driver: 'cirrus-vga', id, ...place })
    default:
      return []
  }
}
