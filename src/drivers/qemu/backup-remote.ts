/**
 * A push that goes into an NBD export, as QEMU's `drive-backup` can: the export is there, has its size, and stays.
 *
 * @module
 */
import { err, ok, type Result, safeTry } from 'neverthrow'
import type { PlannedDisk } from '../../backup/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  virError,
} from '../../errors/index.ts'
import { type NbdUri, parseNbdUri } from '../../nbd/index.ts'
import type { BlockdevOptions, ObjectOptions, SocketAddress } from '../../qmp/index.ts'
import type { QemuHost } from './host-state.ts'

const defaultFolder = '/etc/pki/qemu'

/** How an export is opened. */
export interface RemoteTarget {
  readonly options: BlockdevOptions
  /** The object with the certificates, where the URI asks for TLS. */
  readonly credentials: ObjectOptions | undefined
}

/** The id of the object with the certificates for a node; libvirt's name for that of a disk. */
export function remoteCredentialsId(storageNode: string): string {
  return `obj${storageNode}_tls0`
}

/**
 * Says how the export of a disk is opened.
 *
 * @errors OPERATION_UNSUPPORTED for a format other than raw, INVALID_ARG for what is no NBD URI
 */
export function remoteTarget(
  host: QemuHost,
  { path, format }: PlannedDisk,
  storageNode: string,
): VirResult<RemoteTarget> {
  return safeTry(function* () {
    if (format !== 'raw') {
      const detail = `can't create storage format '${format}'`
      return err(virError(ErrorNumber.OPERATION_UNSUPPORTED, ErrorDomain.QEMU, detail))
    }
    const uri = yield* readUri(path)
    const { secure, exportName, tls } = uri
    const id = remoteCredentialsId(storageNode)
    const options = {
      driver: 'nbd',
      server: serverOf(uri),
      export: exportName,
      ...(secure && { 'tls-creds': id }),
      ...(tls.hostname !== undefined && { 'tls-hostname': tls.hostname }),
      'node-name': storageNode,
      'auto-read-only': true,
      discard: 'unmap',
    } as const
    const credentials = {
      'qom-type': 'tls-creds-x509',
      id,
      dir: tls.certificates ?? (yield* certificateFolder(host)),
      endpoint: 'client',
      'verify-peer': tls.verifyPeer ?? true,
    } as const
    return ok({ options, credentials: secure ? credentials : undefined })
  })
}

function readUri(path: string): Result<NbdUri, VirError> {
  return parseNbdUri(path).mapErr((cause) =>
    virError(ErrorNumber.INVALID_ARG, ErrorDomain.QEMU, cause.message, { cause }),
  )
}

function serverOf({ address }: NbdUri): SocketAddress {
  return 'path' in address
    ? { type: 'unix', path: address.path }
    : { type: 'inet', host: address.host, port: String(address.port) }
}

/** Where the certificates of NBD clients are, by `qemu.conf`. */
function certificateFolder({ settings }: QemuHost): VirResult<string> {
  return safeTry(function* () {
    const own = yield* settings.text('nbd_tls_x509_cert_dir')
    return ok(own ?? (yield* settings.text('default_tls_x509_cert_dir')) ?? defaultFolder)
  })
}
