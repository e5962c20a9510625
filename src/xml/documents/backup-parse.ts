import { err, ok, Result, safeTry } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError, VirResult, VirSteps } from '../../errors/index.ts'
import { invalidAttribute, missingAttribute, readYesNo } from '../attribute.ts'
import { childElement, childElements, parseXml, textContent } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { parseUnsignedUpTo } from '../integer.ts'
import { requiredElement } from '../required.ts'
import type {
  BackupDiskState,
  BackupServer,
  DomainBackupDef,
  DomainBackupDiskDef,
} from './backup-def.ts'
import { checkDomainBackup } from './backup-schema.ts'
import { readStore } from './backup-store.ts'

/** How a `<domainbackup>` document is read. */
export interface ParseDomainBackupOptions {
  /** The document is of a status file: it is not validated, and may hold states and private data. */
  readonly internal?: boolean
}

/**
 * Reads a `<domainbackup>` document; libvirt's `virDomainBackupDefParseString`.
 *
 * A listed disk may leave out its type and its target, also where libvirt 9.0's schema does not let it.
 *
 * @errors `XML_DETAIL` for malformed text, `XML_INVALID_SCHEMA` for what the schema refuses, `XML_ERROR` and
 * `CONFIG_UNSUPPORTED` for what is left, `INVALID_ARG` for a port above 65535
 * @see domainbackup.rng of libvirt 9.0.0
 */
export function parseDomainBackup(
  text: string,
  options: ParseDomainBackupOptions = {},
): VirResult<DomainBackupDef> {
  return parseXml(text, {
    label: 'domain_backup',
    domain: ErrorDomain.DOMAIN,
    root: 'domainbackup',
  }).andThen((root) => readDomainBackup(root, options))
}

/** Reads a `<domainbackup>` element, such as one of a status document. */
export function readDomainBackup(
  root: XmlElement,
  options: ParseDomainBackupOptions = {},
): VirResult<DomainBackupDef> {
  const wrong = requiredElement('readDomainBackup', root)
  if (wrong !== undefined) return err(wrong)
  return safeTry(() => backupSteps(root, options))
}

function* backupSteps(
  root: XmlElement,
  options: ParseDomainBackupOptions,
): VirSteps<DomainBackupDef> {
  const internal = options.internal === true
  if (!internal) yield* checkDomainBackup(root)
  const mode = yield* readMode(root.attributes.get('mode') ?? 'push')
  const incrementalElement = childElement(root, 'incremental')
  const incremental = incrementalElement && textContent(incrementalElement)
  const serverElement = childElement(root, 'server')
  if (serverElement !== undefined && mode === 'push') {
    return err(unsupported('use of <server> requires pull mode backup'))
  }
  const server = serverElement && (yield* readServer(serverElement))
  const list = childElement(root, 'disks')
  const disks = list && (yield* readDisks(list, mode, internal))
  const privateData = internal ? readPrivateData(root) : undefined
  return ok({
    mode,
    ...(incremental !== undefined && incremental !== '' && { incremental }),
    ...(server && { server }),
    ...(disks && { disks }),
    ...(privateData && { privateData }),
  })
}

function readMode(text: string): VirResult<'push' | 'pull'> {
  if (text === 'push' || text === 'pull') return ok(text)
  return err(unsupported(`unknown backup mode '${text}'`))
}

function readServer(element: XmlElement): VirResult<BackupServer> {
  return safeTry(() => serverSteps(element))
}

function* serverSteps(element: XmlElement): VirSteps<BackupServer> {
  const { attributes } = element
  const transport = attributes.get('transport') ?? 'tcp'
  const socket = attributes.get('socket')
  const name = attributes.get('name')
  if (transport === 'rdma') return err(unsupported('transport rdma is not supported for <server>'))
  if (transport !== 'tcp' && transport !== 'unix') {
    return err(unsupported(`unknown protocol transport type '${transport}'`))
  }
  yield* checkAddress(transport, name, socket)
  const tls = yield* readYesNo(element, 'tls')
  const port = transport === 'tcp' ? yield* readPort(attributes.get('port')) : undefined
  return ok({
    transport,
    ...(tls !== undefined && { tls }),
    ...(transport === 'tcp' && name !== undefined && { name }),
    ...(port !== undefined && { port }),
    ...(transport === 'unix' && socket !== undefined && { socket }),
  })
}

function checkAddress(transport: 'tcp' | 'unix', name?: string, socket?: string): VirResult<void> {
  if (transport === 'tcp') {
    if (socket !== undefined) {
      return err(xmlError(`transport '${transport}' does not support socket attribute`))
    }
    return name === undefined ? err(xmlError('missing name for host')) : ok()
  }
  if (socket === undefined) return err(xmlError('missing socket for unix transport'))
  if (!socket.startsWith('/'))
    return err(xmlError(`backup socket path '${socket}' must be absolute`))
  return ok()
}

