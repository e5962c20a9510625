/**
 * The NBD server of a pull backup.
 *
 * @module
 */
import { ok, safeTry } from 'neverthrow'
import {
  Errno,
  ErrorNumber,
  errnoOf,
  strerror,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { type NbdExport, NbdServer, type NbdServerTls } from '../../nbd/in-process.ts'
import type { BackupServer } from '../../xml/index.ts'
import { readTlsFiles } from './tls-files.ts'
import type { World } from './world.ts'

/** A server that is up, with the address under which it is reached. */
export interface PullServer {
  /** The element that describes it; with the port that was taken, where none was asked for. */
  readonly server: BackupServer
  /** What is served, by export name; also for readers in the same process. */
  readonly exports: () => readonly NbdExport[]
  /** Offers a disk. */
  addExport(source: NbdExport): VirResult<void>
  /** Disconnects all clients and stops listening. */
  close(): void
}

/**
 * Lets a server listen where a backup document says. It has no exports yet, so nobody can read anything.
 *
 * Where there is no machine, as in a browser, nothing listens, and exports can only be read in process.
 *
 * @errors INTERNAL_ERROR in the words of QEMU's `nbd-server-start`
 */
export function startPullServer(world: World, server: BackupServer): VirResultAsync<PullServer> {
  return safeTry(async function* () {
    const tls = server.tls === true ? yield* readTlsFiles(world) : undefined
    const nbd = yield* createServer(world, tls)
    if (world.port === undefined) return ok(pullServer(world, nbd, server))
    const port = yield* listen(world, nbd, server)
    return ok(pullServer(world, nbd, port === undefined ? server : { ...server, port }))
  })
}

function createServer(world: World, tls: NbdServerTls | undefined): VirResult<NbdServer> {
  return NbdServer.create({ ...(tls !== undefined && { tls }) }).mapErr((cause) =>
    refused(world, 'nbd-server-start', cause.message, cause),
  )
}

/** Listens, and gives the port that was taken; none for a Unix socket. */
function listen(
  world: World,
  nbd: NbdServer,
  server: BackupServer,
): VirResultAsync<number | undefined> {
  const { transport, socket = '', name, port = 0 } = server
  const address =
    transport === 'unix' ? { path: socket } : { ...(name !== undefined && { host: name }), port }
  return nbd
    .listen(address)
    .map((taken) => ('port' in taken ? taken.port : undefined))
    .mapErr((cause) =>
      refused(world, 'nbd-server-start', listenProblem(server, cause.cause), cause),
    )
}

function listenProblem(server: BackupServer, cause: unknown): string {
  const errno = errnoOf(cause)
  if (server.transport === 'unix') {
    const path = server.socket ?? ''
    return errno === Errno.ENAMETOOLONG
      ? `UNIX socket path '${path}' is too long`
      : `Failed to bind socket to ${path}: ${strerror(errno)}`
  }
  if (isUnknownHost(cause)) {
    const address = `${server.name ?? ''}:${server.port ?? 0}`
    return `address resolution failed for ${address}: Name or service not known`
  }
  const what = errno === Errno.EADDRNOTAVAIL ? 'bind socket' : 'find an available port'
  return `Failed to ${what}: ${strerror(errno)}`
}

function isUnknownHost(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOTFOUND'
}

function pullServer(world: World, nbd: NbdServer, server: BackupServer): PullServer {
  return {
    server,
    exports: () => nbd.exports,
    addExport: (source) =>
      nbd.addExport(source).mapErr((cause) => {
        const detail = `NBD server already has export named '${source.name}'`
        return refused(world, 'block-export-add', detail, cause)
      }),
    close: () => {
      void nbd.close()
    },
  }
}

/** libvirt's words for a command that QEMU refuses. */
function refused(world: World, command: string, reason: string, cause: unknown): VirError {
  return virError(
    ErrorNumber.INTERNAL_ERROR,
    world.semantics.errorDomain,
    `unable to execute QEMU command '${command}': ${reason}`,
    { cause },
  )
}
