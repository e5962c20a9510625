/**
 * The secrets that images are opened with: those that the program was given, and those that the root holds in libvirt's form.
 *
 * @module
 */
import { createCipheriv, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import type { Secret } from '../../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../../errors/index.ts'
import type { ObjectOptions } from '../../../qmp/index.ts'
import { childElement, parseXml, textContent, type XmlElement } from '../../../xml/index.ts'
import type { QemuHost } from '../host-state.ts'
import { readTextFile } from '../state/state-files.ts'

/** Which secret is meant: by its UUID, or by what it is for. */
export interface SecretLookup {
  readonly uuid?: string
  readonly usage?: string
}

/**
 * Finds a secret.
 *
 * @errors NO_SECRET
 */
export function findSecret(host: QemuHost, lookup: SecretLookup): VirResultAsync<Uint8Array> {
  const { uuid, usage } = lookup
  const given = uuid === undefined ? host.secrets.byUsage(usage ?? '') : host.secrets.byUuid(uuid)
  if (given !== undefined) return okAsync(given.value)
  return storedSecrets(join(host.layout.root, 'etc/secrets')).andThen((secrets) => {
    const found = secrets.find((secret) =>
      uuid === undefined ? secret.usage === usage : secret.uuid === uuid,
    )
    return found === undefined ? errAsync(noSecret(lookup)) : okAsync(found.value)
  })
}

function noSecret({ uuid, usage }: SecretLookup): VirError {
  const detail =
    uuid === undefined
      ? `no secret with matching usage '${usage ?? ''}'`
      : `no secret with matching uuid '${uuid}'`
  return virError(ErrorNumber.NO_SECRET, ErrorDomain.SECRET, detail)
}

function storedSecrets(folder: string): VirResultAsync<readonly Secret[]> {
  return ResultAsync.fromSafePromise<string[], VirError>(readdir(folder).catch(() => [])).andThen(
    (names) =>
      ResultAsync.combine(
        names
          .filter((name) => name.endsWith('.xml'))
          .map((name) => storedSecret(folder, name.slice(0, -4))),
      ).map((secrets) => secrets.flat()),
  )
}

function storedSecret(folder: string, uuid: string): VirResultAsync<readonly Secret[]> {
  return readTextFile(join(folder, `${uuid}.xml`)).andThen((xml) =>
    readTextFile(join(folder, `${uuid}.base64`)).andThen((value) => {
      if (xml === undefined || value === undefined) return okAsync([])
      const document = parseXml(xml, {
        label: 'secret_definition',
        domain: ErrorDomain.SECRET,
        root: 'secret',
      })
      return document.asyncMap(async (secret) => {
        const usage = usageOf(secret)
        return [
          {
            uuid,
            ...(usage !== undefined && { usage }),
            value: Uint8Array.from(Buffer.from(value, 'base64')),
          },
        ]
      })
    }),
  )
}

/** `<usage type='volume'><volume>…`: the child has the name of the type, or is called `name` or `target`. */
function usageOf(secret: XmlElement): string | undefined {
  const usage = childElement(secret, 'usage')
  if (usage === undefined) return undefined
  const value = ['volume', 'name', 'target'].map((name) => childElement(usage, name)).find(Boolean)
  return value === undefined ? undefined : textContent(value)
}

/** The id of the object that holds the key of all other secrets. */
export const masterKeyId = 'masterKey0'

/**
 * Encrypts a secret for QEMU, so that nobody reads it off the command line or the monitor's log.
 *
 * @param masterKey - Absent for a QEMU that was started by somebody else: it has no key in common with us
 */
export function secretObject(
  id: string,
  value: Uint8Array,
  masterKey: Uint8Array | undefined,
): ObjectOptions & { readonly 'qom-type': 'secret' } {
  if (masterKey === undefined) {
    const data = Buffer.from(value).toString('base64')
    return { 'qom-type': 'secret', id, data, format: 'base64' }
  }
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', masterKey, iv)
  const data = Buffer.concat([cipher.update(value), cipher.final()])
  return {
    'qom-type': 'secret',
    id,
    data: data.toString('base64'),
    keyid: masterKeyId,
    iv: iv.toString('base64'),
    format: 'base64',
  }
}

/** The id of the secret of an image. */
export function encryptionSecretId(formatNode: string): string {
  return `${formatNode}-encryption-secret0`
}
