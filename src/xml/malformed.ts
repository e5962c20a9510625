/** What libxml2 says of text that is not well-formed. @module */
import { isXmlText, nameCharacters } from './characters.ts'
import { lineAt } from './place.ts'

/** The first error of a text, as libxml2 words and places it. */
export interface Malformed {
  readonly message: string
  /** Where libxml2's cursor stands, in UTF-16 code units from the start. */
  readonly offset: number
  /** From 1; the cursor may lag behind it. */
  readonly line: number
}

/**
 * Gives the first fatal error that libxml2 2.9.14 reports of a text, or nothing when it reports none.
 *
 * Only texts that saxes refused come here. The text is walked once more, in the steps of `xmlParseDocument`, because the wording
 * and the cursor depend on where that function noticed, which saxes does not tell.
 */
export function explainMalformed(source: string): Malformed | undefined {
  try {
    new Walk(source).document()
  } catch (error) {
    if (error instanceof Found) return error.malformed
    throw error
  }
  return undefined
}

/** Thrown at the first error; never leaves this file. */
class Found extends Error {
  readonly malformed: Malformed

  constructor(malformed: Malformed) {
    super(malformed.message)
    this.malformed = malformed
  }
}

const name = new RegExp(`[${nameCharacters.first}][${nameCharacters.later}]*`, 'uy')
// A colon that no name follows belongs to the name.
const prefix = new RegExp(`^[^:]+:(?=[${nameCharacters.first}])`, 'u')
const blanks = /[ \t\r\n]*/y
const notXml = String.raw`\0-\x08\v\f\x0e-\x1f\ufffe\uffff`
const forbidden = new RegExp(`[${notXml}]`)
const plainText = new RegExp(`[^<&\\]${notXml}]*`, 'y')
const plainInDouble = new RegExp(`[^"&<${notXml}]*`, 'y')
const plainInSingle = new RegExp(`[^'&<${notXml}]*`, 'y')
const predefined: ReadonlySet<string> = new Set(['amp', 'apos', 'gt', 'lt', 'quot'])

class Walk {
  readonly #source: string
  #at = 0
  readonly #open: { readonly name: string; readonly start: number }[] = []

  constructor(source: string) {
    this.#source = source
  }

