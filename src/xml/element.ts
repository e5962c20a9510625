/** Reading XML: strictly, within limits, into a small tree that nobody changes. @module */
import { err, ok } from 'neverthrow'
import { SaxesParser } from 'saxes'
import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'
import type { VirError, VirResult } from '../errors/index.ts'
import { firstForbiddenCharacter } from './characters.ts'
import { defaultXmlLimits } from './limits.ts'
import type { XmlLimits } from './limits.ts'
import { explainMalformed } from './malformed.ts'
import { lineAt, pointAt } from './place.ts'

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
 * @errors `XML_DETAIL` for text that is not well-formed or past a limit, with libxml2's message, the line and a pointer;
 * `XML_ERROR` for another root element
 */
export function parseXml(source: string, options: ParseXmlOptions): VirResult<XmlElement> {
  const limits = { ...defaultXmlLimits, ...options.limits }
  if (source.length > limits.size) {
    return err(detail(options, 1, `Document is longer than ${limits.size} characters`))
  }
  const read = readTree(source, limits, options.verbatim ?? [])
  if ('offset' in read) return err(malformed(source, options, read))
  if (options.root !== undefined && localName(read) !== options.root) {
    const text = `expecting root element of '${options.root}', not '${read.name}'`
    return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.XML, text))
  }
  return ok(read)
}

/** Gives the part of an element's name behind its prefix. */
export function localName(element: XmlElement): string {
  return element.name.slice(element.name.indexOf(':') + 1)
}

