/**
 * The grammar of URIs as libvirt reads them, which is libxml2's reading of RFC 3986.
 *
 * Scanners take a position and give the position after what they accept. They are loops over character codes and not
 * regular expressions, because those give up on long input.
 *
 * @module
 */

/** The parts of a URI as they are written, percent signs included; `undefined` is a part that is not there. */
export interface UriParts {
  readonly scheme: string | undefined
  readonly user: string | undefined
  /** With its brackets; `undefined` also when it is empty. */
  readonly server: string | undefined
  readonly port: number | undefined
  readonly path: string
  readonly query: string | undefined
  readonly fragment: string | undefined
}

type Accept = (code: number) => boolean

function characters(set: string): Accept {
  const codes = new Set(Array.from(set, (character) => character.charCodeAt(0)))
  return (code) => codes.has(code)
}

const alpha = characters('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
const digit = characters('0123456789')
const hex = characters('0123456789ABCDEFabcdef')
const mark = characters("-._~!$&'()*+,;=")
const schemeMark = characters('+-.')
const colon = characters(':')
const colonOrAt = characters(':@')
const slash = characters('/')
const queryMark = characters('/?')
const fragmentMark = characters('/?[]')

const inScheme: Accept = (code) => alpha(code) || digit(code) || schemeMark(code)
const inName: Accept = (code) => alpha(code) || digit(code) || mark(code)
const inUser: Accept = (code) => inName(code) || colon(code)
const inSegment: Accept = (code) => inName(code) || colonOrAt(code)
const inPath: Accept = (code) => inSegment(code) || slash(code)
const inQuery: Accept = (code) => inSegment(code) || queryMark(code)
const inFragment: Accept = (code) => inSegment(code) || fragmentMark(code)

/** libxml2 refuses ports that do not fit an int. */
const maxPort = 0x7fff_ffff

function run(text: string, from: number, accept: Accept): number {
  let at = from
  while (at < text.length && accept(text.charCodeAt(at))) at++
  return at
}

/** As `run`, and accepts `%41` too. */
function runEscaped(text: string, from: number, accept: Accept): number {
  let at = run(text, from, accept)
  while (text[at] === '%' && hex(text.charCodeAt(at + 1)) && hex(text.charCodeAt(at + 2))) {
    at = run(text, at + 3, accept)
  }
  return at
}

/** The scheme without its colon. */
function scanScheme(text: string): string | undefined {
  if (text === '' || !alpha(text.charCodeAt(0))) return undefined
  const end = run(text, 1, inScheme)
  return text[end] === ':' ? text.slice(0, end) : undefined
}

interface Authority extends Pick<UriParts, 'user' | 'server' | 'port'> {
  readonly end: number
}

const noAuthority: Omit<Authority, 'end'> = { user: undefined, server: undefined, port: undefined }

function scanHost(text: string, from: number): number | undefined {
  if (text[from] !== '[') return runEscaped(text, from, inName)
  const close = text.indexOf(']', from)
  return close === -1 ? undefined : close + 1
}

function scanAuthority(text: string, from: number): Authority | undefined {
  const userEnd = runEscaped(text, from, inUser)
  const hasUser = text[userEnd] === '@'
  const hostStart = hasUser ? userEnd + 1 : from
  const hostEnd = scanHost(text, hostStart)
  if (hostEnd === undefined) return undefined
  const server = hostEnd > hostStart ? text.slice(hostStart, hostEnd) : undefined
  const user = hasUser ? text.slice(from, userEnd) : undefined
  if (text[hostEnd] !== ':') return { user, server, port: undefined, end: hostEnd }
  const portEnd = run(text, hostEnd + 1, digit)
  const port = portEnd > hostEnd + 1 ? Number(text.slice(hostEnd + 1, portEnd)) : Infinity
  return port <= maxPort ? { user, server, port, end: portEnd } : undefined
}

/** Where the path ends; `undefined` when it may not stand there. */
function scanPath(
  text: string,
  from: number,
  afterAuthority: boolean,
  hasScheme: boolean,
): number | undefined {
  const end = runEscaped(text, from, inPath)
  if (end === from) return end
  if (text[from] === '/') return end
  if (afterAuthority) return undefined
  if (hasScheme) return end
  // The first segment of a relative path may not hold a colon: it would read as a scheme.
  const colonAt = text.indexOf(':', from)
  const slashAt = text.indexOf('/', from)
  return colonAt === -1 || colonAt >= end || (slashAt !== -1 && slashAt < colonAt) ? end : undefined
}

/** Splits a URI into its parts; `undefined` is what libxml2 refuses. */
export function splitUri(text: string): UriParts | undefined {
  const scheme = scanScheme(text)
  const start = scheme === undefined ? 0 : scheme.length + 1
  const hasAuthority = text.startsWith('//', start)
  const authority = hasAuthority ? scanAuthority(text, start + 2) : { ...noAuthority, end: start }
  if (authority === undefined) return undefined
  const pathEnd = scanPath(text, authority.end, hasAuthority, scheme !== undefined)
  if (pathEnd === undefined) return undefined
  const queryEnd = text[pathEnd] === '?' ? runEscaped(text, pathEnd + 1, inQuery) : pathEnd
  const end = text[queryEnd] === '#' ? runEscaped(text, queryEnd + 1, inFragment) : queryEnd
  if (end !== text.length) return undefined
  return {
    scheme,
    user: authority.user,
    server: authority.server,
    port: authority.port,
    path: text.slice(authority.end, pathEnd),
    query: queryEnd > pathEnd ? text.slice(pathEnd + 1, queryEnd) : undefined,
    fragment: end > queryEnd ? text.slice(queryEnd + 1, end) : undefined,
  }
}
