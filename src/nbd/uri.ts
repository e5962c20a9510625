import { err, ok, type Result } from 'neverthrow'
import { NBD_DEFAULT_PORT } from './codec/constants.ts'
import { encodeString, encodeText } from './codec/bytes.ts'
import { NbdError } from './nbd-error.ts'

/** How TLS is to be done over a connection, as a URI says it. */
export interface NbdUriTls {
  /** The name to look for in the server's certificate instead of the host. */
  readonly hostname?: string
  /** Whether the server's certificate is checked; true when the URI does not say. */
  readonly verifyPeer?: boolean
  /** A directory with `ca-cert.pem`, `client-cert.pem` and `client-key.pem`, as libnbd and QEMU lay it out. */
  readonly certificates?: string
}

/** An NBD URI taken apart. */
export interface NbdUri {
  /** Whether TLS is a must: the schemes `nbds` and `nbds+unix`. */
  readonly secure: boolean
  readonly address: { readonly path: string } | { readonly host: string; readonly port: number }
  /** Empty for the default export. */
  readonly exportName: string
  readonly tls: NbdUriTls
}

/** What {@link formatNbdUri} writes. */
export type NbdUriParts = {
  readonly exportName: string
  readonly secure?: boolean
} & ({ readonly path: string } | { readonly host?: string; readonly port: number })

const pattern = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i

/**
 * Takes an NBD URI apart.
 *
 * @errors `invalid` for what is no NBD URI; `unsupported` for TLS other than with certificates
 * @see doc/uri.md of the NBD project
 */
export function parseNbdUri(uri: string): Result<NbdUri, NbdError> {
  const match = pattern.exec(uri)
  if (match === null) return invalid(uri, 'malformed')
  const [, scheme = '', authority = '', path = '', query = ''] = match
  const kind = schemes.get(scheme.toLowerCase())
  if (kind === undefined) return invalid(uri, `scheme '${scheme}'`)
  const exportName = decode(path.slice(1))
  if (exportName === undefined || encodeString(exportName).isErr()) {
    return invalid(uri, 'export name')
  }
  return parseQuery(uri, query).andThen((parameters) =>
    (kind.unix ? unixAddress : tcpAddress)(uri, authority, parameters).andThen((address) =>
      tlsParameters(uri, parameters).map((tls) => {
        return { secure: kind.secure, address, exportName, tls }
      }),
    ),
  )
}

/** Writes an NBD URI; a server on all addresses of its machine is given as `localhost`. */
export function formatNbdUri(parts: NbdUriParts): string {
  const name = escape(parts.exportName)
  const scheme = parts.secure === true ? 'nbds' : 'nbd'
  if ('path' in parts) {
    return `${scheme}+unix:///${name}?socket=${escape(parts.path)}`
  }
  const host = parts.host ?? 'localhost'
  const reachable = host === '::' || host === '0.0.0.0' ? 'localhost' : host
  const port = parts.port === NBD_DEFAULT_PORT ? '' : `:${parts.port}`
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}${port}/${name}`
}

const schemes: ReadonlyMap<string, { readonly unix: boolean; readonly secure: boolean }> = new Map([
  ['nbd', { unix: false, secure: false }],
  ['nbds', { unix: false, secure: true }],
  ['nbd+unix', { unix: true, secure: false }],
  ['nbds+unix', { unix: true, secure: true }],
])

const knownParameters = new Set([
  'socket',
  'tls-type',
  'tls-hostname',
  'tls-verify-peer',
  'tls-certificates',
])

type Parameters = ReadonlyMap<string, string>

function parseQuery(uri: string, query: string): Result<Parameters, NbdError> {
  const parameters = new Map<string, string>()
  for (const item of query.split('&').filter((part) => part !== '')) {
    const equals = item.indexOf('=')
    const name = decode(equals < 0 ? item : item.slice(0, equals))
    const value = decode(equals < 0 ? '' : item.slice(equals + 1))
    if (name === undefined || value === undefined) return invalid(uri, 'bad escape in the query')
    if (!knownParameters.has(name)) return invalid(uri, `unknown parameter '${name}'`)
    if (parameters.has(name)) return invalid(uri, `parameter '${name}' is given twice`)
    parameters.set(name, value)
  }
  return ok(parameters)
}

function unixAddress(
  uri: string,
  authority: string,
  parameters: Parameters,
): Result<NbdUri['address'], NbdError> {
  if (authority !== '') return invalid(uri, 'a host together with a Unix socket')
  const path = parameters.get('socket') ?? ''
  return path === '' ? invalid(uri, 'no socket') : ok({ path })
}

function tcpAddress(
  uri: string,
  authority: string,
  parameters: Parameters,
): Result<NbdUri['address'], NbdError> {
  if (parameters.has('socket')) return invalid(uri, 'a socket without a Unix scheme')
  if (authority.includes('@')) {
    return err(new NbdError('unsupported', `User name in NBD URI '${uri}'`))
  }
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*))(?::(\d*))?$/i.exec(authority)
  if (match === null) return invalid(uri, 'host')
  const host = match[1] ?? decode(match[2] ?? '')
  if (host === undefined || /[\0\s]/.test(host)) return invalid(uri, 'host')
  const port = match[3] === undefined || match[3] === '' ? NBD_DEFAULT_PORT : Number(match[3])
  if (port < 1 || port > 65_535) return invalid(uri, 'port')
  return ok({ host: host === '' ? 'localhost' : host, port })
}

function tlsParameters(uri: string, parameters: Parameters): Result<NbdUriTls, NbdError> {
  const type = parameters.get('tls-type') ?? 'x509'
  if (type === 'anon' || type === 'psk') {
    return err(new NbdError('unsupported', `TLS of type '${type}' in NBD URI '${uri}'`))
  }
  if (type !== 'x509') return invalid(uri, `tls-type '${type}'`)
  const verify = parameters.get('tls-verify-peer')
  if (verify !== undefined && verify !== '0' && verify !== '1') {
    return invalid(uri, `tls-verify-peer '${verify}'`)
  }
  const hostname = parameters.get('tls-hostname')
  const certificates = parameters.get('tls-certificates')
  return ok({
    ...(hostname !== undefined && { hostname }),
    ...(verify !== undefined && { verifyPeer: verify === '1' }),
    ...(certificates !== undefined && { certificates }),
  })
}

function escape(text: string): string {
  // A lone surrogate would make encodeURIComponent throw; it becomes U+FFFD, as in any UTF-8.
  const wellFormed = new TextDecoder('utf-8', { ignoreBOM: true }).decode(encodeText(text))
  return encodeURIComponent(wellFormed).replaceAll('%2F', '/')
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function invalid(uri: string, why: string): Result<never, NbdError> {
  return err(new NbdError('invalid', `Invalid NBD URI '${uri}': ${why}`))
}
