/** `<domain>`: the definition of a virtual machine. @module */
import { err } from 'neverthrow'
import { ErrorDomain, VirError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { addTree } from '../builder.ts'
import type { XmlTarget } from '../builder.ts'
import { childElements, parseXml } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { requiredElement } from '../required.ts'
import { writeXml } from '../writer.ts'
import { checkDomain } from './domain-checks.ts'
import { domainCodec } from './domain-codec.ts'
import type { DomainDef } from './domain-def.ts'
import { withDomainDefaults } from './domain-defaults.ts'
import type { DomainDefaults } from './domain-defaults.ts'

/** How a `<domain>` document is read. */
export interface ParseDomainOptions {
  /** Refuses what the schema does not know, as far as the parts are typed; `values`: only values, unknown names are kept. */
  readonly validate?: boolean | 'values'
  /** Leaves out what only a running domain has: id, aliases that no user chose, indexes, mirrors, pseudo-terminals. */
  readonly inactive?: boolean
  /** What is filled in where the document is silent. */
  readonly defaults?: DomainDefaults
}

/** How a `<domain>` document is written. */
export interface FormatDomainOptions {
  /** Writes secrets: passwords of graphics and HTTP cookies. */
  readonly secure?: boolean
  /** Leaves out what only a running domain has. */
  readonly inactive?: boolean
}

/**
 * Reads a `<domain>` document; libvirt's `virDomainDefParseString`.
 *
 * @errors `XML_DETAIL` for malformed text, `XML_ERROR`, `CONFIG_UNSUPPORTED` and others for values that libvirt refuses,
 * `XML_INVALID_SCHEMA` for what the schema refuses, when validation is asked for
 */
export function parseDomain(text: string, options: ParseDomainOptions = {}): VirResult<DomainDef> {
  return parseXml(text, {
    label: 'domain_definition',
    domain: ErrorDomain.DOMAIN,
    root: 'domain',
    verbatim: ['metadata'],
  }).andThen((root) => readDomain(root, options))
}

/**
 * Reads a `<domain>` element that stands in another document.
 *
 * @errors `INVALID_ARG` for what is no element, and those of {@link parseDomain}
 */
export function readDomain(
  element: XmlElement,
  options: ParseDomainOptions = {},
): VirResult<DomainDef> {
  const wrong = requiredElement('readDomain', element)
  if (wrong !== undefined) return err(wrong)
  // In another namespace libvirt finds nothing of what it looks for, and misses the name first.
  const { validate = false } = options
  const known = element.namespace === undefined ? element : { ...element, children: [] }
  const def = domainCodec.read(validate === true ? known : mergeDevices(known), {
    inactive: options.inactive === true,
    ...(validate !== false && { schema: 'domain.rng', keepsUnknown: validate === 'values' }),
  })
  if (def instanceof VirError) return err(def)
  return withDomainDefaults(def, options.defaults).andThen((complete) =>
    checkDomain(complete).map(() => complete),
  )
}

/** Makes one of several `<devices>`, because libvirt looks for devices in all of them. */
function mergeDevices(domain: XmlElement): XmlElement {
  const [first, ...others] = childElements(domain, 'devices')
  if (first === undefined || others.length === 0) return domain
  const merged = { ...first, children: [first, ...others].flatMap(({ children }) => children) }
  return {
    ...domain,
    children: domain.children
      .filter((child) => !others.some((other) => other === child))
      .map((child) => (child === first ? merged : child)),
  }
}

/** Writes a `<domain>` document; libvirt's `virDomainDefFormat`. */
export function formatDomain(def: DomainDef, options: FormatDomainOptions = {}): string {
  return writeXml(toElement(def, options))
}

/** Writes a `<domain>` into another document, below its root. */
export function writeDomain(
  parent: XmlTarget,
  def: DomainDef,
  options: FormatDomainOptions = {},
): void {
  addTree(parent, toElement(def, options))
}

function toElement(def: DomainDef, options: FormatDomainOptions): XmlElement {
  const asked = options.inactive === true
  return domainCodec.write('domain', def, {
    inactive: asked || def.id === undefined,
    nameless: asked,
    secure: options.secure === true,
  })
}
