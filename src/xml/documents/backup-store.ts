/** `<target>` and `<scratch>` of a backup's disk. @module */
import { err, ok, Result, safeTry } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError, VirResult, VirSteps } from '../../errors/index.ts'
import { addElement, addTree } from '../builder.ts'
import type { XmlTarget } from '../builder.ts'
import { childElement, childElements, textContent } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { parseUnsignedUpTo } from '../integer.ts'
import { invalidAttribute, readYesNo } from '../attribute.ts'
import type {
  BackupCipher,
  BackupEncryption,
  BackupIvgen,
  BackupStore,
  BackupStorePrivateData,
} from './backup-def.ts'
import type { SecurityLabel, StorageEncryptionSecret } from './storage-source-def.ts'

/** Reads a store; gives nothing for one without a path, which libvirt writes nothing of. */
export function readStore(
  element: XmlElement,
  type: 'file' | 'block',
): VirResult<BackupStore | undefined> {
  return safeTry(() => storeSteps(element, type))
}

function* storeSteps(
  element: XmlElement,
  type: 'file' | 'block',
): VirSteps<BackupStore | undefined> {
  const path = element.attributes.get(type === 'file' ? 'file' : 'dev')
  if (path === undefined) return ok(undefined)
  const encryptionElement = childElement(element, 'encryption')
  const encryption = encryptionElement && (yield* readEncryption(encryptionElement))
  const seclabels = yield* Result.combine(childElements(element, 'seclabel').map(readSecurityLabel))
  const data = childElement(element, 'privateData')
  return ok({
    path,
    ...(encryption && { encryption }),
    ...(seclabels.length > 0 && { seclabels }),
    ...(data && { privateData: readStorePrivateData(data) }),
  })
}

function readSecurityLabel(element: XmlElement): VirResult<SecurityLabel> {
  return safeTry(() => labelSteps(element))
}

function* labelSteps(element: XmlElement): VirSteps<SecurityLabel> {
  const model = element.attributes.get('model')
  const label = childElement(element, 'label')
  const relabel = yield* readYesNo(element, 'relabel')
  const labelSkip = yield* readYesNo(element, 'labelskip')
  return ok({
    ...(model !== undefined && { model }),
    ...(labelSkip === true ? { labelSkip } : { relabel: relabel ?? true }),
    ...(label && { label: textContent(label) }),
  })
}

function readEncryption(element: XmlElement): VirResult<BackupEncryption> {
  return safeTry(() => encryptionSteps(element))
}

function* encryptionSteps(element: XmlElement): VirSteps<BackupEncryption> {
  const { attributes } = element
  const format = attributes.get('format') ?? ''
  if (format !== 'luks') return err(unsupported(`unknown volume encryption format type ${format}`))
  const engine = attributes.get('engine')
  if (engine !== undefined && engine !== 'qemu') {
    return err(invalidAttribute(element, 'engine', engine))
  }
  const secrets = yield* Result.combine(childElements(element, 'secret').map(readSecret))
  const cipherElement = childElement(element, 'cipher')
  const cipher = cipherElement && (yield* readCipher(cipherElement))
  const ivgen = childElement(element, 'ivgen')
  return ok({
    format,
    ...(engine !== undefined && { engine }),
    secrets,
    ...(cipher && { cipher }),
    ...(ivgen && { ivgen: readIvgen(ivgen) }),
  })
}

function unsupported(detail: string): VirError {
  return virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.STORAGE, detail)
}

function readSecret(element: XmlElement): VirResult<StorageEncryptionSecret> {
  const { attributes } = element
  const type = attributes.get('type') ?? ''
  if (type !== 'passphrase')
    return err(unsupported(`unknown volume encryption secret type ${type}`))
  const usage = attributes.get('usage')
  const uuid = attributes.get('uuid')
  if (uuid === undefined) return ok({ type, ...(usage !== undefined && { usage }) })
  const digits = uuid.replaceAll('-', '').toLowerCase()
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(digits)
  if (parts === null) {
    return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.SECRET, `invalid secret uuid '${uuid}'`))
  }
  return ok({ type, uuid: parts.slice(1).join('-') })
}

function readCipher({ attributes }: XmlElement): VirResult<BackupCipher> {
  const text = attributes.get('size') ?? ''
  const size = parseUnsignedUpTo(text, 0xffff_ffff)
  if (size === undefined) {
    const detail = `cannot parse volume encryption cipher size: '${text}'`
    return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.STORAGE, detail))
  }
  const mode = attributes.get('mode')
  const hash = attributes.get('hash')
  return ok({
    name: attributes.get('name') ?? '',
    size,
    ...(mode !== undefined && { mode }),
    ...(hash !== undefined && { hash }),
  })
}

function readIvgen({ attributes }: XmlElement): BackupIvgen {
  const hash = attributes.get('hash')
  return { name: attributes.get('name') ?? '', ...(hash !== undefined && { hash }) }
}

function readStorePrivateData(element: XmlElement): BackupStorePrivateData {
  const names = childElement(element, 'nodenames')
  const nodeNames = names && childElements(names, 'nodename').map(readNodeName)
  const others = childElements(element).filter((child) => child !== names)
  return { ...(nodeNames && { nodeNames }), ...(others.length > 0 && { others }) }
}

function readNodeName({ attributes }: XmlElement): { type: string; name: string } {
  return { type: attributes.get('type') ?? '', name: attributes.get('name') ?? '' }
}

/** Writes a store below its disk. */
export function writeStore(
  disk: XmlTarget,
  name: 'target' | 'scratch',
  type: 'file' | 'block',
  store: BackupStore,
  internal: boolean,
): void {
  const target = addElement(disk, name, { [type === 'file' ? 'file' : 'dev']: store.path })
  for (const label of store.seclabels ?? []) writeSecurityLabel(target, label)
  if (store.encryption !== undefined) writeEncryption(target, store.encryption)
  if (internal && store.privateData !== undefined) writePrivateData(target, store.privateData)
}

function writeSecurityLabel(parent: XmlTarget, seclabel: SecurityLabel): void {
  const { model, label } = seclabel
  const target = addElement(parent, 'seclabel', {
    model,
    ...(seclabel.labelSkip === true
      ? { labelskip: 'yes' }
      : { relabel: seclabel.relabel === false ? 'no' : 'yes' }),
  })
  if (label !== undefined) addElement(target, 'label', undefined, label)
}

function writeEncryption(parent: XmlTarget, encryption: BackupEncryption): void {
  const { format, engine, secrets, cipher, ivgen } = encryption
  const target = addElement(parent, 'encryption', { format, engine })
  for (const { type, uuid, usage } of secrets) addElement(target, 'secret', { type, uuid, usage })
  if (cipher !== undefined) addElement(target, 'cipher', { ...cipher })
  if (ivgen !== undefined) addElement(target, 'ivgen', { ...ivgen })
}

function writePrivateData(parent: XmlTarget, { nodeNames, others }: BackupStorePrivateData): void {
  const target = addElement(parent, 'privateData')
  if (nodeNames !== undefined) {
    const names = addElement(target, 'nodenames')
    for (const { type, name } of nodeNames) addElement(names, 'nodename', { type, name })
  }
  for (const other of others ?? []) addTree(target, other)
}
