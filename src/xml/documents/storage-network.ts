/** Storage that is reached over a network. @module */
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { Draft, ElementCodec, Field } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { maxUnsigned, parseUnsignedUpTo } from '../integer.ts'
import { oneOf, text, yesNo } from '../values.ts'
import type { Value } from '../values.ts'
import { unsupported, xmlError } from './domain-error.ts'
import type { StorageHost, StorageNetwork } from './storage-source-def.ts'

/** The protocols that libvirt knows, in its order. */
export const networkProtocols: readonly string[] = [
  'nbd',
  'rbd',
  'sheepdog',
  'gluster',
  'iscsi',
  'http',
  'https',
  'ftp',
  'ftps',
  'tftp',
  'ssh',
  'vxhs',
  'nfs',
]

const defaultPorts: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ftp: 21,
  ftps: 990,
  tftp: 69,
  sheepdog: 7000,
  nbd: 10809,
  ssh: 22,
  iscsi: 3260,
  gluster: 24007,
  vxhs: 9999,
}

/** A port of TCP or UDP; 0 is written as absence. */
export const port: Value<number> = {
  read: (raw) => {
    const value = parseUnsignedUpTo(raw, maxUnsigned)
    if (value === undefined) return portError(`failed to parse port number '${raw}'`)
    if (value > 0xffff) return portError(`port '${raw}' out of range`)
    return value === 0 ? undefined : value
  },
  write: String,
  accepts: (raw) => /^\d+$/.test(raw),
}

function portError(detail: string): VirError {
  return virError(ErrorNumber.INVALID_ARG, ErrorDomain.NONE, detail)
}

const host = fieldsOf<StorageHost>()
const transport = host.attribute(
  'transport',
  'transport',
  oneOf(['tcp', 'unix', 'rdma'], {
    error: (raw) => unsupported(`unknown protocol transport type '${raw}'`),
  }),
  { when: (value) => value.transport !== 'tcp' },
)
const overUnix = (value: Draft<StorageHost>): boolean => value.transport === 'unix'
const overNetwork = (value: Draft<StorageHost>): boolean => !overUnix(value)
const nameAndPort = host.when(overNetwork, [
  host.attribute('name', 'name', text, { required: () => xmlError('missing name for host') }),
  host.attribute('port', 'port', port),
])
const socket = host.attribute('socket', 'socket', text)

/** A `<host>`. */
export const storageHost: ElementCodec<StorageHost> = element([nameAndPort, transport, socket], {
  reading: [
    transport,
    socket,
    {
      attributes: [],
      children: [],
      read: (_source, draft) => checkSocket(draft),
      write: () => undefined,
    },
    nameAndPort,
  ],
})

function checkSocket(draft: Draft<StorageHost>): VirError | undefined {
  if (overUnix(draft)) {
    return draft.socket === undefined ? xmlError('missing socket for unix transport') : undefined
  }
  if (draft.socket === undefined) return undefined
  return xmlError(`transport '${draft.transport ?? '(null)'}' does not support socket attribute`)
}

const network = fieldsOf<StorageNetwork>()

const protocol: Value<string> = oneOf(['none', ...networkProtocols])

/** The parts of `<source>` that say which image, and where. */
export const networkFields: readonly Field<StorageNetwork>[] = [
  network.attribute('protocol', 'protocol', protocol, { required: true }),
  network.attribute('name', 'name', text, {}),
  {
    semantic: true,
    attributes: [],
    children: [],
    read: (_source, draft) => checkName(draft),
    write: () => undefined,
  },
  network.when(
    ({ protocol: kind }) => kind === 'http' || kind === 'https',
    [network.attribute('query', 'query', text)],
  ),
  network.attribute('tls', 'tls', yesNo),
  network.attribute('tlsHostname', 'tlsHostname', text),
  network.list('hosts', 'host', storageHost, { fallback: [] }),
  {
    attributes: [],
    children: [],
    read: (_source, draft) => {
      draft.hosts = (draft.hosts ?? []).map((peer) => withDefaultPort(peer, draft.protocol))
      return undefined
    },
    write: () => undefined,
  },
]

function checkName({ name, protocol: kind }: Draft<StorageNetwork>): VirError | undefined {
  if (name === undefined) {
    return kind === 'nbd' ? undefined : xmlError('missing name for disk source')
  }
  if ((kind === 'gluster' || kind === 'rbd') && name.indexOf('/') < 1) {
    return xmlError(`can't split path '${name}' into pool name and image name`)
  }
  return undefined
}

function withDefaultPort(peer: StorageHost, kind: string | undefined): StorageHost {
  const { transport: over = 'tcp', port: given } = peer
  const fallback = over === 'tcp' && given === undefined ? defaultPorts[kind ?? ''] : undefined
  return fallback === undefined ? peer : { ...peer, port: fallback }
}
