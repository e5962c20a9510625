/**
 * Opening connections: from a URI to a driver to a `Connection`.
 *
 * @module
 */
import { err, errAsync, ResultAsync } from 'neverthrow'
import { type Connection, createConnection, safely } from './connection/index.ts'
import { ConnectFlags } from './constants/index.ts'
import {
  type ConnectAuth,
  type ConnectDriver,
  formatUri,
  openDriver,
  type OpenedDriver,
} from './driver/index.ts'
import type { HostPort } from './drivers/test/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  invalidArgument,
  type VirError,
  virError,
  type VirResult,
  type VirResultAsync,
} from './errors/index.ts'

/** How a connection is opened. */
export interface OpenOptions {
  /** Refuses every call that changes something or shows secrets. The same as the flag `RO`. */
  readonly readOnly?: boolean
  readonly flags?: ConnectFlags
  /** Drivers that are asked before the built-in ones. */
  readonly drivers?: readonly ConnectDriver[]
  /** Answers a driver that asks for credentials. */
  readonly auth?: ConnectAuth
  /** Where `LIBVIRT_DEFAULT_URI` is looked up; the environment of the process when it is absent. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What is opened without a URI and without one in the environment; libvirt.conf's `uri_default`. */
  readonly defaultUri?: string
  /** Short names for URIs, as `alias=uri`; libvirt.conf's `uri_aliases`. */
  readonly aliases?: readonly string[]
  /** Gives up: the result is OPERATION_ABORTED, and what is opened after all is closed again. */
  readonly signal?: AbortSignal
}

/** The drivers that come with the library, in the order in which they are asked. Each is loaded when it is asked. */
const builtInDrivers: readonly ConnectDriver[] = [
  {
    name: 'Test',
    localOnly: true,
    remoteOnly: false,
    embeddable: false,
    uriSchemes: ['test'],
    load: async () => {
      const { createTestDriver } = await import('./drivers/test/index.ts')
      return createTestDriver(await hostPort())
    },
  },
  {
    name: 'QEMU',
    localOnly: true,
    remoteOnly: false,
    embeddable: true,
    uriSchemes: ['qemu'],
    load: async () => {
      const { createQemuDriver } = await import('./drivers/qemu/index.ts')
      return createQemuDriver()
    },
  },
]

/**
 * Opens a connection to a hypervisor.
 *
 * The driver is found as libvirt finds it: by the URI's scheme, after aliases and legacy names.
 *
 * @param uri - `test:///default`, `test:///path/node.xml`, `qemu:///embed?root=/abs/dir`; absent or empty: what environment and options say
 * @errors `NO_CONNECT` when no driver accepts the URI, and for a URI without a scheme; `AUTH_FAILED` for wrong
 * credentials; `OPERATION_ABORTED` when the signal gave up
 * @example `const connection = unwrap(await open('test:///default'))`
 * @libvirt virConnectOpenAuth (0.4.0)
 */
export function open(uri?: string, options: OpenOptions = {}): VirResultAsync<Connection> {
  const wrong = checkArguments(uri, options)
  if (wrong !== undefined) return errAsync(wrong)
  const flags = ((options.flags ?? 0) | (options.readOnly === true ? ConnectFlags.RO : 0)) >>> 0
  const { drivers = [], env = processEnvironment(), signal, auth, defaultUri, aliases } = options
  const opened = safely(() =>
    openDriver(uri ?? undefined, {
      drivers: [...drivers, ...builtInDrivers],
      flags,
      env,
      ...(auth !== undefined && { auth }),
      ...(defaultUri !== undefined && { defaultUri }),
      ...(aliases !== undefined && { aliases }),
    }),
  )
  const readOnly = (flags & ConnectFlags.RO) !== 0
  return unlessAborted(opened, signal).map((found) =>
    createConnection(found.driver, found.uri === undefined ? '' : formatUri(found.uri), {
      readOnly,
    }),
  )
}

const openFunction = 'virConnectOpenAuth'

function checkArguments(uri: unknown, options: unknown): VirError | undefined {
  if (uri !== undefined && uri !== null && typeof uri !== 'string') {
    return wrongType('name', 'a string')
  }
  if (typeof options !== 'object' || options === null) return wrongType('options', 'a record')
  return checkOptions(options)
}

function checkOptions(options: OpenOptions): VirError | undefined {
  const { flags = 0, drivers = [], aliases = [], signal } = options
  if (!Number.isInteger(flags)) return wrongType('flags', 'an integer number')
  if (!Array.isArray(drivers)) return wrongType('drivers', 'an array')
  if (!Array.isArray(aliases)) return wrongType('aliases', 'an array')
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    return wrongType('signal', 'an AbortSignal')
  }
  return undefined
}

function wrongType(argument: string, type: string): VirError {
  const text = `${argument} in ${openFunction} must be ${type}`
  return invalidArgument(ErrorDomain.NONE, openFunction, argument, text)
}

/** The environment of the process, where there is a process. */
function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return typeof process === 'undefined' ? {} : process.env
}

/** How drivers reach the machine; in a browser they do not. */
async function hostPort(): Promise<HostPort | undefined> {
  if (typeof process === 'undefined' || process.versions.node === undefined) return undefined
  return (await import('./node-host.ts')).nodeHost
}

/** Waits for a driver until the signal gives up; a driver that comes later is closed. */
function unlessAborted(
  opened: VirResultAsync<OpenedDriver>,
  signal: AbortSignal | undefined,
): VirResultAsync<OpenedDriver> {
  if (signal === undefined) return opened
  return new ResultAsync(
    new Promise<VirResult<OpenedDriver>>((resolve) => {
      const giveUp = (): void => {
        resolve(err(aborted(signal.reason)))
        void opened.andTee(({ driver }) => safely(() => driver.connectClose()))
      }
      if (signal.aborted) {
        giveUp()
        return
      }
      signal.addEventListener('abort', giveUp)
      void opened.then((result) => {
        signal.removeEventListener('abort', giveUp)
        resolve(result)
        return result
      })
    }),
  )
}

function aborted(reason: unknown): VirError {
  return virError(ErrorNumber.OPERATION_ABORTED, ErrorDomain.NONE, 'opening was given up', {
    cause: reason,
  })
}
