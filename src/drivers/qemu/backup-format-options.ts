/**
 * How the images of backups are formatted and opened.
 *
 * @see libvirt 9.0.0, `qemuBlockStorageSourceCreateGetFormatProps` in src/qemu/qemu_block.c
 * @module
 */
import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, type VirResult, virError } from '../../errors/index.ts'
import type {
  BlockdevCreateOptions,
  BlockdevOptions,
  QCryptoBlockCreateOptionsLUKS,
  QCryptoCipherAlgorithm,
  QCryptoHashAlgorithm,
} from '../../qmp/index.ts'
import type { BackupEncryption } from '../../xml/index.ts'
import { configUnsupported } from './defaults/config-unsupported.ts'

/** An image that is to be made. */
export interface NewImage {
  readonly format: string
  /** The node that is formatted. */
  readonly file: string
  /** Bytes that the guest sees. */
  readonly size: number
  /** Of a source that is qcow2. */
  readonly clusterSize: number | undefined
  readonly extendedL2: boolean
  /** What the image says is below it. */
  readonly backing: { readonly path: string; readonly format: 'raw' | 'qcow2' } | undefined
  readonly encryption: BackupEncryption | undefined
  /** The id of the secret that it is encrypted with. */
  readonly secret: string
}

/**
 * Says how a node is formatted; a raw image needs nothing, but for its encryption.
 *
 * @errors OPERATION_UNSUPPORTED for a format that QEMU cannot make
 */
export function formatOptions(image: NewImage): VirResult<BlockdevCreateOptions | undefined> {
  const { format, file, size, backing, encryption } = image
  const below = backing === undefined ? {} : { 'backing-file': backing.path }
  const belowWithFormat = backing === undefined ? {} : { ...below, 'backing-fmt': backing.format }
  switch (format) {
    case 'raw':
      return encryption === undefined
        ? ok(undefined)
        : luksSettings(encryption, image.secret).map((luks) => ({
            driver: 'luks',
            file,
            size,
            ...luks,
          }))
    case 'qcow2':
      return qcow2Options(image, belowWithFormat)
    case 'qed':
      return ok({ driver: 'qed', file, size, ...belowWithFormat })
    case 'qcow':
    case 'vmdk':
      return ok({ driver: format, file, size, ...below })
    case 'vdi':
    case 'vpc':
      return ok({ driver: format, file, size })
    default: {
      const detail = `can't create storage format '${format}'`
      return err(virError(ErrorNumber.OPERATION_UNSUPPORTED, ErrorDomain.QEMU, detail))
    }
  }
}

function qcow2Options(
  { file, size, clusterSize, extendedL2, encryption, secret }: NewImage,
  below: { readonly 'backing-file'?: string; readonly 'backing-fmt'?: 'raw' | 'qcow2' },
): VirResult<BlockdevCreateOptions> {
  const options = {
    driver: 'qcow2',
    file,
    size,
    ...(clusterSize !== undefined && { 'cluster-size': clusterSize }),
    ...(extendedL2 && { 'extended-l2': true }),
    ...below,
  } as const
  if (encryption === undefined) return ok(options)
  return luksSettings(encryption, secret).map((luks) => ({
    ...options,
    encrypt: { format: 'luks', ...luks },
  }))
}

const ciphers: readonly QCryptoCipherAlgorithm[] = [
  'aes-128',
  'aes-192',
  'aes-256',
  'des',
  '3des',
  'cast5-128',
  'serpent-128',
  'serpent-192',
  'serpent-256',
  'twofish-128',
  'twofish-192',
  'twofish-256',
]
const modes = ['ecb', 'cbc', 'xts', 'ctr'] as const
const hashes: readonly QCryptoHashAlgorithm[] = [
  'md5',
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'ripemd160',
]
const generators = ['plain', 'plain64', 'essiv'] as const

function luksSettings(
  { cipher, ivgen }: BackupEncryption,
  secret: string,
): VirResult<QCryptoBlockCreateOptionsLUKS> {
  const cipherName =
    cipher && (cipher.name.includes('des') ? cipher.name : `${cipher.name}-${cipher.size}`)
  const algorithm = ciphers.find((each) => each === cipherName)
  const mode = modes.find((each) => each === cipher?.mode)
  const hash = hashes.find((each) => each === cipher?.hash)
  const generator = generators.find((each) => each === ivgen?.name)
  const generatorHash = hashes.find((each) => each === ivgen?.hash)
  const unknown = [
    [cipherName, algorithm],
    [cipher?.mode, mode],
    [cipher?.hash, hash],
    [ivgen?.name, generator],
    [ivgen?.hash, generatorHash],
  ].find(([asked, known]) => asked !== undefined && known === undefined)
  if (unknown !== undefined) {
    return err(configUnsupported(`encryption setting '${unknown[0]}' is not supported by QEMU`))
  }
  return ok({
    'key-secret': secret,
    ...(algorithm !== undefined && { 'cipher-alg': algorithm }),
    ...(mode !== undefined && { 'cipher-mode': mode }),
    ...(hash !== undefined && { 'hash-alg': hash }),
    ...(generator !== undefined && { 'ivgen-alg': generator }),
    ...(generatorHash !== undefined && { 'ivgen-hash-alg': generatorHash }),
  })
}

/** An image that is there. */
export interface StoredImage {
  readonly format: string
  readonly node: string
  /** The node of the file. */
  readonly file: string
  /** The node below; `null` where there is none. */
  readonly backing: string | null
  readonly isEncrypted: boolean
  /** The id of the secret that it is encrypted with. */
  readonly secret: string
}

/**
 * Says how the node of a target or scratch image is opened.
 *
 * @errors OPERATION_UNSUPPORTED for a format that QEMU cannot write
 */
export function formatNodeOptions(image: StoredImage): VirResult<BlockdevOptions> {
  const { format, node, file, backing, isEncrypted, secret } = image
  const common = { 'node-name': node, 'read-only': false, file } as const
  switch (format) {
    case 'raw':
      return ok(
        isEncrypted
          ? { ...common, driver: 'luks', 'key-secret': secret }
          : { ...common, driver: 'raw' },
      )
    case 'qcow2':
      return ok({
        ...common,
        driver: 'qcow2',
        ...(isEncrypted && { encrypt: { format: 'luks', 'key-secret': secret } }),
        backing,
      })
    case 'qcow':
    case 'qed':
    case 'vmdk':
      return ok({ ...common, driver: format, backing })
    case 'vdi':
    case 'vpc':
    case 'dmg':
    case 'bochs':
    case 'cloop':
      return ok({ ...common, driver: format })
    default: {
      const detail = `storage format '${format}' is not supported by QEMU`
      return err(virError(ErrorNumber.OPERATION_UNSUPPORTED, ErrorDomain.QEMU, detail))
    }
  }
}
