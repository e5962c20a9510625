/** The URIs of connections, read and written as libvirt does. @module */
import { err, ok } from 'neverthrow'
import type { VirResult } from '../errors/index.ts'
import { badArgument, ErrorDomain, ErrorNumber, requiredText, virError } from '../errors/index.ts'
import { splitUri } from './uri-grammar.ts'

/** A parameter of a URI's query. */
export interface ConnectUriParameter {
  readonly name: string
  /** `''` when there is none. */
  readonly value: string
}

/**
 * A parsed URI; libvirt's `virURI`. Escapes are resolved but in `query`.
 *
 * Escaped bytes that are no UTF-8 become U+FFFD, and an escaped NUL ends its part.
 */
export interface ConnectUri {
  readonly scheme?: string
  readonly user?: string
  /** Without brackets: `::1`. */
  readonly server?: string
  /** 0 when none is given. */
  readonly port: number
  /** `''` when none is given. */
  readonly path: string
  /** As it was written. */
  readonly query?: string
  readonly fragment?: string
  /** The query's parameters, in order; names may repeat. */
  readonly params: readonly ConnectUriParameter[]
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** Resolves `%41` in text that the grammar has accepted. */
function unescape(text: string): string {
  if (!text.includes('%')) return text
  const bytes = encoder.encode(text)
  let length = 0
  for (let at = 0; at < text.length; at++, length++) {
    const escaped = text[at] === '%'
    bytes[length] = escaped ? Number.parseInt(text.slice(at + 1, at + 3), 16) : text.charCodeAt(at)
    if (bytes[length] === 0) break
    if (escaped) at += 2
  }
  return decoder.decode(bytes.subarray(0, length))
}

/** `&` separates; where none follows, `;` does. A section without a name counts for nothing. */
function parseParameters(query: string): readonly ConnectUriParameter[] {
  const lastAmpersand = query.lastIndexOf('&')
  const sections = [
    ...(lastAmpersand === -1 ? [] : query.slice(0, lastAmpersand).split('&')),
    ...query.slice(lastAmpersand + 1).split(';'),
  ]
  return sections.flatMap((section) => {
    const equals = section.indexOf('=')
    const name = equals === -1 ? section : section.slice(0, equals)
    const value = equals === -1 ? '' : section.slice(equals + 1)
    return name === '' ? [] : [{ name: unescape(name), value: unescape(value) }]
  })
}

function withoutBrackets(server: string): string {
  return server.startsWith('[') && server.endsWith(']') ? server.slice(1, -1) : server
}

/**
 * Parses the URI of a connection.
 *
 * @errors `INTERNAL_ERROR` in the domain `URI` for text that is none, `INVALID_ARG` for what is no text
 */
export function parseUri(text: string): VirResult<ConnectUri> {
  const fn = { name: 'virURIParse', errorDomain: ErrorDomain.URI }
  const error = requiredText(fn, 'uri', text)
  if (error !== undefined) return err(error)
  const parts = splitUri(text)
  if (parts === undefined) {
    return err(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.URI, `Unable to parse URI ${text}`))
  }
  const { scheme, user, server, port, path, query, fragment } = parts
  return ok({
    ...(scheme !== undefined && { scheme }),
    ...(user !== undefined && { user: unescape(user) }),
    ...(server !== undefined && { server: withoutBrackets(unescape(server)) }),
    // libvirt trusts the port only where there is a server.
    port: server === undefined ? 0 : (port ?? 0),
    path: unescape(path),
    ...(query !== undefined && { query }),
    ...(fragment !== undefined && { fragment: unescape(fragment) }),
    params: query === undefined ? [] : parseParameters(query),
  })
}

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"

function escape(text: string, safe: ReadonlySet<string>): string {
  let escaped = ''
  for (const byte of encoder.encode(text)) {
    const character = String.fromCharCode(byte)
    const code = byte.toString(16).toUpperCase().padStart(2, '0')
    escaped += safe.has(character) ? character : `%${code}`
  }
  return escaped
}

const safeInUser: ReadonlySet<string> = new Set(`${unreserved};:&=+$,`)
const safeInPath: ReadonlySet<string> = new Set(`${unreserved}/;@&=+$,`)
const safeInFragment: ReadonlySet<string> = new Set(`${unreserved};/?:@&=+$,[]`)

/**
 * Writes a URI as libvirt does: always with `//`, so `test:/default` comes back as `test:///default`.
 *
 * @libvirt virConnectGetURI (0.3.0)
 */
export function formatUri(uri: ConnectUri): string {
  const scheme = uri.scheme === undefined ? '' : `${uri.scheme}:`
  const user = uri.user === undefined ? '' : `${escape(uri.user, safeInUser)}@`
  const server = uri.server?.includes(':') === true ? `[${uri.server}]` : (uri.server ?? '')
  const port = uri.port > 0 ? `:${uri.port}` : ''
  const query = uri.query === undefined ? '' : `?${uri.query}`
  const fragment = uri.fragment === undefined ? '' : `#${escape(uri.fragment, safeInFragment)}`
  return `${scheme}//${user}${server}${port}${escape(uri.path, safeInPath)}${query}${fragment}`
}

/**
 * Gives the first value of a parameter; names are compared exactly.
 *
 * @errors `INVALID_ARG` in the domain `URI` when the parameter is missing, and for what is no URI
 */
export function uriParameter(uri: ConnectUri, name: string): VirResult<string> {
  const params: unknown = uri?.params
  if (!Array.isArray(params)) {
    const fn = { name: 'uriParameter', errorDomain: ErrorDomain.URI }
    return err(badArgument(fn, 'uri', 'uri in uriParameter must be a parsed URI'))
  }
  const found = uri.params.find((parameter) => parameter.name === name)
  if (found !== undefined) return ok(found.value)
  return err(virError(ErrorNumber.INVALID_ARG, ErrorDomain.URI, `Missing URI parameter '${name}'`))
}
