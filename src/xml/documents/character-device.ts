/** `<serial>`, `<parallel>`, `<console>` and `<channel>`. @module */
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { ElementCodec, Field, ReadContext } from '../codec.ts'
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

const protocols = oneOf(['raw', 'telnet', 'telnets', 'tls'], {
  error: (raw) => unsupported(`Unknown protocol '${raw}'`),
})

const anySources = device.list('sources', 'source', sourceCodec, { fallback: [] })
const sources: Field<DomainCharacterDeviceDef> = {
  ...anySources,
  read(from, draft, context) {
    const error = anySources.read(from, draft, context)
    const { sources: found = [], type } = draft
    draft.sources = completeSources(found, type, context)
    return error ?? checkSources(found.length, type)
  },
}

/** The sources as libvirt holds them: which, depends on the type. */
function completeSources(
  given: readonly CharacterDeviceSource[],
  type: CharacterDeviceType | undefined,
  context: ReadContext,
): readonly CharacterDeviceSource[] {
  // The path of a pseudo-terminal belongs to the running domain.
  if (type === 'pty') return context.inactive ? [] : given
  if (type !== 'tcp' && type !== 'udp' && type !== 'unix') return given
  const connecting = given.map((from) => ({ ...from, mode: from.mode ?? ('connect' as const) }))
  if (type === 'tcp') return connecting
  if (type === 'udp') return connecting.toSorted((one, other) => (one.mode < other.mode ? -1 : 1))
  // Without a path the hypervisor makes one.
  return connecting.filter(({ path }) => path !== undefined)
}

function checkSources(count: number, type: CharacterDeviceType | undefined): VirError | undefined {
  if (count > 1 && type !== 'udp') {
    return xmlError('only one source element is allowed for character device')
  }
  return count > 2
    ? xmlError('only two source elements are allowed for character device')
    : undefined
}

const anyProtocol = device.childAttribute('protocol', ['protocol', 'type'], protocols)
const protocol: Field<DomainCharacterDeviceDef> = {
  ...anyProtocol,
  read(from, draft, context) {
    if (draft.type !== 'tcp') return undefined
    draft.protocol = 'raw'
    return anyProtocol.read(from, draft, context)
  },
  write(out, value, context) {
    if (value.type === 'tcp') anyProtocol.write(out, { protocol: 'raw', ...value }, context)
  },
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
  const target = device.child('target', 'target', targetCodec(kind), {
    ...(kind === 'channel' && {
      required: () => xmlError('target type must be specified for channel device'),
    }),
  })
  const tty = device.attribute('tty', 'tty', text, { live: true })
  return element<DomainCharacterDeviceDef>(
    [type, tty, sources, protocol, device.keep('log'), target, ...deviceFields.all],
    { reading: [type, tty, target, sources, protocol, ...deviceFields.reading] },
  )
}
