/** `<interface>`: a network card of a domain. @module */
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { ElementCodec, Field } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { attributeError, oneOf, text, unsigned, withError } from '../values.ts'
import type { Value } from '../values.ts'
import { bootableFields } from './device.ts'
import { unsupported, xmlError } from './domain-error.ts'
import type { DomainInterfaceDef, InterfaceSource, InterfaceType } from './interface-def.ts'

const interfaceTypes: readonly InterfaceType[] = [
  'user',
  'ethernet',
  'vhostuser',
  'server',
  'client',
  'mcast',
  'network',
  'bridge',
  'internal',
  'direct',
  'hostdev',
  'udp',
  'vdpa',
  'null',
  'vds',
]

/** Reads a MAC address and gives it lower-case and padded; libvirt's `virMacAddrParse`. */
export function parseMac(raw: string): string | undefined {
  if (!/^[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}$/.test(raw)) return undefined
  return raw
    .toLowerCase()
    .split(':')
    .map((byte) => byte.padStart(2, '0'))
    .join(':')
}

const mac: Value<string> = {
  read: (raw) => {
    const address = parseMac(raw)
    if (address === undefined) return xmlError(`unable to parse mac address '${raw}'`)
    if (isMulticast(address)) {
      return xmlError(`expected unicast mac address, found multicast '${raw}'`)
    }
    return address
  },
  write: (value) => value,
}

function isMulticast(address: string): boolean {
  return (Number.parseInt(address.slice(0, 2), 16) & 1) === 1
}

/** The models that libvirt knows; their case does not count. */
const models: ReadonlyMap<string, string> = new Map(
  [
    'netfront',
    'rtl8139',
    'virtio',
    'e1000',
    'e1000e',
    'virtio-transitional',
    'virtio-non-transitional',
    'usb-net',
    'spapr-vlan',
    'lan9118',
    'scm91c111',
    'vlance',
    'vmxnet',
    'vmxnet2',
    'vmxnet3',
    'Am79C970A',
    'Am79C973',
    '82540EM',
    '82545EM',
    '82543GC',
  ].map((name) => [name.toLowerCase(), name]),
)

const model: Value<string> = {
  read: (raw) => {
    if (raw === '') return undefined
    const known = models.get(raw.toLowerCase())
    if (known !== undefined || /^[A-Za-z0-9_-]*$/.test(raw)) return known ?? raw
    const detail = 'Model name contains invalid characters'
    return virError(ErrorNumber.INVALID_ARG, ErrorDomain.DOMAIN, detail)
  },
  write: (value) => value,
}

const source = fieldsOf<InterfaceSource>()
const sourceCodec: ElementCodec<InterfaceSource> = element([
  source.keepAttributes('type', 'path', 'address', 'port', 'name', 'switchid'),
  source.attribute('network', 'network', text),
  source.attribute('portgroup', 'portgroup', text),
  source.attribute('bridge', 'bridge', text),
  source.attribute('dev', 'dev', text),
  source.attribute('mode', 'mode', text),
  source.attribute('portId', 'portid', text, { live: true }),
  source.keepAttributes('portgroupid', 'connectionid'),
  source.keep('address', 'local', 'ip', 'route', 'reconnect'),
])

const needed: Readonly<Record<string, 'network' | 'bridge' | 'dev'>> = {
  network: 'network',
  bridge: 'bridge',
  direct: 'dev',
}

const nic = fieldsOf<DomainInterfaceDef>()
const typeField = nic.attribute('type', 'type', oneOf(interfaceTypes), { fallback: 'user' })
const macField = nic.childAttribute('mac', ['mac', 'address'], mac, {
  kept: ['type', 'check'],
})
const anySource = nic.child('source', 'source', sourceCodec)
const sourceField: Field<DomainInterfaceDef> = {
  ...anySource,
  read(from, draft, context) {
    const error = anySource.read(from, draft, context) ?? checkSource(draft)
    if (draft.type === 'direct' && draft.source !== undefined) {
      draft.source = { mode: 'vepa', ...draft.source }
    }
    return error
  },
}
const target = nic.childAttribute('target', ['target', 'dev'], text, { kept: ['managed'] })
const modelField = nic.childAttribute('model', ['model', 'type'], model)
const linkState = nic.childAttribute(
  'linkState',
  ['link', 'state'],
  oneOf(['up', 'down'], {
    absent: 'default',
    error: (raw) => unsupported(`unknown interface link state '${raw}'`),
  }),
)
const mtu = nic.childAttribute(
  'mtu',
  ['mtu', 'size'],
  withError(unsigned({ zeroIsAbsent: true }), () => xmlError('malformed mtu size')),
)

/** An interface. */
export const interfaceCodec: ElementCodec<DomainInterfaceDef> = element<DomainInterfaceDef>(
  [
    typeField,
    nic.keepAttributes('managed', 'trustGuestRxFilters'),
    macField,
    sourceField,
    nic.keep('vlan', 'virtualport', 'bandwidth', 'port', 'actual', 'ip', 'route', 'portForward'),
    nic.keep('script', 'downscript', 'backenddomain'),
    target,
    nic.keep('guest'),
    modelField,
    nic.keep('driver', 'backend', 'filterref', 'tune', 'teaming'),
    linkState,
    mtu,
    nic.keep('coalesce'),
    ...bootableFields.all,
  ],
  {
    reading: [
      typeField,
      modelField,
      sourceField,
      macField,
      target,
      ...bootableFields.reading,
      linkState,
      mtu,
    ],
  },
)

function checkSource({
  type,
  source: from,
}: {
  type?: InterfaceType
  source?: InterfaceSource
}): VirError | undefined {
  const name = needed[type ?? '']
  if (name === undefined) return undefined
  if (from === undefined) {
    return xmlError(`interface type='${type ?? ''}' requires a 'source' element`)
  }
  return from[name] === undefined
    ? attributeError(`Missing required attribute '${name}' in element 'source'`)
    : undefined
}
