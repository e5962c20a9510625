/** Building the element tree from saxes' events. @module */
import { SaxesParser } from 'saxes'
import { firstForbiddenCharacter, isBlank } from './characters.ts'
import type { XmlElement, XmlMarkup, XmlNode } from './element.ts'
import type { XmlLimits } from './limits.ts'

/** Why reading stopped, and where. */
export interface Refusal {
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

/** Reads a document into a tree, or says why not. */
export function readTree(
  source: string,
  limits: XmlLimits,
  verbatim: readonly string[],
): XmlElement | Refusal {
  const forbidden = firstForbiddenCharacter(source)
  if (forbidden !== -1) return forbiddenCharacter(source, forbidden)
  return new TreeReader(source, limits, verbatim).read()
}

function forbiddenCharacter(source: string, offset: number): Refusal {
  const code = source.charCodeAt(offset)
  if (code < 0xd800 || code > 0xdfff) return { message: 'Invalid character', offset, foreign: true }
  // As UTF-8 a lone surrogate would be three bytes that are not UTF-8; libxml2 shows these and the next.
  const next = new TextEncoder().encode(source.slice(offset + 1, offset + 3)).subarray(0, 1)
  const bytes = [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f), ...next]
  const shown = bytes.map((byte) => `0x${byte.toString(16).toUpperCase()}`).join(' ')
  return { message: `Input is not proper UTF-8, indicate encoding !\nBytes: ${shown}`, offset }
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
    xmlns: false,
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
    try {
      this.#parser.write(this.#source).close()
    } catch (error) {
      if (error instanceof Stop) return error.refusal
      // What saxes throws is a plain Error; anything else is a defect.
      if (!(error instanceof Error) || error.constructor !== Error) throw error
      return { message: error.message, offset: this.#offset(), foreign: true }
    }
    return this.#root ?? { message: 'Document is empty', offset: 0, foreign: true }
  }

  #offset(): number {
    return Math.min(this.#parser.position, this.#source.length)
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
    // With more than seven listeners V8 makes a dictionary of saxes' parser, which is then eight times slower. So errors are
    // caught and not listened to, and elements are taken whole.
    parser.on('doctype', () => this.#stop('Document type declarations are not supported'))
    parser.on('opentag', (tag) => this.#begin(tag.name, tag.attributes))
    parser.on('closetag', () => this.#end())
    parser.on('text', (text) => this.#text(text))
    parser.on('cdata', (text) => this.#cdata(text))
    if (this.#verbatim.length === 0) return
    parser.on('comment', (text) => this.#markup({ markup: 'comment', text }))
    parser.on('processinginstruction', ({ target, body }) =>
      this.#markup({ markup: 'instruction', text: body === '' ? target : `${target} ${body}` }),
    )
  }

  #stop(message: string): never {
    throw new Stop({ message, offset: this.#offset() })
  }

  #begin(name: string, attributes: Readonly<Record<string, string>>): void {
    const { depth, elements } = this.#limits
    if (++this.#elements > elements) this.#stop(`Document has more than ${elements} elements`)
    if (this.#open.length >= depth)
      this.#stop(`Excessive depth in document: ${depth} use XML_PARSE_HUGE option`)
    // No attribute holds a `<`, so the last one begins this tag.
    const start = this.#source.lastIndexOf('<', this.#parser.position - 1)
    this.#moveTo(start)
    const { line, column } = { line: this.#line, column: start - this.#lineStart + 1 }
    const element: OpenElement = {
      name,
      attributes: noStrings,
      namespaces: noStrings,
      children: [],
      line,
      column,
    }
    this.#open.push(element)
    this.#addAttributes(element, attributes)
    const namespace = this.#resolve(name)
    if (namespace !== undefined) element.namespace = namespace
    if (this.#verbatimDepth === 0 && this.#verbatim.includes(name)) {
      this.#verbatimDepth = this.#open.length
    }
  }

  #addAttributes(element: OpenElement, attributes: Readonly<Record<string, string>>): void {
    const limits = this.#limits
    let kept: Map<string, string> | undefined
    let declared: Map<string, string> | undefined
    let count = 0
    for (const name in attributes) {
      const value = attributes[name] ?? ''
      if (++count > limits.attributes)
        this.#stop(`Element has more than ${limits.attributes} attributes`)
      if (value.length > limits.text) this.#stop('AttValue length too long')
      if (name === 'xmlns' || name.startsWith('xmlns:'))
        (declared ??= new Map()).set(name.slice(6), value)
      else (kept ??= new Map()).set(name, value)
    }
    if (kept !== undefined) element.attributes = kept
    if (declared === undefined) return
    element.namespaces = declared
    this.#declared = true
  }

  #moveTo(offset: number): void {
    while (this.#nextLineEnd !== -1 && this.#nextLineEnd < offset) {
      this.#line++
      this.#lineStart = this.#nextLineEnd + 1
      this.#nextLineEnd = this.#source.indexOf('\n', this.#lineStart)
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
