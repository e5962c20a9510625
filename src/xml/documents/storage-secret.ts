/** Encryption of images and logins to network storage: both name secrets. @module */
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { Draft, ElementCodec } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { parseUuid } from '../uuid.ts'
import { oneOf, text } from '../values.ts'
import type { Value } from '../values.ts'
import type {
  StorageAuth,
  StorageAuthSecret,
  StorageEncryption,
  StorageEncryptionSecret,
} from './storage-source-def.ts'

/** Raises XML_ERROR of the storage code, which reads some parts of sources. */
export function storageError(detail: string): VirError {
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.STORAGE, detail)
}

function unsupportedStorage(detail: string): VirError {
  return virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.STORAGE, detail)
}

function lookupError(detail: string): VirError {
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.NONE, detail)
}

const secretUuid: Value<string> = {
  read: (raw) => parseUuid(raw) ?? lookupError(`invalid secret uuid '${raw}'`),
  write: (value) => value,
}

/** Either `uuid` or `usage`, checked before either is read; libvirt's `virSecretLookupParseSecret`. */
function checkLookup(secret: Draft<StorageAuthSecret>): VirError | undefined {
  if (secret.uuid !== undefined && secret.usage !== undefined) {
    return lookupError('either secret uuid or usage expected')
  }
  return secret.uuid === undefined && secret.usage === undefined
    ? lookupError('missing secret uuid or usage attribute')
    : undefined
}

const encryptionSecret = fieldsOf<StorageEncryptionSecret>()
const encryptionSecretCodec: ElementCodec<StorageEncryptionSecret> = element(
  [
    encryptionSecret.attribute(
      'type',
      'type',
      oneOf(['passphrase'], {
        error: (raw) => unsupportedStorage(`unknown volume encryption secret type ${raw}`),
      }),
      { required: () => storageError('unknown volume encryption secret type') },
    ),
    encryptionSecret.attribute('uuid', 'uuid', secretUuid),
    encryptionSecret.attribute('usage', 'usage', text),
  ],
  { check: checkLookup },
)

const encryption = fieldsOf<StorageEncryption>()

/** An `<encryption>`. */
export const storageEncryption: ElementCodec<StorageEncryption> = element(
  [
    encryption.attribute(
      'format',
      'format',
      oneOf(['default', 'qcow', 'luks', 'luks2', 'luks-any'], {
        error: (raw) => unsupportedStorage(`unknown volume encryption format type ${raw}`),
      }),
      { required: () => storageError('unknown volume encryption format') },
    ),
    encryption.attribute('engine', 'engine', oneOf(['qemu', 'librbd'])),
    encryption.list('secrets', 'secret', encryptionSecretCodec, { fallback: [] }),
    encryption.keep('cipher', 'ivgen'),
  ],
  { alwaysOpen: true },
)

const authSecret = fieldsOf<StorageAuthSecret>()
const authSecretCodec: ElementCodec<StorageAuthSecret> = element(
  [
    authSecret.attribute('type', 'type', text),
    authSecret.attribute('uuid', 'uuid', secretUuid),
    authSecret.attribute('usage', 'usage', text),
  ],
  { check: checkLookup },
)

const auth = fieldsOf<StorageAuth>()

/** An `<auth>`. */
export const storageAuth: ElementCodec<StorageAuth> = element([
  auth.keepAttributes('type'),
  auth.attribute('username', 'username', text, {
    required: () => storageError('missing username for auth'),
  }),
  auth.child('secret', 'secret', authSecretCodec, {
    required: () => storageError('Missing <secret> element in auth'),
  }),
])
