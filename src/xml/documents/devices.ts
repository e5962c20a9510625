/** `<devices>`: all that a domain's guest sees. @module */
import { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { ElementCodec, Field } from '../codec.ts'
import { isElement } from '../element.ts'
import { fieldsOf } from '../fields.ts'
import { maxSigned, parseUnsignedUpTo } from '../integer.ts'
import { absolutePath, oneOf, text, yesNo } from '../values.ts'
import type { Value } from '../values.ts'
import { characterDevice } from './character-device.ts'
import { controllerCodec } from './controller.ts'
import { anyDeviceFields } from './device.ts'
import { diskCodec } from './disk.ts'
import type {
  DomainDevices,
  DomainGraphicsDef,
  DomainOtherDeviceDef,
  OtherDeviceKind,
} from './domain-def.ts'
import { internalError } from './domain-error.ts'
import { interfaceCodec } from './interface.ts'

const graphicsTypes = ['sdl', 'vnc', 'rdp', 'desktop', 'spice', 'egl-headless', 'dbus'] as const

/** A port, or -1 for one that is chosen at start. */
const graphicsPort: Value<number> = {
  read: (raw) => {
    if (/^\s*-1$/.test(raw)) return -1
    return parseUnsignedUpTo(raw, maxSigned) ?? internalError(`cannot parse vnc port ${raw}`)
  },
  write: String,
}

const graphics = fieldsOf<DomainGraphicsDef>()
const graphicsCodec: ElementCodec<DomainGraphicsDef> = element([
  graphics.attribute('type', 'type', oneOf(graphicsTypes), { required: true }),
  graphics.keepAttributes('socket'),
  graphics.attribute('port', 'port', graphicsPort),
  graphics.keepAttributes('tlsPort'),
  graphics.attribute('autoport', 'autoport', yesNo),
  graphics.keepAttributes('websocket', 'websocketGenerated'),
  graphics.attribute('listen', 'listen', text),
  graphics.keepAttributes('keymap', 'defaultMode', 'sharePolicy', 'powerControl'),
  graphics.attribute('password', 'passwd', text, { secret: true }),
  graphics.keepAttributes('passwdValidTo', 'connected', 'display', 'xauth', 'fullscreen'),
  graphics.keepAttributes('p2p', 'address'),
  graphics.keep('listen', 'channel', 'image', 'jpeg', 'zlib', 'playback', 'streaming'),
  graphics.keep('clipboard', 'filetransfer', 'mouse', 'gl', 'audio'),
])

const other = fieldsOf<DomainOtherDeviceDef>()
const otherCodec: ElementCodec<DomainOtherDeviceDef> = element<DomainOtherDeviceDef>(
  [
    other.attribute('type', 'type', text),
    other.attribute('model', 'model', text),
    ...anyDeviceFields.all,
  ],
  { open: true },
)

const devices = fieldsOf<DomainDevices>()

/** The kinds in the order in which libvirt writes them. */
const kinds: readonly OtherDeviceKind[] = [
  'lease',
  'filesystem',
  'smartcard',
  'input',
  'tpm',
  'sound',
  'audio',
  'video',
  'hostdev',
  'redirdev',
  'redirfilter',
  'hub',
  'watchdog',
  'memballoon',
  'rng',
  'nvram',
  'panic',
  'shmem',
  'memory',
  'crypto',
  'iommu',
  'vsock',
]
const places: ReadonlyMap<string, number> = new Map(kinds.map((name, place) => [name, place]))

// The devices of one kind, at the kind's place among all devices.
function kind(name: OtherDeviceKind): Field<DomainDevices> {
  return {
    attributes: [],
    children: [name],
    many: [name],
    read: () => undefined,
    write(out, { others }, context) {
      for (const device of others) {
        if (device.kind === name) out.children.push(otherCodec.write(name, device, context))
      }
    },
  }
}

// All kinds are read at once, because a pass for each would take long where there are many devices.
const others: Field<DomainDevices> = {
  attributes: [],
  children: [],
  read(source, draft, context) {
    const found: DomainOtherDeviceDef[] = []
    for (const child of source.children) {
      if (!isElement(child) || !isOtherKind(child.name)) continue
      const device = otherCodec.read(child, context, { kind: child.name })
      if (device instanceof VirError) return device
      found.push(device)
    }
    draft.others = found.toSorted((one, next) => placeOf(one) - placeOf(next))
    return undefined
  },
  write: () => undefined,
}

function isOtherKind(name: string): name is OtherDeviceKind {
  return places.has(name)
}

function placeOf({ kind: name }: DomainOtherDeviceDef): number {
  return places.get(name) ?? 0
}

const typed = {
  emulator: devices.text('emulator', 'emulator', absolutePath),
  disks: devices.list('disks', 'disk', diskCodec, { fallback: [] }),
  controllers: devices.list('controllers', 'controller', controllerCodec, { fallback: [] }),
  interfaces: devices.list('interfaces', 'interface', interfaceCodec, { fallback: [] }),
  serials: devices.list('serials', 'serial', characterDevice('serial'), { fallback: [] }),
  parallels: devices.list('parallels', 'parallel', characterDevice('parallel'), { fallback: [] }),
  consoles: devices.list('consoles', 'console', characterDevice('console'), { fallback: [] }),
  channels: devices.list('channels', 'channel', characterDevice('channel'), { fallback: [] }),
  graphics: devices.list('graphics', 'graphics', graphicsCodec, { fallback: [] }),
}

/** The devices of a domain, in libvirt's order of kinds. */
export const devicesCodec: ElementCodec<DomainDevices> = element<DomainDevices>(
  [
    typed.emulator,
    typed.disks,
    typed.controllers,
    ...kinds.slice(0, 2).map(kind),
    typed.interfaces,
    kind('smartcard'),
    typed.serials,
    typed.parallels,
    typed.consoles,
    typed.channels,
    ...kinds.slice(3, 5).map(kind),
    typed.graphics,
    ...kinds.slice(5).map(kind),
  ],
  { alwaysOpen: true, reading: [...Object.values(typed), others] },
)

/** What a domain without `<devices>` has. */
export const noDevices: DomainDevices = {
  disks: [],
  controllers: [],
  interfaces: [],
  serials: [],
  parallels: [],
  consoles: [],
  channels: [],
  graphics: [],
  others: [],
}
