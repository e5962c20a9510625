/** `<devices>`: all that a domain's guest sees. @module */
import { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { ElementCodec, Field } from '../codec.ts'
import { childElements } from '../element.ts'
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

// The devices of one kind, at the kind's place among all devices.
function kind(name: OtherDeviceKind): Field<DomainDevices> {
  return {
    attributes: [],
    children: [name],
    many: [name],
    read(source, draft, context) {
      const found: DomainOtherDeviceDef[] = []
      for (const child of childElements(source, name)) {
        const device = otherCodec.read(child, context, { kind: name })
        if (device instanceof VirError) return device
        found.push(device)
      }
      if (found.length > 0) draft.others = [...(draft.others ?? []), ...found]
      return undefined
    },
    write(out, { others }, context) {
      for (const device of others) {
        if (device.kind === name) out.children.push(otherCodec.write(name, device, context))
      }
    },
  }
}

/** The devices of a domain, in libvirt's order of kinds. */
export const devicesCodec: ElementCodec<DomainDevices> = element<DomainDevices>(
  [
    devices.text('emulator', 'emulator', absolutePath),
    devices.list('disks', 'disk', diskCodec, { fallback: [] }),
    devices.list('controllers', 'controller', controllerCodec, { fallback: [] }),
    kind('lease'),
    kind('filesystem'),
    devices.list('interfaces', 'interface', interfaceCodec, { fallback: [] }),
    kind('smartcard'),
    devices.list('serials', 'serial', characterDevice('serial'), { fallback: [] }),
    devices.list('parallels', 'parallel', characterDevice('parallel'), { fallback: [] }),
    devices.list('consoles', 'console', characterDevice('console'), { fallback: [] }),
    devices.list('channels', 'channel', characterDevice('channel'), { fallback: [] }),
    kind('input'),
    kind('tpm'),
    devices.list('graphics', 'graphics', graphicsCodec, { fallback: [] }),
    kind('sound'),
    kind('audio'),
    kind('video'),
    kind('hostdev'),
    kind('redirdev'),
    kind('redirfilter'),
    kind('hub'),
    kind('watchdog'),
    kind('memballoon'),
    kind('rng'),
    kind('nvram'),
    kind('panic'),
    kind('shmem'),
    kind('memory'),
    kind('crypto'),
    kind('iommu'),
    kind('vsock'),
  ],
  {
    alwaysOpen: true,
    check: (draft) => {
      draft.others ??= []
      return undefined
    },
  },
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
