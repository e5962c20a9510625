/** Escaping: the one place where text becomes XML. @module */
import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'
import type { VirError } from '../errors/index.ts'
import { isXmlName, isXmlText } from './characters.ts'

const references: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&apos;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

function escapeCharacter(character: string): string {
  return references[character] ?? `&#x${character.codePointAt(0)?.toString(16).toUpperCase()};`
}

// Most values need no escaping, and one scan tells: this is what makes writing fast.
const special = /[^ !#-%(-;=?-~\n\t]/

/** Escapes as `virBufferEscapeString`; a carriage return, which reading would change, becomes a reference. */
export function escapeText(text: string): string {
  if (!special.test(text)) return text
  return checked(text).replace(/[<>&'"\r]/g, escapeCharacter)
}

/** Escapes an attribute's value; tabs and line ends, which reading would make spaces, become references. */
export function escapeAttribute(text: string): string {
  if (!special.test(text) && !/[\n\t]/.test(text)) return text
  return checked(text).replace(/[<>&'"\t\n\r]/g, escapeCharacter)
}

/** Escapes a text as libxml2 2.9 does. */
export function escapeForeignText(text: string): string {
  return checked(text).replace(/[<>&\r]/g, escapeCharacter)
}

/** Escapes an attribute's value as libxml2 2.9 does where the document has no encoding: to ASCII. */
export function escapeForeignAttribute(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the range of ASCII
  return checked(text).replace(/[<>&"\t\n\r]|[^\0-\x7f]/gu, escapeCharacter)
}

/** Gives a name as it is. Throws for what is none, as it would become markup: a `VirError` `INVALID_ARG`. */
export function checkedName(name: string): string {
  if (isXmlName(name)) return name
  throw forbidden('name', name)
}

/** Throws for what XML cannot hold: a `VirError` `INVALID_ARG`. */
export function refuseForbidden(text: string): void {
  if (isXmlText(text)) return
  throw forbidden('text', text)
}

function forbidden(what: 'name' | 'text', text: string): VirError {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
  return virError(ErrorNumber.INVALID_ARG, ErrorDomain.XML, `${what} ${shown} cannot be put in XML`)
}

function checked(text: string): string {
  refuseForbidden(text)
  return text
}
