/** `<interface>`: a network card of a domain. @module */
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { ElementCodec } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { oneOf, text, unsigned } from '../values.ts'
import type { Value } from '../values.ts'
import { deviceFields } from './device.ts'
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

const source = fieldsOf<InterfaceSource>()
const sourceCodec: ElementCodec<InterfaceSource> = element([
  source.attribute('network', 'network', text),
  source.attribute('portgroup', 'portgroup', text),
  source.attribute('bridge', 'bridge', text),
  source.attribute('dev', 'dev', text),
  source.attribute('mode', 'mode', text),
  source.attribute('portId', 'portid', text, { live: true }),
])

const needed: Readonly<Record<string, 'network' | 'bridge' | 'dev'>> = {
  network: 'network',
  bridge: 'bridge',
  direct: 'dev',
}

const nic = fieldsOf<DomainInterfaceDef>()

/** An interface. */
export const interfaceCodec: ElementCodec<DomainInterfaceDef> = element<DomainInterfaceDef>(
  [
    nic.attribute('type', 'type', oneOf(interfaceTypes), { fallback: 'user' }),
    nic.keepAttributes('managed', 'trustGuestRxFilters'),
    nic.childAttribute('mac', ['mac', 'address'], mac),
    nic.child('source', 'source', sourceCodec),
    nic.keep('vlan', 'virtualport', 'bandwidth', 'port', 'actual', 'ip', 'route', 'portForward'),
    nic.keep('script', 'downscript', 'backenddomain'),
    nic.childAttribute('target', ['target', 'dev'], text),
    nic.keep('guest'),
    nic.childAttribute('model', ['model', 'type'], text),
    nic.keep('driver', 'backend', 'filterref', 'tune', 'teaming'),
    nic.childAttribute(
      'linkState',
      ['link', 'state'],
      oneOf(['up', 'down'], {
        absent: 'default',
        error: (raw) => unsupported(`unknown interface link state '${raw}'`),
      }),
    ),
    nic.childAttribute('mtu', ['mtu', 'size'], unsigned({ zeroIsAbsent: true })),
    nic.keep('coalesce'),
    ...deviceFields.all,
  ],
  { check: (draft) => checkSource(draft) },
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
    ? xmlError(`Missing required attribute '${name}' in element 'source'`)
    : undefined
}
