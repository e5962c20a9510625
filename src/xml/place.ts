/** A place in a text, as libvirt prints it below a message. */
export interface Place {
  /** The line that holds the place; libvirt prints an empty one as `(null)`. */
  readonly context: string
  /** A dash for each byte before the place, but for tabs, and a caret. */
  readonly pointer: string
}

/** Finds the line around an offset, as libvirt's `catchXMLError` does (9.0.0, `src/util/virxml.c`). */
export function pointAt(source: string, offset: number): Place {
  let start = offset
  while (start > 0 && isLineEnd(source[start])) start--
  while (start > 0 && !isLineEnd(source[start])) start--
  if (isLineEnd(source[start])) start++
  let end = start
  while (end < source.length && !isLineEnd(source[end])) end++
  const before = source.slice(start, Math.max(start, offset))
  return {
    context: source.slice(start, end) || '(null)',
    pointer: `${before.split('\t').map(dashes).join('\t')}^`,
  }
}

/** Gives the line of an offset, from 1. */
export function lineAt(source: string, offset: number): number {
  let line = 1
  let at = source.indexOf('\n')
  while (at !== -1 && at < offset) {
    line++
    at = source.indexOf('\n', at + 1)
  }
  return line
}

function isLineEnd(character: string | undefined): boolean {
  return character === '\n' || character === '\r'
}

function dashes(text: string): string {
  return '-'.repeat(new TextEncoder().encode(text).length)
}
