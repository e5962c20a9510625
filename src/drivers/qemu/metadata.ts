import { err, ok, safeTry } from 'neverthrow'
import { DomainMetadataType, DomainModificationImpact } from '../../constants/index.ts'
import {
  type DefinitionDriver,
  type DomainRef,
  notRunning,
  operationInvalid,
  settled,
} from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { writeForeign } from '../../xml/foreign-writer.ts'
import {
  type DomainDef,
  isElement,
  isXmlText,
  localName,
  parseXml,
  type XmlElement,
} from '../../xml/index.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags, findDomain, withDomain } from './member.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { changeDefinition } from './change-definition.ts'
import { element } from './state/status-element.ts'

/** The members of {@link metadata}. */
type MetadataMembers = Required<Pick<DefinitionDriver, 'domainSetMetadata' | 'domainGetMetadata'>>

const { LIVE, CONFIG } = DomainModificationImpact

/** Title, description, and what programs note down about a domain. */
export function metadata(host: QemuHost): MetadataMembers {
  return {
    domainGetMetadata: (ref, type, uri, flags) =>
      settled(
        checkMemberFlags('domainGetMetadata', flags, LIVE | CONFIG)
          .andThen(() => findDomain(host, ref))
          .andThen((domain) => definitionToRead(domain, flags))
          .andThen((def) => readMetadata(def, type, uri)),
      ),
    domainSetMetadata: (ref, type, text, key, uri, flags) =>
      checkMemberFlags('domainSetMetadata', flags, LIVE | CONFIG).asyncAndThen(() =>
        setMetadata(host, ref, { type, text, key, uri }, flags),
      ),
  }
}

/** The definition that flags mean; libvirt's `virDomainObjGetOneDef`. */
function definitionToRead(domain: QemuDomain, flags: number): VirResult<DomainDef> {
  if ((flags & LIVE) !== 0 && !domain.isActive) return err(notRunning())
  if ((flags & CONFIG) === 0) return ok(domain.definition)
  return domain.persistent || !domain.isActive
    ? ok(domain.persistentDefinition)
    : err(transientHasNoConfig())
}

function transientHasNoConfig(): VirError {
  return operationInvalid(
    { errorDomain: ErrorDomain.DOMAIN },
    'transient domains do not have any persistent config',
  )
}

function readMetadata(
  def: DomainDef,
  type: DomainMetadataType,
  uri: string | undefined,
): VirResult<string> {
  const value = metadataOf(def, type, uri)
  if (value.isErr()) return err(value.error)
  if (value.value !== undefined) return ok(value.value)
  const detail = 'Requested metadata element is not present'
  return err(virError(ErrorNumber.NO_DOMAIN_METADATA, ErrorDomain.DOMAIN, detail))
}

function metadataOf(
  def: DomainDef,
  type: DomainMetadataType,
  uri: string | undefined,
): VirResult<string | undefined> {
  switch (type) {
    case DomainMetadataType.DESCRIPTION:
      return ok(def.description)
    case DomainMetadataType.TITLE:
      return ok(def.title)
    case DomainMetadataType.ELEMENT: {
      const found = elementsOf(def).find(({ namespace }) => namespace === uri)
      return ok(found === undefined ? undefined : textOf(found))
    }
    default:
      return err(unknownType(type))
  }
}

function unknownType(type: number): VirError {
  return invalid(`unknown metadata type '${type}'`)
}

function elementsOf({ metadata: holder }: DomainDef): XmlElement[] {
  return (holder?.children ?? []).filter(isElement)
}

/** The element as its owner wrote it: without the namespace that it was put into. */
function textOf(found: XmlElement): string {
  const own = { ...found, name: localName(found), namespaces: new Map<string, string>() }
  return writeForeign(own, '').trimEnd()
}

interface MetadataChange {
  readonly type: DomainMetadataType
  /** Absent: removed. */
  readonly text: string | undefined
  readonly key: string | undefined
  readonly uri: string | undefined
}

function setMetadata(
  host: QemuHost,
  ref: DomainRef,
  change: MetadataChange,
  flags: number,
): VirResultAsync<void> {
  return withDomain(host, ref, (domain) =>
    safeTry(async function* () {
      yield* checkTexts(change)
      const edit = yield* editOf(change)
      yield* changeDefinition(domain, flags, edit)
      const { type, uri } = change
      host.events.emit('metadataChange', {
        domain: domain.ref,
        type,
        ...(uri !== undefined && { nsuri: uri }),
      })
      return ok(undefined)
    }),
  )
}

/** Refuses what no document can hold. */
function checkTexts({ type, text = '', key = '', uri = '' }: MetadataChange): VirResult<void> {
  const isElementType = type === DomainMetadataType.ELEMENT
  if (!isXmlText(text) || !isXmlText(uri)) return err(invalid('metadata holds what XML cannot'))
  return isElementType && key !== '' && !/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(key)
    ? err(invalid(`'${key}' is not a prefix`))
    : ok(undefined)
}

function invalid(detail: string): VirError {
  return virError(ErrorNumber.INVALID_ARG, ErrorDomain.DOMAIN, detail)
}

/** What a change does to a definition. */
function editOf({
  type,
  text,
  key,
  uri,
}: MetadataChange): VirResult<(def: DomainDef) => DomainDef> {
  switch (type) {
    case DomainMetadataType.DESCRIPTION:
      return ok((def) => withText(def, 'description', text))
    case DomainMetadataType.TITLE:
      return ok((def) => withText(def, 'title', text))
    case DomainMetadataType.ELEMENT:
      return newElement(text, key ?? '', uri ?? '').map(
        (added) => (def) => withElement(def, uri ?? '', added),
      )
    default:
      return err(unknownType(type))
  }
}

function withText(
  def: DomainDef,
  name: 'title' | 'description',
  text: string | undefined,
): DomainDef {
  const { [name]: _old, ...others } = def
  return text === undefined || text === '' ? others : { ...others, [name]: text }
}

function newElement(
  text: string | undefined,
  key: string,
  uri: string,
): VirResult<XmlElement | undefined> {
  if (text === undefined) return ok(undefined)
  return parseXml(text, {
    label: 'metadata_xml',
    domain: ErrorDomain.DOMAIN,
  }).map((root) => ({
    ...root,
    name: `${key}:${localName(root)}`,
    namespace: uri,
    namespaces: new Map([[key, uri], ...root.namespaces]),
  }))
}

function withElement(def: DomainDef, uri: string, added: XmlElement | undefined): DomainDef {
  const others = elementsOf(def).filter(({ namespace }) => namespace !== uri)
  const children = added === undefined ? others : [...others, added]
  return { ...def, metadata: { ...(def.metadata ?? element('metadata')), children } }
}
