import { errAsync, ok, okAsync, safeTry } from 'neverthrow'
import {
  Errno,
  ErrorDomain,
  ErrorNumber,
  strerror,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import type { NbdServerTls } from '../../nbd/in-process.ts'
import type { World } from './world.ts'

/** The settings of a hypervisor, named as in libvirt's qemu.conf. */
export interface HypervisorConfig {
  /** Folder with `ca-cert.pem`, `server-cert.pem` and `server-key.pem`; `/etc/pki/qemu` when absent, none when empty. */
  readonly backup_tls_x509_cert_dir?: string
  /** Whether clients must show a certificate; true when absent. */
  readonly backup_tls_x509_verify?: boolean
  /** The secret that opens `server-key.pem`. */
  readonly backup_tls_x509_secret_uuid?: string
}

const defaultFolder = '/etc/pki/qemu'

/**
 * Reads the certificate of the NBD server, as QEMU's `tls-creds-x509` does.
 *
 * @errors OPERATION_INVALID when no folder is set; INTERNAL_ERROR for a file that cannot be read; NO_SECRET
 */
export function readTlsFiles(world: World): VirResultAsync<NbdServerTls> {
  const { config, port, semantics } = world
  const folder = config.backup_tls_x509_cert_dir ?? defaultFolder
  if (folder === '') {
    const detail = 'backup TLS directory not configured'
    return errAsync(virError(ErrorNumber.OPERATION_INVALID, semantics.errorDomain, detail))
  }
  const read = (file: string): VirResultAsync<string> => {
    const path = `${folder}/${file}`
    if (port === undefined) return errAsync(unreadable(world, path, Errno.ENOENT))
    return port
      .readFile(path)
      .map((bytes) => new TextDecoder().decode(bytes))
      .mapErr((error) => unreadable(world, path, errnoFrom(error)))
  }
  return safeTry(async function* () {
    const ca = yield* read('ca-cert.pem')
    const cert = yield* read('server-cert.pem')
    const key = yield* read('server-key.pem')
    const passphrase = yield* passphraseOf(world)
    return ok({
      ca,
      cert,
      key,
      verifyClient: config.backup_tls_x509_verify ?? true,
      ...(passphrase !== undefined && { passphrase }),
    })
  })
}

function passphraseOf({ config, secrets }: World): VirResultAsync<string | undefined> {
  const uuid = config.backup_tls_x509_secret_uuid
  if (uuid === undefined) return okAsync(undefined)
  const secret = secrets.byUuid(uuid)
  return secret === undefined
    ? errAsync(noSecret(uuid))
    : okAsync(new TextDecoder().decode(secret.value))
}

function noSecret(uuid: string): VirError {
  const detail = `no secret with matching uuid '${uuid}'`
  return virError(ErrorNumber.NO_SECRET, ErrorDomain.SECRET, detail)
}

function unreadable({ semantics }: World, path: string, errno: Errno): VirError {
  return virError(
    ErrorNumber.INTERNAL_ERROR,
    semantics.errorDomain,
    `unable to execute QEMU command 'object-add': Unable to access credentials ${path}: ${strerror(errno)}`,
  )
}

/** The errno of a SYSTEM_ERROR. */
function errnoFrom({ int1 }: VirError): Errno {
  return Object.values(Errno).find((errno) => errno === int1) ?? Errno.EIO
}
