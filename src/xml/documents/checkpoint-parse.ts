import { err, ok, Result, safeTry } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirResult, VirSteps } from '../../errors/index.ts'
import { childElement, childElements, parseXml, textContent } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { words } from '../schema.ts'
import type { Pattern } from '../schema.ts'
import type { DomainCheckpointDef, DomainCheckpointDiskDef } from './checkpoint-def.ts'
import { checkDomainCheckpoint } from './checkpoint-schema.ts'
import type { DomainDef } from './domain-def.ts'
import { readDomain } from './domain.ts'

/** How a `<domaincheckpoint>` document is read. */
export interface ParseDomainCheckpointOptions {
  /** The document describes a checkpoint that was made before: its time, parent and domain count, and it must have a name. */
  readonly redefine?: boolean
  /** The document is the driver's own: as with `redefine`, without validation, and with `active` and sizes. */
  readonly internal?: boolean
}

/**
 * Reads a `<domaincheckpoint>` document; libvirt's `virDomainCheckpointDefParseString`.
 *
 * Without `redefine`, time, parent, domain and sizes are checked against the schema and left out.
 *
 * @errors `XML_DETAIL` for malformed text, `XML_INVALID_SCHEMA` for what the schema refuses, `XML_ERROR` for a redefinition
 * without a name, `INTERNAL_ERROR` for one without a time, and those of the embedded domain
 * @see domaincheckpoint.rng of libvirt 9.0.0
 */
export function parseDomainCheckpoint(
  text: string,
  options: ParseDomainCheckpointOptions = {},
): VirResult<DomainCheckpointDef> {
  return parseXml(text, {
    label: 'domain_checkpoint',
    domain: ErrorDomain.DOMAIN_CHECKPOINT,
    root: 'domaincheckpoint',
    verbatim: ['metadata'],
  }).andThen((root) => safeTry(() => checkpointSteps(root, options)))
}

function* checkpointSteps(
  root: XmlElement,
  { redefine = false, internal = false }: ParseDomainCheckpointOptions,
): VirSteps<DomainCheckpointDef> {
  const embedded = childElement(root, 'domain')
  const domain =
    embedded && readDomain(embedded, { inactive: true, validate: internal ? false : 'values' })
  if (!internal) {
    yield* checkDomainCheckpoint(root, (element) => matchesSchema(element, domain))
  }
  const name = childText(root, 'name')
  if (redefine && name === undefined) {
    const detail = 'a redefined checkpoint must have a name'
    return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.DOMAIN_CHECKPOINT, detail))
  }
  const description = childText(root, 'description')
  const history = redefine || internal ? yield* readHistory(root, domain) : {}
  const list = childElement(root, 'disks')
  const disks =
    list && (yield* Result.combine(childElements(list).map((disk) => readDisk(disk, internal))))
  const active = internal ? childText(root, 'active') : undefined
  return ok({
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...history,
    ...(disks && { disks }),
    ...(active !== undefined && { active: active !== '0' }),
  })
}

const domainTypes: Pattern = words(
  ...'qemu kqemu kvm xen lxc uml openvz test vmware hyperv vbox phyp vz bhyve hvf'.split(' '),
)

// What no part of a domain is known by is kept, and written into the documents of its checkpoints: so it is no reason to
// refuse one. What else is wrong, and not by the schema, is told to who redefines a checkpoint; a new one does not need it.
function matchesSchema(element: XmlElement, read: VirResult<DomainDef> | undefined): boolean {
  const type = element.attributes.get('type')
  if (type === undefined || !domainTypes(type)) return false
  if (childElement(element, 'name') === undefined) return false
  return read === undefined || read.isOk() || read.error.code !== ErrorNumber.XML_INVALID_SCHEMA
}

/** Reads what only a checkpoint that was made before has. */
function readHistory(
  root: XmlElement,
  embedded: VirResult<DomainDef> | undefined,
): VirResult<Pick<DomainCheckpointDef, 'parent' | 'creationTime' | 'domain'>> {
  return safeTry(() => historySteps(root, embedded))
}

function* historySteps(
  root: XmlElement,
  embedded: VirResult<DomainDef> | undefined,
): VirSteps<Pick<DomainCheckpointDef, 'parent' | 'creationTime' | 'domain'>> {
  const creationTime = yield* readCreationTime(childText(root, 'creationTime'))
  const parentElement = childElement(root, 'parent')
  const parent = parentElement && childText(parentElement, 'name')
  const domain = embedded && (yield* embedded)
  return ok({
    ...(parent !== undefined && { parent }),
    ...(creationTime !== 0 && { creationTime }),
    ...(domain && { domain }),
  })
}

function readCreationTime(text: string | undefined): VirResult<number> {
  const time = text !== undefined && /^[0-9]{1,30}$/.test(text) ? BigInt(text) : undefined
  if (time === undefined || time > 0x7fff_ffff_ffff_ffffn) {
    const detail = 'missing creationTime from existing checkpoint'
    return err(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.DOMAIN_CHECKPOINT, detail))
  }
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) return err(tooLarge('creationTime', time))
  return ok(Number(time))
}

function readDisk(element: XmlElement, internal: boolean): VirResult<DomainCheckpointDiskDef> {
  const { attributes } = element
  const name = attributes.get('name')
  if (name === undefined) {
    const detail = "Missing required attribute 'name' in element 'disk'"
    return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.XML, detail))
  }
  // The schema lets white space stand around the word; libvirt 9.0 then writes `(null)`.
  const checkpoint = attributes.get('checkpoint')?.trim() === 'no' ? 'no' : 'bitmap'
  const bitmap = attributes.get('bitmap')
  const size = internal ? attributes.get('size') : undefined
  if (size !== undefined && !/^[0-9]{1,15}$/.test(size)) return err(tooLarge('size', size))
  return ok({
    name,
    checkpoint,
    ...(bitmap !== undefined && { bitmap }),
    ...(size !== undefined && { size: Number(size) }),
  })
}

function tooLarge(what: string, value: bigint | string): ReturnType<typeof virError> {
  const detail = `value of ${what} is too large: '${value}'`
  return virError(ErrorNumber.OVERFLOW, ErrorDomain.DOMAIN_CHECKPOINT, detail)
}

/** Gives the text of a child; an empty one is absent, as for libvirt's `virXPathString`. */
function childText(element: XmlElement, name: string): string | undefined {
  const child = childElement(element, name)
  return child === undefined ? undefined : textContent(child) || undefined
}
