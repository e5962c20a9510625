/**
 * QEMU's NBD server, while a pull backup has it.
 *
 * @see libvirt 9.0.0, `qemuBackupBeginPullExportDisks` and `qemuBackupBeginPrepareTLS` in src/qemu/qemu_backup.c
 * @module
 */
import { createServer } from 'node:net'
import { err, ok, okAsync, type Result, ResultAsync, safeTry } from 'neverthrow'
import type { BackupDiskJob } from '../../backup/index.ts'
import { operationInvalid } from '../../driver/index.ts'
import type { VirError, VirResult, VirResultAsync } from '../../errors/index.ts'
import {
  blockExportAdd,
  nbdServerStart,
  nbdServerStop,
  objectAdd,
  objectDel,
  type QmpClient,
  type SocketAddressLegacy,
} from '../../qmp/index.ts'
import type { BackupServer } from '../../xml/index.ts'
import type { QemuHost } from './host-state.ts'
import { qemuOrigin } from './origin.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'
import { systemFailure } from './state/state-files.ts'
import { findSecret, secretObject } from './storage/secrets.ts'

/** The ids of the objects that a server with TLS needs; libvirt's names for them. */
export const tlsObjects = {
  credentials: 'objlibvirt_backup_tls0',
  keySecret: 'libvirt_backup-tls-secret0',
} as const

const defaultFolder = '/etc/pki/qemu'

/** How TLS is set up in `qemu.conf`. */
interface TlsSettings {
  readonly folder: string
  readonly verifyClient: boolean
  readonly secret: string | undefined
}

function tlsSettings({ settings }: QemuHost): VirResult<TlsSettings> {
  return safeTry(function* () {
    const common = (yield* settings.text('default_tls_x509_cert_dir')) ?? defaultFolder
    const folder = (yield* settings.text('backup_tls_x509_cert_dir')) ?? common
    const verify =
      (yield* settings.flag('backup_tls_x509_verify')) ??
      (yield* settings.flag('default_tls_x509_verify')) ??
      true
    const secret =
      (yield* settings.text('backup_tls_x509_secret_uuid')) ??
      (yield* settings.text('default_tls_x509_secret_uuid'))
    return ok({ folder, verifyClient: verify, secret })
  })
}

/**
 * Looks whether the settings allow for a server.
 *
 * @errors OPERATION_INVALID when TLS is asked for and has no folder
 */
export function checkBackupServer(host: QemuHost, { tls }: BackupServer): VirResult<void> {
  if (tls !== true) return ok(undefined)
  return tlsSettings(host).andThen(({ folder }) =>
    folder === ''
      ? err(operationInvalid(qemuOrigin, 'backup TLS directory not configured'))
      : ok(undefined),
  )
}

/** How often a free port is looked for: somebody else may take it before QEMU does. */
const portAttempts = 5

/**
 * Starts the server; nothing remains on error.
 *
 * @returns How it is reached: with the port that was found, where none was asked for
 */
export function startBackupServer(
  host: QemuHost,
  running: RunningQemu,
  server: BackupServer,
): VirResultAsync<BackupServer> {
  const tls = server.tls === true ? addTlsObjects(host, running) : okAsync(undefined)
  return tls.andThen(() =>
    new ResultAsync(startSomewhere(running.monitor, server)).orElse((error) =>
      removeTlsObjects(running.monitor, server).andThen(() => err(error)),
    ),
  )
}

async function startSomewhere(
  monitor: QmpClient,
  server: BackupServer,
): Promise<Result<BackupServer, VirError>> {
  if (server.transport === 'unix' || server.port !== undefined) {
    return await startAt(monitor, server)
  }
  let started: Result<BackupServer, VirError> = ok(server)
  for (let attempt = 0; attempt < portAttempts; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each attempt after the last one failed
    const port = await freePort(server.name ?? 'localhost')
    if (port.isErr()) return err(port.error)
    // oxlint-disable-next-line no-await-in-loop -- likewise
    started = await startAt(monitor, { ...server, port: port.value })
    if (started.isOk()) break
  }
  return started
}