function readPort(text: string | undefined): VirResult<number | undefined> {
  if (text === undefined) return ok(undefined)
  const port = parseUnsignedUpTo(text, 0xffff_ffff)
  if (port === undefined) return err(invalidPort(`failed to parse port number '${text}'`))
  if (port > 0xffff) return err(invalidPort(`port '${text}' out of range`))
  // libvirt takes 0 for absence.
  return ok(port === 0 ? undefined : port)
}

function invalidPort(detail: string): VirError {
  return virError(ErrorNumber.INVALID_ARG, ErrorDomain.NONE, detail)
}

function readDisks(
  list: XmlElement,
  mode: 'push' | 'pull',
  internal: boolean,
): VirResult<DomainBackupDiskDef[]> {
  return Result.combine(childElements(list).map((disk) => readDisk(disk, mode, internal)))
}

function readDisk(
  element: XmlElement,
  mode: 'push' | 'pull',
  internal: boolean,
): VirResult<DomainBackupDiskDef> {
  return safeTry(() => diskSteps(element, mode, internal))
}

function* diskSteps(
  element: XmlElement,
  mode: 'push' | 'pull',
  internal: boolean,
): VirSteps<DomainBackupDiskDef> {
  const { attributes } = element
  const name = attributes.get('name')
  if (name === undefined) return err(xmlError('missing name from disk backup element'))
  const backup = (yield* readYesNo(element, 'backup')) ?? true
  if (!backup) return ok({ name, backup })
  const status = internal ? yield* readStatus(element) : {}
  const type = yield* readType(attributes.get('type'))
  const backupMode = yield* readBackupMode(element)
  const incremental = attributes.get('incremental')
  const exportName = mode === 'pull' ? attributes.get('exportname') : undefined
  const exportBitmap = mode === 'pull' ? attributes.get('exportbitmap') : undefined
  const format = yield* readFormat(childElement(element, 'driver')?.attributes.get('type'))
  const storeElement = childElement(element, mode === 'push' ? 'target' : 'scratch')
  const store = storeElement && (yield* readStore(storeElement, type ?? 'file'))
  return ok({
    name,
    backup,
    ...(type !== undefined && { type }),
    ...(backupMode !== undefined && { backupMode }),
    ...(incremental !== undefined && { incremental }),
    ...(exportName !== undefined && { exportName }),
    ...(exportBitmap !== undefined && { exportBitmap }),
    ...status,
    ...(format !== undefined && { format }),
    ...(store && { store }),
  })
}

const states: readonly BackupDiskState[] = [
  '',
  'running',
  'complete',
  'failed',
  'cancelling',
  'cancelled',
]

function readStatus(element: XmlElement): VirResult<{ state: BackupDiskState; index?: number }> {
  const text = element.attributes.get('state')
  const state = states.find((known) => known === text)
  if (text === undefined) return err(missingAttribute(element, 'state'))
  if (state === undefined) return err(invalidAttribute(element, 'state', text))
  const index = element.attributes.get('index')
  if (index === undefined) return ok({ state })
  const number = parseUnsignedUpTo(index, 0xffff_ffff)
  if (number === undefined || number === 0) return err(invalidAttribute(element, 'index', index))
  return ok({ state, index: number })
}

function readType(text: string | undefined): VirResult<'file' | 'block' | undefined> {
  if (text === undefined || text === 'file' || text === 'block') return ok(text)
  const known = ['none', 'dir', 'network', 'volume', 'nvme', 'vhostuser'].includes(text)
  return err(
    xmlError(
      known ? `unsupported disk backup type '${text}'` : `unknown storage source type '${text}'`,
    ),
  )
}

function readBackupMode(element: XmlElement): VirResult<'full' | 'incremental' | undefined> {
  const text = element.attributes.get('backupmode')
  if (text === undefined || text === 'full' || text === 'incremental') return ok(text)
  return err(invalidAttribute(element, 'backupmode', text))
}

const formats: ReadonlySet<string> = new Set(
  'raw dir bochs cloop dmg iso vpc vdi fat vhd ploop cow qcow qcow2 qed vmdk'.split(' '),
)

function readFormat(text: string | undefined): VirResult<string | undefined> {
  if (text === undefined || formats.has(text)) return ok(text)
  return err(xmlError(`unknown storage source format '${text}'`))
}

function readPrivateData(root: XmlElement): DomainBackupDef['privateData'] {
  const objects = childElement(childElement(root, 'privateData') ?? root, 'objects')
  if (objects === undefined) return undefined
  const secret = childElements(objects, 'secret').find(
    (child) => child.attributes.get('type') === 'tlskey',
  )
  const tlsKeySecretAlias = secret?.attributes.get('alias')
  const tlsAlias = childElement(objects, 'TLSx509')?.attributes.get('alias')
  return {
    ...(tlsKeySecretAlias !== undefined && { tlsKeySecretAlias }),
    ...(tlsAlias !== undefined && { tlsAlias }),
  }
}

function unsupported(detail: string): VirError {
  return virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.DOMAIN, detail)
}

function xmlError(detail: string): VirError {
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.DOMAIN, detail)
}
