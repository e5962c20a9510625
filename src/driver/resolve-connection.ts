/**
 * Which URI a connection is opened with: what `virConnectOpen` finds out before it asks a driver.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { ConnectFlags } from '../constants/index.ts'
import type { VirResult } from '../errors/index.ts'
import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'
import { findAlias } from './uri-aliases.ts'
import type { ConnectUri } from './uri.ts'
import { parseUri, uriParameter } from './uri.ts'

/** Where a URI may come from when the caller's name is not one. */
export interface ResolveOptions {
  /** Only `LIBVIRT_DEFAULT_URI` is read; usually `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `uri_default` of libvirt.conf. */
  readonly defaultUri?: string
  /** `uri_aliases` of libvirt.conf: entries `alias=uri`. */
  readonly aliases?: readonly string[]
  /** `NO_ALIASES` leaves the aliases out. */
  readonly flags?: ConnectFlags
}

/** What a name has come to. */
export interface ResolvedConnection {
  /** The caller's name, with legacy names replaced; messages quote it. */
  readonly name: string | undefined
  /** `undefined` when there is none to be found without asking the drivers. */
  readonly uri: ConnectUri | undefined
  /** Whether the driver is to run inside the calling process. */
  readonly embedded: boolean
}

/** Replaces names that libvirt keeps for old programs; an empty name is none. */
export function canonicalName(name: string | undefined): string | undefined {
  if (name === undefined || name === '') return undefined
  return name === 'xen://' || /^xen$/i.test(name) ? 'xen:///system' : name
}

/** Gives the text of the URI: the name, the environment's, or the configured one. */
export function chooseUri(name: string | undefined, options: ResolveOptions): string | undefined {
  // The environment's counts only when it is not empty; the configured one counts always.
  const fromEnvironment = options.env?.['LIBVIRT_DEFAULT_URI']
  return name ?? (fromEnvironment === '' ? undefined : fromEnvironment) ?? options.defaultUri
}

/** Drivers whose URIs need a path, so that a server of this name is a slip of the pen. */
const needPath: ReadonlySet<string> = new Set(['qemu', 'vbox', 'vz'])

function checkMissingSlash(text: string, scheme: string, uri: ConnectUri): VirResult<void> {
  const { server } = uri
  const slip = needPath.has(scheme) && (server === 'session' || server === 'system')
  if (!slip) return ok(undefined)
  const detail = `invalid URI ${text} (maybe you want ${scheme}:///${server})`
  return err(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.NONE, detail))
}

function checkEmbedded(scheme: string, uri: ConnectUri): VirResult<void> {
  if (!/^[a-z]*$/.test(scheme)) {
    const detail = `URI scheme '${scheme}' for embedded driver is not valid`
    return err(virError(ErrorNumber.NO_CONNECT, ErrorDomain.NONE, detail))
  }
  return uriParameter(uri, 'root').andThen((root) =>
    root.startsWith('/')
      ? ok(undefined)
      : err(
          virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.NONE, 'root path must be absolute'),
        ),
  )
}

function resolveAlias(text: string, options: ResolveOptions): VirResult<string> {
  const flags = options.flags ?? 0
  if ((flags & ConnectFlags.NO_ALIASES) !== 0) return ok(text)
  return findAlias(options.aliases ?? [], text).map((uri) => uri ?? text)
}

/**
 * Makes a URI of a text, and checks what libvirt checks before it asks a driver.
 *
 * @param name - What messages quote where libvirt quotes the caller's name
 */
export function resolveUri(
  given: string,
  name: string | undefined,
  options: ResolveOptions,
): VirResult<ResolvedConnection> {
  return resolveAlias(given, options).andThen((text) =>
    parseUri(text).andThen((uri): VirResult<ResolvedConnection> => {
      const { scheme } = uri
      if (scheme === undefined) {
        // libvirt formats a missing name with %s: `(null)`.
        const detail = `URI '${name ?? '(null)'}' does not include a driver name`
        return err(virError(ErrorNumber.NO_CONNECT, ErrorDomain.NONE, detail))
      }
      const embedded = uri.path === '/embed'
      return checkMissingSlash(text, scheme, uri)
        .andThen(() => (embedded ? checkEmbedded(scheme, uri) : ok(undefined)))
        .map(() => ({ name, uri, embedded }))
    }),
  )
}

/**
 * Finds the URI that a connection is to be opened with, as far as that goes without asking drivers.
 *
 * @param name - What the caller gave: a URI, an alias, or nothing
 * @errors `INTERNAL_ERROR` for text that is no URI, and for `qemu://system`; `NO_CONNECT` for a URI without a scheme;
 * `CONF_SYNTAX` for malformed aliases; `INVALID_ARG` and `CONFIG_UNSUPPORTED` for an embedded driver without an
 * absolute `root`
 * @libvirt virConnectOpenAuth (0.4.0)
 */
export function resolveConnection(
  name: string | undefined,
  options: ResolveOptions = {},
): VirResult<ResolvedConnection> {
  const canonical = canonicalName(name)
  const text = chooseUri(canonical, options)
  return text === undefined
    ? ok({ name: canonical, uri: undefined, embedded: false })
    : resolveUri(text, canonical, options)
}