function startAt(monitor: QmpClient, server: BackupServer): VirResultAsync<BackupServer> {
  const start = {
    addr: addressOf(server),
    ...(server.tls === true && { 'tls-creds': tlsObjects.credentials }),
  }
  return monitored(monitor.execute(nbdServerStart, start)).map(() => server)
}

function addressOf({ transport, socket = '', name, port }: BackupServer): SocketAddressLegacy {
  return transport === 'unix'
    ? { type: 'unix', data: { path: socket } }
    : { type: 'inet', data: { host: name ?? 'localhost', port: String(port ?? 0) } }
}

/** Finds a port that is free: QEMU would take one by itself, and tell nobody which. */
function freePort(host: string): VirResultAsync<number> {
  return ResultAsync.fromPromise(
    new Promise<number>((resolve, reject) => {
      const probe = createServer()
      probe.once('error', reject)
      probe.listen({ host, port: 0 }, () => {
        const address = probe.address()
        probe.close(() => {
          resolve(typeof address === 'object' && address !== null ? address.port : 0)
        })
      })
    }),
    systemFailure(`Failed to find an available port on '${host}'`),
  )
}

function addTlsObjects(host: QemuHost, running: RunningQemu): VirResultAsync<void> {
  const { monitor } = running
  return safeTry(async function* () {
    const { folder, verifyClient, secret } = yield* tlsSettings(host)
    if (secret !== undefined) yield* addKeySecret(host, running, secret)
    const credentials = {
      'qom-type': 'tls-creds-x509' as const,
      id: tlsObjects.credentials,
      dir: folder,
      endpoint: 'server' as const,
      'verify-peer': verifyClient,
      ...(secret !== undefined && { passwordid: tlsObjects.keySecret }),
    }
    const added = await monitored(monitor.execute(objectAdd, credentials))
    if (added.isOk()) return ok(undefined)
    if (secret !== undefined) await monitor.execute(objectDel, { id: tlsObjects.keySecret })
    return err(added.error)
  })
}

function addKeySecret(
  host: QemuHost,
  { monitor, masterKey }: RunningQemu,
  uuid: string,
): VirResultAsync<void> {
  return findSecret(host, { uuid })
    .andThen((value) =>
      monitored(monitor.execute(objectAdd, secretObject(tlsObjects.keySecret, value, masterKey))),
    )
    .map(() => undefined)
}

function removeTlsObjects(monitor: QmpClient, { tls }: BackupServer): VirResultAsync<void> {
  return tls === true ? ResultAsync.fromSafePromise(deleteTlsObjects(monitor)) : okAsync(undefined)
}

async function deleteTlsObjects(monitor: QmpClient): Promise<void> {
  await monitor.execute(objectDel, { id: tlsObjects.credentials })
  await monitor.execute(objectDel, { id: tlsObjects.keySecret })
}

/** Stops the server and takes its objects away; one that does not run is no error, as its second disk ends it again. */
export async function stopBackupServer(monitor: QmpClient, server: BackupServer): Promise<void> {
  await monitor.execute(nbdServerStop, {})
  await removeTlsObjects(monitor, server)
}

/** Offers the disks, in their order; the first that is refused ends it. */
export function exportDisks(
  monitor: QmpClient,
  disks: readonly BackupDiskJob[],
): VirResultAsync<void> {
  return safeTry(async function* () {
    for (const { exportName, store, bitmap } of disks) {
      const options = {
        type: 'nbd' as const,
        id: exportId(store.node),
        'node-name': store.node,
        writable: false,
        name: exportName,
        ...(bitmap !== undefined && { bitmaps: [bitmap] }),
      }
      yield* monitored(monitor.execute(blockExportAdd, options))
    }
    return ok(undefined)
  })
}

/** The id of the export of a store. */
export function exportId(node: string): string {
  return `libvirt-nbd-${node}`
}
