/** Reading XML: strictly, within limits, into a small tree that nobody changes. @module */
import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, requiredText, virError } from '../errors/index.ts'
import type { VirError, VirResult } from '../errors/index.ts'
import { defaultXmlLimits } from './limits.ts'
import type { XmlLimits } from './limits.ts'
import { explainMalformed } from './malformed.ts'
import { lineAt, pointAt } from './place.ts'
import { requiredObject } from './required.ts'
import { readTree } from './tree-reader.ts'
import type { Refusal } from './tree-reader.ts'

/** One element as it was read. */
export interface XmlElement {
  /** As written, with its prefix: `disk`, `qemu:commandline`. */
  readonly name: string
  /** The namespace's name; absent outside of namespaces and for a prefix that nothing declares. */
  readonly namespace?: string
  /** By name as written, in document order; namespace declarations are in `namespaces`. */
  readonly attributes: ReadonlyMap<string, string>
  /** The declarations that stand on this element: prefix (`''` for the default) to namespace. */
  readonly namespaces: ReadonlyMap<string, string>
  /** Elements and texts in document order; white space between elements is left out. */
  readonly children: readonly XmlNode[]
  /** From 1. */
  readonly line: number
  /** Of the `<`, from 1, in UTF-16 code units. */
  readonly column: number
}

/** A comment, processing instruction or CDATA section; kept only below the elements named in `verbatim`. */
export interface XmlMarkup {
  readonly markup: 'comment' | 'instruction' | 'cdata'
  /** What stands between the delimiters; for an instruction, target and data as written. */
  readonly text: string
}

/** What an element holds. */
export type XmlNode = XmlElement | XmlMarkup | string

/** What {@link parseXml} needs to know of a document. */
export interface ParseXmlOptions {
  /** What libvirt calls the document in messages, without the parentheses: `domain_definition`, `domain_backup`. */
  readonly label: string
  /** The label is a path, which stands in messages as it is. */
  readonly ofFile?: boolean
  /** Who reports malformed text. */
  readonly domain: ErrorDomain
  /** The root's name, without a prefix; absent: any. */
  readonly root?: string
  /** Elements below which comments, processing instructions and CDATA sections are kept: `metadata`. */
  readonly verbatim?: readonly string[]
  readonly limits?: Partial<XmlLimits>
}

/**
 * Reads a document strictly; libvirt's `virXMLParse`.
 *
 * Document types are refused, so there are no entities but XML's own five. Comments and processing instructions are dropped,
 * CDATA becomes text, and adjacent texts are one.
 *
 * @errors `INVALID_ARG` for what is no string, and without options; `XML_DETAIL` for text that is not well-formed or past a limit, with libxml2's message, the line and a pointer;
 * `XML_ERROR` for another root element
 */
export function parseXml(source: string, options: ParseXmlOptions): VirResult<XmlElement> {
  const error =
    requiredObject('virXMLParse', 'options', options) ??
    requiredText({ name: 'virXMLParse', errorDomain: options.domain }, 'xml', source)
  if (error !== undefined) return err(error)
  const limits = { ...defaultXmlLimits, ...options.limits }
  if (source.length > limits.size) {
    return err(detail(options, 1, `Document is longer than ${limits.size} characters`))
  }
  const read = readTree(source, limits, options.verbatim ?? [])
  if ('offset' in read) return err(malformed(source, options, read))
  // libxml2 takes a prefix that nothing declares for part of the name.
  const name = read.namespace === undefined ? read.name : localName(read)
  if (options.root !== undefined && name !== options.root) {
    const text = `expecting root element of '${options.root}', not '${name}'`
    return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.XML, text))
  }
  return ok(read)
}

/** Gives the part of an element's name behind its prefix. */
export function localName(element: XmlElement): string {
  return element.name.slice(element.name.indexOf(':') + 1)
}

/** Gives the name of the attribute that declares a prefix (`''` for the default). */
export function declarationOf(prefix: string): string {
  return prefix === '' ? 'xmlns' : `xmlns:${prefix}`
}

/** Tells an element from text and markup. */
export function isElement(node: XmlNode): node is XmlElement {
  return typeof node === 'object' && node !== null && 'name' in node
}

/** Gives the child elements, in document order. @param name - As written; absent: all */
export function childElements(element: XmlElement, name?: string): XmlElement[] {
  return element.children
    .filter(isElement)
    .filter((child) => name === undefined || child.name === name)
}

/** Gives the first child element of a name, as libvirt's XPath queries do. */
export function childElement(element: XmlElement, name: string): XmlElement | undefined {
  for (const child of element.children) if (isElement(child) && child.name === name) return child
  return undefined
}

/** Gives the text of an element and of all elements below it, as XPath's `string()` does. */
export function textContent(element: XmlElement): string {
  let text = ''
  for (const child of element.children) {
    if (typeof child === 'string') text += child
    else if (isElement(child)) text += textContent(child)
    else if (child.markup === 'cdata') text += child.text
  }
  return text
}

function malformed(source: string, options: ParseXmlOptions, refusal: Refusal): VirError {
  const explained = refusal.foreign === true ? explainMalformed(source) : undefined
  const { message, offset } = explained ?? refusal
  const { context, pointer } = pointAt(source, offset)
  const line = explained?.line ?? lineAt(source, offset)
  return detail(options, line, `${message}\n${context}\n${pointer}`)
}

function detail(options: ParseXmlOptions, line: number, text: string): VirError {
  const label = options.ofFile === true ? options.label : `(${options.label})`
  return virError(ErrorNumber.XML_DETAIL, options.domain, `${label}:${line}: ${text}`)
}