/** Tells an element from text and markup. */
export function isElement(node: XmlNode): node is XmlElement {
  return typeof node === 'object' && 'name' in node
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

/** Why reading stopped, and where. */
interface Refusal {
  readonly message: string
  readonly offset: number
  /** Set when saxes refused, whose wording is not libxml2's. */
  readonly foreign?: true
}

/** Thrown through saxes to stop it; never leaves this file. */
class Stop extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

function readTree(
  source: string,
  limits: XmlLimits,
  verbatim: readonly string[],
): XmlElement | Refusal {
  const forbidden = firstForbiddenCharacter(source)
  if (forbidden !== -1) return { message: 'Invalid character', offset: forbidden, foreign: true }
  try {
    return new TreeReader(source, limits, verbatim).read()
  } catch (error) {
    if (error instanceof Stop) return error.refusal
    throw error
  }
}

const noStrings: ReadonlyMap<string, string> = new Map()

/** An element whose end has not been read. */
interface OpenElement {
  name: string
  namespace?: string
  attributes: ReadonlyMap<string, string>
  namespaces: ReadonlyMap<string, string>
  children: XmlNode[]
  line: number
  column: number
}

/** Listens to saxes and builds the tree. */
class TreeReader {
  readonly #source: string
  readonly #limits: XmlLimits
  readonly #verbatim: readonly string[]
  readonly #parser = new SaxesParser({
    position: false,
    forceXMLVersion: true,
    defaultXMLVersion: '1.0',
  })
  readonly #open: OpenElement[] = []
  #root: XmlElement | undefined
  #elements = 0
  #declared = false
  /** Depth of the outermost element below which everything is kept, or 0. */
  #verbatimDepth = 0
  #attributes: Map<string, string> | undefined
  #namespaces: Map<string, string> | undefined
  #line = 1
  #lineStart = 0
  #nextLineEnd: number

  constructor(source: string, limits: XmlLimits, verbatim: readonly string[]) {
    this.#source = source
    this.#limits = limits
    this.#verbatim = verbatim
    this.#nextLineEnd = source.indexOf('\n')
    this.#listen()
  }

  read(): XmlElement | Refusal {
    this.#parser.write(this.#source).close()
    return this.#root ?? { message: 'Document is empty', offset: 0, foreign: true }
  }

  #listen(): void {
    const parser = this.#parser
    // saxes looks entities up in an object that inherits from Object, where `&constructor;` is defined.
    parser.ENTITIES = Object.assign(Object.create(null), {
      amp: '&',
      gt: '>',
      lt: '<',
      quot: '"',
      apos: "'",
    })
    parser.on('error', (error) => this.#stop(error.message, true))
    parser.on('doctype', () => this.#stop('Document type declarations are not supported'))
    parser.on('opentagstart', (tag) => this.#begin(tag.name))
    parser.on('attribute', ({ name, value }) => this.#attribute(name, value))
    parser.on('opentag', () => this.#opened())
    parser.on('closetag', () => this.#end())
    parser.on('text', (text) => this.#text(text))
    parser.on('cdata', (text) => this.#cdata(text))
    parser.on('comment', (text) => this.#markup({ markup: 'comment', text }))
    parser.on('processinginstruction', ({ target, body }) =>
      this.#markup({ markup: 'instruction', text: body === '' ? target : `${target} ${body}` }),
    )
  }

  #stop(message: string, foreign = false): never {
    const offset = Math.min(this.#parser.position, this.#source.length)
    throw new Stop({ message, offset, ...(foreign && { foreign }) })
  }

  #begin(name: string): void {
    const { depth, elements } = this.#limits
    if (++this.#elements > elements) this.#stop(`Document has more than ${elements} elements`)
    if (this.#open.length >= depth)
      this.#stop(`Excessive depth in document: ${depth} use XML_PARSE_HUGE option`)
    const start = this.#source.lastIndexOf('<', this.#parser.position - 1)
    this.#moveTo(start)
    const { line, column } = { line: this.#line, column: start - this.#lineStart + 1 }
    this.#open.push({
      name,
      attributes: noStrings,
      namespaces: noStrings,
      children: [],
      line,
      column,
    })
  }

  #moveTo(offset: number): void {
    while (this.#nextLineEnd !== -1 && this.#nextLineEnd < offset) {
      this.#line++
      this.#lineStart = this.#nextLineEnd + 1
      this.#nextLineEnd = this.#source.indexOf('\n', this.#lineStart)
    }
  }

  #attribute(name: string, value: string): void {
    const { attributes, text } = this.#limits
    if (value.length > text) this.#stop('AttValue length too long')
    const declares = name === 'xmlns' || name.startsWith('xmlns:')
    const map = declares ? (this.#namespaces ??= new Map()) : (this.#attributes ??= new Map())
    if (map.size >= attributes) this.#stop(`Element has more than ${attributes} attributes`)
    map.set(declares ? name.slice(6) : name, value)
  }

  #opened(): void {
    const element = this.#open.at(-1)
    if (element === undefined) return
    if (this.#attributes !== undefined) element.attributes = this.#attributes
    if (this.#namespaces !== undefined) {
      element.namespaces = this.#namespaces
      this.#declared = true
    }
    this.#attributes = undefined
    this.#namespaces = undefined
    const namespace = this.#resolve(element.name)
    if (namespace !== undefined) element.namespace = namespace
    if (this.#verbatimDepth === 0 && this.#verbatim.includes(element.name)) {
      this.#verbatimDepth = this.#open.length
    }
  }

  #resolve(name: string): string | undefined {
    if (!this.#declared) return undefined
    const colon = name.indexOf(':')
    const prefix = colon === -1 ? '' : name.slice(0, colon)
    for (let index = this.#open.length - 1; index >= 0; index--) {
      const namespace = this.#open[index]?.namespaces.get(prefix)
      if (namespace !== undefined) return namespace === '' ? undefined : namespace
    }
    return undefined
  }

  #end(): void {
    const element = this.#open.pop()
    if (element === undefined) return
    if (this.#open.length < this.#verbatimDepth) this.#verbatimDepth = 0
    if (element.children.length > 1) element.children = withoutBlanks(element.children)
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#root = element
    else parent.children.push(element)
  }

  #text(text: string): void {
    const children = this.#open.at(-1)?.children
    if (children === undefined) return
    const before = children.at(-1)
    const whole = typeof before === 'string' ? before + text : text
    if (whole.length > this.#limits.text) this.#stop('xmlSAX2Characters: huge text node')
    if (typeof before === 'string') children[children.length - 1] = whole
    else children.push(whole)
  }

  #cdata(text: string): void {
    if (this.#verbatimDepth > 0) this.#markup({ markup: 'cdata', text })
    else this.#text(text)
  }

  #markup(markup: XmlMarkup): void {
    if (this.#verbatimDepth > 0) this.#open.at(-1)?.children.push(markup)
  }
}

// The rule of libxml2 without blank nodes: white space counts in an element that begins with text, or holds nothing else.
function withoutBlanks(children: XmlNode[]): XmlNode[] {
  const first = children[0]
  if (typeof first === 'string' && !isBlank(first)) return children
  return children.filter((child) => typeof child !== 'string' || !isBlank(child))
}

function isBlank(text: string): boolean {
  return !/[^ \t\r\n]/.test(text)
}

function malformed(source: string, options: ParseXmlOptions, refusal: Refusal): VirError {
  const explained = refusal.foreign === true ? explainMalformed(source) : undefined
  const { message, offset } = explained ?? refusal
  const { context, pointer } = pointAt(source, offset)
  const line = explained?.line ?? lineAt(source, offset)
  return detail(options, line, `${message}\n${context}\n${pointer}`)
}

function detail(options: ParseXmlOptions, line: number, text: string): VirError {
  return virError(ErrorNumber.XML_DETAIL, options.domain, `(${options.label}):${line}: ${text}`)
}
