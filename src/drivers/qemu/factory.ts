import { mkdir, realpath } from 'node:fs/promises'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import { ConnectFlags } from '../../constants/index.ts'
import { type DriverFactory, type HypervisorDriver, uriParameter } from '../../driver/index.ts'
import { checkFlags, ErrorDomain, type VirError, type VirResultAsync } from '../../errors/index.ts'
import { connectionDriver } from './driver.ts'
import { closeHost, type OpenHost, openHost } from './open-host.ts'
import { systemFailure } from './state/state-files.ts'

/** A root that this process has open, and how many connections share it. */
interface SharedRoot {
  readonly host: VirResultAsync<OpenHost>
  connections: number
}

/** The roots that this process has open, by their real paths. */
const roots = new Map<string, SharedRoot>()

/** The last closing of each root, which the next opening waits for. */
const closings = new Map<string, Promise<unknown>>()

/** Makes the driver behind `qemu:///embed?root=/abs/dir`. */
export function createQemuDriver(): DriverFactory {
  return {
    connectOpen: (uri, _auth, flags) => {
      // The other paths are those of a daemon, which is not ours to be.
      if (uri?.path !== '/embed') return okAsync(undefined)
      const checked = checkFlags(flags, ConnectFlags.RO, 'qemuConnectOpen', ErrorDomain.QEMU)
      if (checked.isErr()) return errAsync(checked.error)
      return uriParameter(uri, 'root').asyncAndThen(realFolder).andThen(openShared)
    },
  }
}

/** Makes the root when it is not there, and gives its one name. */
function realFolder(root: string): VirResultAsync<string> {
  const make = async (): Promise<string> => {
    await mkdir(root, { recursive: true, mode: 0o700 })
    return await realpath(root)
  }
  return ResultAsync.fromPromise(make(), systemFailure(`Failed to create root dir '${root}'`))
}

function openShared(root: string): VirResultAsync<HypervisorDriver> {
  const shared = roots.get(root) ?? openFirst(root)
  shared.connections += 1
  return shared.host
    .map(({ host }) => connectionDriver(host, () => release(root, shared)))
    .orTee(() => {
      shared.connections -= 1
      if (roots.get(root) === shared) roots.delete(root)
    })
}

function openFirst(root: string): SharedRoot {
  const before = closings.get(root) ?? Promise.resolve()
  const host = ResultAsync.fromSafePromise<unknown, VirError>(before).andThen(() => {
    closings.delete(root)
    return openHost(root)
  })
  const shared: SharedRoot = { host, connections: 0 }
  roots.set(root, shared)
  return shared
}

function release(root: string, shared: SharedRoot): VirResultAsync<void> {
  shared.connections -= 1
  if (shared.connections > 0) return okAsync(undefined)
  if (roots.get(root) === shared) roots.delete(root)
  const closing = shared.host.andThen(closeHost)
  closings.set(root, settledClosing(closing))
  return closing
}

/** Settles when the root is free again, however that went. */
async function settledClosing(closing: VirResultAsync<void>): Promise<void> {
  await closing
}