  document(): void {
    if (this.#source === '') this.#fail('Document is empty')
    if (this.#source.startsWith('\ufeff')) this.#at = 1
    if (/<\?xml[ \t\r\n]/y.test(this.#source.slice(this.#at, this.#at + 6))) this.#declaration()
    this.#miscellaneous()
    if (this.#peek() !== '<') this.#fail("Start tag expected, '<' not found")
    this.#element()
    this.#content()
    this.#miscellaneous()
    if (this.#at < this.#source.length) this.#fail('Extra content at the end of the document')
  }

  #fail(message: string, offset: number = this.#at): never {
    throw new Found({ message, offset, line: lineAt(this.#source, Math.max(this.#at, offset)) })
  }

  #peek(): string | undefined {
    return this.#source[this.#at]
  }

  #sees(text: string): boolean {
    return this.#source.startsWith(text, this.#at)
  }

  #seesCharacter(): boolean {
    const next = this.#peek()
    return next !== undefined && !forbidden.test(next)
  }

  /** Finds where a section ends: at a text, or at -1 and a place where it cannot go on. */
  #findEnd(from: number, text: string): { readonly end: number; readonly stop: number } {
    const end = this.#source.indexOf(text, from)
    const upTo = end === -1 ? this.#source.length : end
    const bad = this.#source.slice(from, upTo).search(forbidden)
    return bad === -1 ? { end, stop: upTo } : { end: -1, stop: from + bad }
  }

  #failOutOfRange(): void {
    const code = this.#source.charCodeAt(this.#at)
    if (code >= 0xfffe) this.#fail(`Char 0x${code.toString(16).toUpperCase()} out of allowed range`)
  }

  /** Takes what a sticky expression matches here. */
  #take(expression: RegExp): string {
    expression.lastIndex = this.#at
    const taken = expression.exec(this.#source)?.[0] ?? ''
    this.#at += taken.length
    return taken
  }

  #declaration(): void {
    this.#at += 5
    this.#take(blanks)
    if (!this.#sees('version')) this.#fail('Malformed declaration expecting version')
    const start = this.#at
    this.#pseudoAttribute('version', /[0-9](?:\.[0-9]*)?/y)
    const version = /[0-9]\.[0-9]*/.exec(this.#source.slice(start, this.#at))?.[0]
    if (version === undefined) this.#fail('Malformed declaration expecting version')
    if (!version.startsWith('1.')) this.#fail(`Unsupported version '${version}'`)
    if (this.#endsDeclaration()) return
    this.#take(blanks)
    if (
      this.#pseudoAttribute('encoding', /[A-Za-z][-A-Za-z0-9._]*/y, 'Invalid XML encoding name')
    ) {
      if (this.#endsDeclaration()) return
      this.#take(blanks)
    }
    this.#pseudoAttribute('standalone', /yes|no/y, "standalone accepts only 'yes' or 'no'")
    this.#take(blanks)
    if (!this.#sees('?>')) this.#fail("parsing XML declaration: '?>' expected")
    this.#at += 2
  }

  /** Tells whether the declaration ends here; if not, white space must follow. */
  #endsDeclaration(): boolean {
    const ends = this.#sees('?>')
    if (ends) this.#at += 2
    else if (!/[ \t\r\n]/.test(this.#peek() ?? '')) this.#fail('Blank needed here')
    return ends
  }

  #pseudoAttribute(key: string, value: RegExp, refusal?: string): boolean {
    if (!this.#sees(key)) return false
    this.#at += key.length
    this.#take(blanks)
    if (this.#peek() !== '=') this.#fail("expected '='")
    this.#at++
    this.#take(blanks)
    const quote = this.#peek()
    if (quote !== '"' && quote !== "'") this.#fail('String not started expecting \' or "')
    this.#at++
    if (this.#take(value) === '' && refusal !== undefined) this.#fail(refusal)
    if (this.#peek() !== quote) this.#fail('String not closed expecting " or \'')
    this.#at++
    return true
  }

  #miscellaneous(): void {
    for (;;) {
      this.#take(blanks)
      if (this.#sees('<?')) this.#instruction()
      else if (this.#sees('<!--')) this.#comment()
      else return
    }
  }

  #content(): void {
    while (this.#open.length > 0) {
      if (this.#at >= this.#source.length) this.#prematureEnd()
      if (this.#sees('<?')) this.#instruction()
      else if (this.#sees('<![CDATA[')) this.#cdata()
      else if (this.#sees('<!--')) this.#comment()
      else if (this.#sees('</')) this.#endTag()
      else if (this.#peek() === '<') this.#element()
      else if (this.#peek() === '&') this.#reference()
      else this.#text()
    }
  }

  #prematureEnd(): never {
    const element = this.#open.at(-1)
    this.#fail(`Premature end of data in tag ${element?.name} line ${this.#lineOf(element?.start)}`)
  }

  #lineOf(start = 0): number {
    return lineAt(this.#source, start)
  }

  #element(): void {
    const start = this.#at++
    const written = this.#take(name)
    if (written === '') this.#fail('StartTag: invalid element name')
    const local = localOf(written)
    this.#attributes()
    if (this.#sees('/>')) this.#at += 2
    else if (this.#peek() === '>') {
      this.#at++
      this.#open.push({ name: local, start })
    } else this.#fail(`Couldn't find end of Start Tag ${local} line ${this.#lineOf(start)}`)
  }

  #attributes(): void {
    const seen = new Set<string>()
    let twice: string | undefined
    this.#take(blanks)
    while (this.#peek() !== '>' && !this.#sees('/>') && this.#seesCharacter()) {
      const attribute = this.#take(name)
      if (attribute === '') this.#fail('error parsing attribute name')
      this.#take(blanks)
      if (this.#peek() !== '=') {
        this.#fail(`Specification mandates value for attribute ${localOf(attribute)}`)
      }
      this.#at++
      this.#take(blanks)
      this.#attributeValue()
      if (seen.has(attribute)) twice ??= attribute
      seen.add(attribute)
      if (this.#peek() === '>' || this.#sees('/>')) break
      if (this.#take(blanks) === '') this.#fail('attributes construct error')
    }
    // libxml2 compares the attributes once it has them all.
    if (twice !== undefined) this.#fail(`Attribute ${localOf(twice)} redefined`)
  }

  #attributeValue(): void {
    const quote = this.#peek()
    if (quote !== '"' && quote !== "'") this.#fail(`AttValue: " or ' expected`)
    this.#at++
    const plain = quote === '"' ? plainInDouble : plainInSingle
    for (;;) {
      this.#take(plain)
      const next = this.#peek()
      if (next === '&') this.#reference()
      else if (next === '<') this.#fail("Unescaped '<' not allowed in attributes values")
      else if (next === undefined) this.#fail("AttValue: ' expected")
      else if (next === quote) break
      else {
        this.#failOutOfRange()
        this.#fail('invalid character in attribute value')
      }
    }
    this.#at++
  }

  #endTag(): void {
    this.#at += 2
    const written = this.#take(name)
    const element = this.#open.pop()
    this.#take(blanks)
    if (this.#peek() !== '>') this.#fail("expected '>'")
    this.#at++
    const opened =
      element &&
      /^<([^ \t\r\n/>]*)/.exec(
        this.#source.slice(element.start, element.start + written.length + 2),
      )
    if (opened?.[1] === written) return
    const found = written === '' ? 'unparsable' : written
    this.#fail(
      `Opening and ending tag mismatch: ${element?.name} line ${this.#lineOf(element?.start)} and ${found}`,
    )
  }

  #reference(): void {
    if (this.#sees('&#')) return this.#characterReference()
    this.#at++
    const entity = this.#take(name)
    if (entity === '') this.#fail('xmlParseEntityRef: no name')
    if (this.#peek() !== ';') this.#fail("EntityRef: expecting ';'")
    this.#at++
    if (!predefined.has(entity)) this.#fail(`Entity '${entity}' not defined`)
  }

  #characterReference(): void {
    const hexadecimal = this.#sees('&#x')
    this.#at += hexadecimal ? 3 : 2
    const digits = this.#take(hexadecimal ? /[0-9a-fA-F]*/y : /[0-9]*/y)
    if (this.#peek() !== ';')
      this.#fail(`CharRef: invalid ${hexadecimal ? 'hexadecimal' : 'decimal'} value`)
    this.#at++
    const value = Number.parseInt(digits || '0', hexadecimal ? 16 : 10)
    if (value >= 0x11_0000) this.#fail('xmlParseCharRef: character reference out of bounds')
    if (!isXmlText(String.fromCodePoint(value)))
      this.#fail(`xmlParseCharRef: invalid xmlChar value ${value}`)
  }

  #text(): void {
    const start = this.#at
    this.#take(plainText)
    const next = this.#peek()
    if (next === undefined || next === '<' || next === '&') return
    this.#failOutOfRange()
    if (next !== ']') this.#fail(`PCDATA invalid Char value ${next.charCodeAt(0)}`)
    if (this.#sees(']]>')) this.#fail("Sequence ']]>' not allowed in content", start)
    this.#at++
  }

  #comment(): void {
    const { end, stop } = this.#findEnd(this.#at + 4, '--')
    const next = this.#source[stop]
    const text = this.#source.slice(this.#at + 4, stop)
    if (end === -1 && next === undefined) {
      // libxml2's slow path, for more than ASCII, looks two characters ahead and shows what it has put away.
      const shown = isAscii(text) ? '' : ` \n<!--${firstBytes(text.slice(0, -2), 50)}`
      this.#fail(`Comment not terminated${shown}`, stop)
    }
    if (end === -1)
      this.#fail(`xmlParseComment: invalid xmlChar value ${next?.charCodeAt(0)}`, stop)
    this.#at = end + 2
    if (this.#peek() !== '>') {
      const shown = text === '' ? '' : `: <!--${firstBytes(text, 50)}`
      this.#fail(`Double hyphen within comment${shown}`, end)
    }
    this.#at++
  }

  #cdata(): void {
    const from = this.#at + 9
    const { end, stop } = this.#findEnd(from, ']]>')
    if (end === -1 && stop < from + 2) this.#fail('Unregistered error message', stop)
    // libxml2 looks two characters ahead, and shows what it has put away.
    const shown = firstBytes(this.#source.slice(from, stop - 2), 50)
    if (end === -1) this.#fail(`CData section not finished\n${shown}`, stop)
    this.#at = end + 3
  }

  #instruction(): void {
    this.#at += 2
    const target = this.#take(name)
    if (target === '') this.#fail('xmlParsePI : no target name')
    if (target === 'xml') this.#fail('XML declaration allowed only at the start of the document')
    if (!this.#sees('?>') && this.#take(blanks) === '') {
      this.#fail(`ParsePI: PI ${target} space expected`)
    }
    const { end, stop } = this.#findEnd(this.#at, '?>')
    if (end === -1) this.#fail(`ParsePI: PI ${target} never end ...`, stop)
    this.#at = end + 2
  }
}

function localOf(written: string): string {
  return written.replace(prefix, '')
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false
  return true
}

/** Cuts a text as C's `%.50s` does, but for the half character that it may leave. */
function firstBytes(text: string, count: number): string {
  const bytes = new TextEncoder().encode(text.slice(0, count)).subarray(0, count)
  return new TextDecoder().decode(bytes).replace(/\ufffd+$/, '')
}
