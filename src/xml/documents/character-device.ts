/** `<serial>`, `<parallel>`, `<console>` and `<channel>`. @module */
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { ElementCodec, Field } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { maxUnsigned, parseUnsignedUpTo } from '../integer.ts'
import { onOff, oneOf, text, yesNo } from '../values.ts'
import type { Value } from '../values.ts'
import type {
  CharacterDeviceSource,
  CharacterDeviceTarget,
  CharacterDeviceType,
  DomainCharacterDeviceDef,
} from './character-device-def.ts'
import { deviceFields } from './device.ts'
import { unsupported, xmlError } from './domain-error.ts'
import { deviceLabel } from './security-label.ts'

const characterTypes: readonly CharacterDeviceType[] = [
  'null',
  'vc',
  'pty',
  'dev',
  'file',
  'pipe',
  'stdio',
  'udp',
  'tcp',
  'unix',
  'spicevmc',
  'spiceport',
  'nmdm',
  'qemu-vdagent',
  'dbus',
]

/** The words for a target's type, by device; libvirt's `none` stands for absence. */
const targetTypes = {
  serial: [
    'isa-serial',
    'usb-serial',
    'pci-serial',
    'spapr-vio-serial',
    'system-serial',
    'sclp-serial',
    'isa-debug',
  ],
  parallel: [],
  console: ['serial', 'xen', 'uml', 'virtio', 'lxc', 'openvz', 'sclp', 'sclplm'],
  channel: ['guestfwd', 'virtio', 'xen'],
} as const

/** The kinds of character devices, by element. */
export type CharacterDeviceKind = keyof typeof targetTypes

const source = fieldsOf<CharacterDeviceSource>()
const sourceCodec: ElementCodec<CharacterDeviceSource> = element([
  source.attribute('channel', 'channel', text),
  source.attribute('mode', 'mode', oneOf(['connect', 'bind'])),
  source.attribute('host', 'host', text),
  source.attribute('service', 'service', text),
  source.attribute('path', 'path', text),
  source.attribute('append', 'append', onOff),
  source.attribute('tls', 'tls', yesNo),
  source.list('seclabels', 'seclabel', deviceLabel),
  source.keep('reconnect', 'clipboard', 'mouse'),
])

const port: Value<number> = {
  read: (raw) => parseUnsignedUpTo(raw, maxUnsigned) ?? xmlError(`Invalid port number: ${raw}`),
  write: String,
}

function unknownTarget(raw: string): VirError {
  return unsupported(`unknown target type '${raw}' specified for character device`)
}

function targetCodec(kind: CharacterDeviceKind): ElementCodec<CharacterDeviceTarget> {
  const target = fieldsOf<CharacterDeviceTarget>()
  return element([
    target.attribute(
      'type',
      'type',
      oneOf(targetTypes[kind], { absent: 'none', error: unknownTarget }),
    ),
    target.attribute('name', 'name', text),
    target.attribute('address', 'address', text),
    target.attribute('port', 'port', port),
    target.attribute('state', 'state', oneOf(['connected', 'disconnected']), { live: true }),
    target.keep('model'),
  ])
}

const device = fieldsOf<DomainCharacterDeviceDef>()

const anySources = device.list('sources', 'source', sourceCodec, { fallback: [] })
const sources: Field<DomainCharacterDeviceDef> = {
  ...anySources,
  read(from, draft, context) {
    const error = anySources.read(from, draft, context)
    const { sources: found = [], type } = draft
    // The path of a pseudo-terminal belongs to the running domain.
    if (error === undefined && type === 'pty' && context.inactive) draft.sources = []
    return error ?? checkSources(found.length, type)
  },
  write(out, value, context) {
    if (value.type !== 'pty' || !context.inactive) anySources.write(out, value, context)
  },
}

function checkSources(count: number, type: CharacterDeviceType | undefined): VirError | undefined {
  if (count > 1 && type !== 'udp') {
    return xmlError('only one source element is allowed for character device')
  }
  return count > 2
    ? xmlError('only two source elements are allowed for character device')
    : undefined
}

/** Describes one kind of character device. */
export function characterDevice(kind: CharacterDeviceKind): ElementCodec<DomainCharacterDeviceDef> {
  const type = device.attribute(
    'type',
    'type',
    oneOf(characterTypes, {
      error: (raw) => unsupported(`unknown type presented to host for character device: ${raw}`),
    }),
    { fallback: 'pty' },
  )
  const target = device.child('target', 'target', targetCodec(kind))
  const tty = device.attribute('tty', 'tty', text, { live: true })
  return element<DomainCharacterDeviceDef>(
    [type, tty, sources, device.keep('protocol', 'log'), target, ...deviceFields.all],
    { reading: [type, tty, target, sources, ...deviceFields.reading] },
  )
}
