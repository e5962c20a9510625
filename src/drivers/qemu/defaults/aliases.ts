import type {
  DeviceCommon,
  DomainCharacterDeviceDef,
  DomainControllerDef,
  DomainDef,
} from '../../../xml/index.ts'
import { isVirtioScsi } from '../command-line/disk-device.ts'
import { diskAlias } from '../../../driver/index.ts'
import { machineKind } from './machine-kind.ts'

/** Gives each device the name that QEMU knows it by; libvirt's `qemuAssignDeviceAliases`. */
export function withAliases(def: DomainDef): DomainDef {
  const { devices } = def
  const serials = numbered(devices.serials, 'serial')
  return {
    ...def,
    devices: {
      ...devices,
      disks: devices.disks.map((disk) => {
        const controller = disk.address?.type === 'drive' ? disk.address.controller : 0
        const model = isVirtioScsi(def, controller) ? 'virtio-scsi' : undefined
        return { ...disk, alias: diskAlias(disk, model) }
      }),
      controllers: devices.controllers.map((controller) => ({
        ...controller,
        alias: controller.alias ?? controllerAlias(def, controller),
      })),
      interfaces: numbered(devices.interfaces, 'net'),
      serials,
      consoles: devices.consoles.map((console) => consoleAlias(console, serials)),
      channels: numbered(devices.channels, 'channel'),
      others: numberedByKind(def),
    },
  }
}

/** Numbers go on behind those that devices have already, so that none is used twice. */
function numbered<T extends DeviceCommon>(devices: readonly T[], prefix: string): T[] {
  const used = new Set(devices.map(({ alias }) => alias))
  let next = 0
  return devices.map((device) => {
    if (device.alias !== undefined) return device
    while (used.has(`${prefix}${next}`)) next += 1
    const alias = `${prefix}${next}`
    next += 1
    return { ...device, alias }
  })
}

const otherPrefixes: Readonly<Record<string, string>> = {
  input: 'input',
  video: 'video',
  memballoon: 'balloon',
  rng: 'rng',
}

function numberedByKind({ devices }: DomainDef): DomainDef['devices']['others'] {
  const counts = new Map<string, number>()
  return devices.others.map((device) => {
    const prefix = otherPrefixes[device.kind]
    if (prefix === undefined || device.alias !== undefined) return device
    if (device.kind === 'memballoon' && device.model === 'none') return device
    const count = counts.get(prefix) ?? 0
    counts.set(prefix, count + 1)
    return { ...device, alias: `${prefix}${count}` }
  })
}

function controllerAlias(def: DomainDef, { type, index = 0 }: DomainControllerDef): string {
  const isQ35 = machineKind(def) === 'q35'
  if (type === 'pci') return index === 0 && isQ35 ? 'pcie.0' : `pci.${index}`
  const isBuiltIn = index === 0 && (type === 'ide' || (type === 'sata' && isQ35))
  if (isBuiltIn) return 'ide'
  return type === 'usb' && index === 0 ? 'usb' : `${type}${index}`
}

/** The console is the first serial port under another name. */
function consoleAlias(
  console: DomainCharacterDeviceDef,
  serials: readonly DomainCharacterDeviceDef[],
): DomainCharacterDeviceDef {
  const alias = serials[console.target?.port ?? 0]?.alias
  return alias === undefined ? console : { ...console, alias }
}
