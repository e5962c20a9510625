/**
 * The search for the driver that opens a connection: the loop of `virConnectOpen`.
 *
 * @module
 */
import type { Result } from 'neverthrow'
import { err, ok, okAsync, ResultAsync } from 'neverthrow'
import type { VirError, VirResult, VirResultAsync } from '../errors/index.ts'
import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'
import type { ConnectAuth } from './connect.ts'
import type { HypervisorDriver } from './hypervisor-driver.ts'
import type { ConnectDriver, DriverFactory } from './registry.ts'
import type { ResolvedConnection, ResolveOptions } from './resolve-connection.ts'
import { canonicalName, chooseUri, resolveUri } from './resolve-connection.ts'
import type { ConnectUri } from './uri.ts'

/** What a connection is opened with. */
export interface OpenDriverOptions extends ResolveOptions {
  /** The table of drivers, in the order in which they are asked. */
  readonly drivers: readonly ConnectDriver[]
  readonly auth?: ConnectAuth
}

/** A driver that has accepted the URI. */
export interface OpenedDriver {
  readonly driver: HypervisorDriver
  /** `undefined` when a driver has opened a connection without one. */
  readonly uri: ConnectUri | undefined
}

function unsupported(detail: string): VirError {
  return virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.NONE, detail)
}

/** Whether a row of the table is asked; an error ends the search. */
function matches(row: ConnectDriver, { uri, embedded }: ResolvedConnection): VirResult<boolean> {
  if (row.localOnly && uri?.server !== undefined) return ok(false)
  if (row.uriSchemes === undefined) {
    if (embedded) return err(unsupported(`Driver ${row.name} cannot be used in embedded mode`))
  } else {
    if (uri?.scheme === undefined || (embedded && !row.embeddable)) return ok(false)
    if (!row.uriSchemes.includes(uri.scheme)) return ok(false)
  }
  if (row.remoteOnly && uri !== undefined && uri.server === undefined) {
    return err(
      virError(ErrorNumber.INVALID_ARG, ErrorDomain.NONE, 'URI is missing the server part'),
    )
  }
  return ok(true)
}

/** Schemes of drivers that libvirt may be built without, and that no daemon would have either. */
const clientOnlySchemes: ReadonlySet<string> = new Set(['vpx', 'esx', 'gsx', 'hyperv', 'parallels'])

function checkBuiltIn(
  scheme: string | undefined,
  drivers: readonly ConnectDriver[],
): VirResult<void> {
  const known = scheme?.toLowerCase()
  if (known === undefined || !clientOnlySchemes.has(known)) return ok(undefined)
  if (drivers.some((row) => row.uriSchemes?.includes(known) === true)) return ok(undefined)
  return err(unsupported(`libvirt was built without the '${scheme}' driver`))
}

function load(row: ConnectDriver): VirResultAsync<DriverFactory> {
  return ResultAsync.fromThrowable(row.load, (cause) =>
    virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.NONE, `could not load driver '${row.name}'`, {
      cause,
    }),
  )()
}

async function search(
  resolved: ResolvedConnection,
  options: OpenDriverOptions,
): Promise<Result<OpenedDriver, VirError>> {
  const { uri, name } = resolved
  const builtIn = checkBuiltIn(uri?.scheme, options.drivers)
  for (const row of options.drivers) {
    // libvirt says so only before it would ask a daemon in vain.
    if (row.name === 'remote' && builtIn.isErr()) return err(builtIn.error)
    const asked = matches(row, resolved)
    if (asked.isErr()) return err(asked.error)
    if (!asked.value) continue
    // oxlint-disable-next-line no-await-in-loop -- a driver is asked once the one before has declined
    const opened = await load(row).andThen((factory) =>
      factory.connectOpen(uri, options.auth, options.flags ?? 0),
    )
    if (opened.isErr()) return err(opened.error)
    if (opened.value !== undefined) return ok({ driver: opened.value, uri })
  }
  if (builtIn.isErr()) return err(builtIn.error)
  return err(virError(ErrorNumber.NO_CONNECT, ErrorDomain.NONE, name ?? '(null)'))
}

async function probe(
  drivers: readonly ConnectDriver[],
): Promise<Result<string | undefined, VirError>> {
  for (const row of drivers) {
    // oxlint-disable-next-line no-await-in-loop -- the first that finds something ends the search
    const probed = await row.connectURIProbe?.()
    if (probed === undefined || (probed.isOk() && probed.value === undefined)) continue
    return probed
  }
  return ok(undefined)
}

/**
 * Opens a connection with the first driver that accepts the URI.
 *
 * @param name - What the caller gave: a URI, an alias, or nothing
 * @errors those of `resolveConnection`; `NO_CONNECT` when no driver accepts; what the driver gives that accepts the URI
 * and fails to open it
 * @libvirt virConnectOpenAuth (0.4.0)
 */
export function openDriver(
  name: string | undefined,
  options: OpenDriverOptions,
): VirResultAsync<OpenedDriver> {
  const canonical = canonicalName(name)
  const chosen = chooseUri(canonical, options)
  const found =
    chosen === undefined
      ? new ResultAsync(probe(options.drivers))
      : okAsync<string | undefined, VirError>(chosen)
  return found
    .andThen((text): VirResult<ResolvedConnection> =>
      text === undefined
        ? ok({ name: canonical, uri: undefined, embedded: false })
        : resolveUri(text, canonical, options),
    )
    .andThen((resolved) => new ResultAsync(search(resolved, options)))
}
