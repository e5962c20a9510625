import { err, ok, type Result } from 'neverthrow'

/** An integer as it stands on the wire: `number` as long as it is safe, `bigint` from 2^53 on. */
export type QmpInteger = number | bigint

/** Any value that a QMP message can hold. */
export type JsonValue =
  null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject

/** An object of a QMP message. */
export interface JsonObject {
  readonly [name: string]: JsonValue
}

/** QEMU's own parser refuses deeper messages (`MAX_NESTING`, qobject/json-parser.c). */
const MAX_DEPTH = 1024

const MIN_INT64 = -(2n ** 63n)
const MAX_UINT64 = 2n ** 64n - 1n

const QUOTE = 0x22
const BACKSLASH = 0x5c
const MINUS = 0x2d
const COLON = 0x3a

/**
 * Reads one JSON text without losing integers.
 *
 * Integers from 2^53 on that fit in 64 bits become `bigint`, all other numbers are `number`; what does not fit in 64
 * bits is no QAPI integer and is read as `JSON.parse` reads it.
 *
 * @returns The syntax error for a text that is not JSON
 */
export function parseJson(text: string): Result<JsonValue, Error> {
  try {
    return ok(hasLongDigits(text) ? parseWithBigIntegers(text) : JSON.parse(text))
  } catch (error) {
    return err(error instanceof Error ? error : new Error(String(error)))
  }
}

/** 2^53 has sixteen digits: a text without a run of so many has nothing to lose, and most have none. */
const LONG = 16

/** Looks at every sixteenth character only, since one of those is in each run of sixteen. */
function hasLongDigits(text: string): boolean {
  for (let at = LONG - 1; at < text.length; at += LONG) {
    if (!isDigit(text.charCodeAt(at))) continue
    let start = at
    while (isDigit(text.charCodeAt(start - 1))) start -= 1
    let end = at + 1
    while (end - start < LONG && isDigit(text.charCodeAt(end))) end += 1
    if (end - start >= LONG) return true
  }
  return false
}

/** Hides big integers in strings that nobody can have guessed, parses, and turns the strings into `bigint`. */
function parseWithBigIntegers(text: string): JsonValue {
  const mark = `${globalThis.crypto.randomUUID()}:`
  const marked = markBigIntegers(text, mark)
  const value: MutableJson = JSON.parse(marked)
  return marked === text ? value : unmark(value, mark)
}

function markBigIntegers(text: string, mark: string): string {
  let marked = ''
  let copied = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(text, at)
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at)
      if (end - at >= LONG && isBigInteger(text.slice(at, end)) && !isFollowedByColon(text, end)) {
        marked += `${text.slice(copied, at)}"${mark}${text.slice(at, end)}"`
        copied = end
      }
      at = end
    } else {
      at += 1
    }
  }
  return copied === 0 ? text : marked + text.slice(copied)
}

function endOfString(text: string, start: number): number {
  let at = start
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at === -1) return text.length
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1
    if (escapes % 2 === 0) return at + 1
  }
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && isPartOfNumber(text.charCodeAt(at))) at += 1
  return at
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Digits, and `+`, `-`, `.`, `E`, `e`. */
function isPartOfNumber(code: number): boolean {
  return (
    isDigit(code) ||
    code === 0x2b ||
    code === MINUS ||
    code === 0x2e ||
    code === 0x45 ||
    code === 0x65
  )
}

function isBigInteger(token: string): boolean {
  if (!/^-?[1-9]\d{15,19}$/.test(token) || Number.isSafeInteger(Number(token))) return false
  const value = BigInt(token)
  return value >= MIN_INT64 && value <= MAX_UINT64
}

/** A number in the place of a name is an error, which marking it must not repair. */
function isFollowedByColon(text: string, end: number): boolean {
  let at = end
  while (/\s/.test(text.charAt(at))) at += 1
  return text.charCodeAt(at) === COLON
}

type MutableJson = null | boolean | number | bigint | string | MutableJson[] | MutableObject

interface MutableObject {
  [name: string]: MutableJson
}

/** Works in place and without recursion, since a hostile text may nest a million arrays. */
function unmark(value: MutableJson, mark: string): JsonValue {
  const root: MutableJson[] = [value]
  const todo: (MutableJson[] | MutableObject)[] = [root]
  for (let container = todo.pop(); container !== undefined; container = todo.pop()) {
    for (const [name, member] of Object.entries(container)) {
      if (typeof member === 'string' && member.startsWith(mark)) {
        setMember(container, name, BigInt(member.slice(mark.length)))
      } else if (typeof member === 'object' && member !== null) {
        todo.push(member)
      }
    }
  }
  return root[0] ?? null
}

function setMember(container: MutableJson[] | MutableObject, name: string, value: bigint): void {
  if (Array.isArray(container)) container[Number(name)] = value
  // JSON.parse makes '__proto__' an own property; an assignment keeps it one.
  else container[name] = value
}

/**
 * Writes a value as one line of JSON; `bigint` becomes an integer, members that are `undefined` are left out.
 *
 * @returns What cannot be written, for values that JSON does not have: functions, symbols, `NaN`, class instances such
 * as `Map`, and nesting that QEMU would refuse
 */
export function formatJson(value: unknown): Result<string, Error> {
  try {
    return ok(format(value, 0))
  } catch (error) {
    return err(error instanceof Error ? error : new Error(String(error)))
  }
}

function format(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new Error(`a value nested deeper than ${MAX_DEPTH} levels`)
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`the number ${value}`)
      return JSON.stringify(value)
    case 'object':
      return formatObject(value, depth)
    case 'undefined':
    case 'function':
    case 'symbol':
      throw new Error(`a value of type ${typeof value}`)
  }
}

function formatObject(value: object | null, depth: number): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map((item) => format(item, depth + 1)).join(',')}]`
  const tag = Object.prototype.toString.call(value)
  if (tag !== '[object Object]') throw new Error(`a value of type ${tag.slice(8, -1)}`)
  const members: string[] = []
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${format(member, depth + 1)}`)
  }
  return `{${members.join(',')}}`
}
