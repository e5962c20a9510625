import { err, errAsync, ok, okAsync } from 'neverthrow'
import { ConnectFlags } from '../../constants/index.ts'
import type {
  ConnectAuth,
  ConnectUri,
  DriverFactory,
  HypervisorDriver,
} from '../../driver/index.ts'
import {
  checkFlags,
  ErrorDomain,
  ErrorNumber,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { buildDefaultWorld } from './build-world.ts'
import { connectionDriver } from './driver.ts'
import type { HostPort } from './host-port.ts'
import { loadNodeFile } from './node-file.ts'
import type { World } from './world.ts'

/** The world of `test:///default` and how many connections share it; it ends with the last of them. */
let shared: { readonly world: World; connections: number } | undefined

/**
 * Makes the driver behind `test:///default` and `test:///path/to/node.xml`.
 *
 * @param port - How it reaches the machine; without one, node files give OPERATION_UNSUPPORTED
 */
export function createTestDriver(port?: HostPort): DriverFactory {
  return {
    connectOpen: (uri, auth, flags) => {
      const checked = checkFlags(flags, ConnectFlags.RO, 'testConnectOpen', ErrorDomain.TEST)
      if (checked.isErr()) return errAsync(checked.error)
      const path = pathOf(uri)
      if (path.isErr()) return errAsync(path.error)
      return path.value === '/default'
        ? okAsync(openShared(port))
        : openFile(path.value, port, auth)
    },
  }
}

function pathOf(uri: ConnectUri | undefined): VirResult<string> {
  const path = uri?.path ?? ''
  return path === '' || path === '/'
    ? err(
        virError(
          ErrorNumber.INVALID_ARG,
          ErrorDomain.TEST,
          'testOpen: supply a path or use test:///default',
        ),
      )
    : ok(path)
}

function openShared(port: HostPort | undefined): HypervisorDriver {
  shared ??= { world: buildDefaultWorld(port), connections: 0 }
  const entry = shared
  entry.connections += 1
  return connectionDriver(entry.world, () => {
    entry.connections -= 1
    if (entry.connections === 0 && shared === entry) shared = undefined
  })
}

function openFile(
  path: string,
  port: HostPort | undefined,
  auth: ConnectAuth | undefined,
): VirResultAsync<HypervisorDriver> {
  if (port === undefined) {
    return errAsync(
      virError(
        ErrorNumber.OPERATION_UNSUPPORTED,
        ErrorDomain.TEST,
        `node file '${path}' cannot be read here`,
      ),
    )
  }
  return loadNodeFile(path, port, auth).map((world) => connectionDriver(world, () => undefined))
}
