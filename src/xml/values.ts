/** How the texts of attributes and elements become values, and the errors that libvirt's `virXMLProp…` functions give. @module */
import { ErrorDomain, ErrorNumber, VirError, virError } from '../errors/index.ts'
import { absFilePath } from './schema.ts'
import { maxUnsigned, maxUnsignedLongLong, parseUnsigned, parseUnsignedUpTo } from './integer.ts'

/** Where a text stands, for messages. */
export interface TextPlace {
  readonly element: string
  /** Absent: the text is the element's content. */
  readonly attribute?: string
}

/** A kind of value: how a text is read and how the value is written. */
export interface Value<V> {
  /** Gives undefined for a text that stands for absence, such as `default` in some attributes. */
  read(text: string, place: TextPlace): V | undefined | VirError
  write(value: V): string
  /** What the schema accepts, where that is less than what is read. */
  accepts?(text: string): boolean
}

/** Raises XML_ERROR as libvirt's reading of attributes does: in domain XML. */
export function attributeError(detail: string): VirError {
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.XML, detail)
}

function invalid(text: string, place: TextPlace, expected: string): VirError {
  return attributeError(
    `Invalid value for attribute '${place.attribute ?? ''}' in element '${place.element}': '${text}'.${expected}`,
  )
}

/** Any text. */
export const text: Value<string> = { read: (raw) => raw, write: (value) => value }

/** A text that the schema wants to be an absolute path. */
export const absolutePath: Value<string> = { ...text, accepts: absFilePath }

/**
 * One of a set of words.
 *
 * @param options - `absent`: a word that stands for absence, as libvirt's value 0; `error`: what an unknown word gives
 */
export function oneOf<const V extends string>(
  words: readonly V[],
  options: { readonly absent?: string; readonly error?: (raw: string) => VirError } = {},
): Value<V> {
  const known: ReadonlySet<string> = new Set(words)
  const isKnown = (raw: string): raw is V => known.has(raw)
  return {
    read: (raw, place) => {
      if (isKnown(raw)) return raw
      if (raw === options.absent) return undefined
      return options.error?.(raw) ?? invalid(raw, place, '')
    },
    write: (value) => value,
    accepts: (raw) => known.has(raw) || raw === options.absent,
  }
}

function eitherOf(yes: string, no: string): Value<boolean> {
  return {
    read: (raw, place) => (raw === yes ? true : raw === no ? false : invalid(raw, place, '')),
    write: (value) => (value ? yes : no),
  }
}

/** `yes` or `no`; libvirt's `virTristateBool`. */
export const yesNo: Value<boolean> = eitherOf('yes', 'no')

/** `on` or `off`; libvirt's `virTristateSwitch`. */
export const onOff: Value<boolean> = eitherOf('on', 'off')

/** How an unsigned integer is read and written. */
export interface UnsignedOptions {
  /** 0 tells the base by the prefix. */
  readonly base?: 0 | 10 | 16
  /** Zero is refused. */
  readonly nonZero?: true
  /** Zero stands for absence, because libvirt writes no zero. */
  readonly zeroIsAbsent?: true
  /** Digits behind `0x`; absent: decimal. */
  readonly hexDigits?: number
}

/** A 32-bit unsigned integer; libvirt's `virXMLPropUInt`. */
export function unsigned(options: UnsignedOptions = {}): Value<number> {
  return {
    read: (raw, place) => {
      const value = parseUnsignedUpTo(raw, maxUnsigned, options.base)
      if (value === undefined) return invalid(raw, place, ' Expected non-negative integer value')
      return value === 0 ? zero(options, place) : value
    },
    write: (value) => formatUnsigned(value, options.hexDigits),
  }
}

function zero(options: UnsignedOptions, place: TextPlace): 0 | undefined | VirError {
  if (options.nonZero) {
    return attributeError(
      `Invalid value for attribute '${place.attribute ?? ''}' in element '${place.element}': Zero is not permitted`,
    )
  }
  return options.zeroIsAbsent ? undefined : 0
}

function formatUnsigned(value: number, hexDigits: number | undefined): string {
  return hexDigits === undefined
    ? String(value)
    : `0x${value.toString(16).padStart(hexDigits, '0')}`
}

/**
 * A 64-bit unsigned integer that must be a safe one here.
 *
 * @param error - What a text that is no such number gives; absent: as `virXMLPropULongLong`
 */
export function unsignedLong(
  options: UnsignedOptions & { readonly error?: (raw: string) => VirError } = {},
): Value<number> {
  return {
    read: (raw, place) => {
      const value = parseUnsigned(raw, options.base)
      if (value === undefined || value > maxUnsignedLongLong) {
        return options.error?.(raw) ?? invalid(raw, place, ' Expected non-negative integer value')
      }
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) return tooLarge(raw)
      return value === 0n ? zero(options, place) : Number(value)
    },
    write: (value) => formatUnsigned(value, options.hexDigits),
  }
}

/** Raises OVERFLOW for a number that libvirt holds in 64 bits and that is no safe integer. */
export function tooLarge(raw: string): VirError {
  return virError(ErrorNumber.OVERFLOW, ErrorDomain.NONE, `value too large: ${raw}`)
}

/** A value whose failure gives another error. */
export function withError<V>(value: Value<V>, error: (raw: string) => VirError): Value<V> {
  return {
    ...value,
    read: (raw, place) => {
      const read = value.read(raw, place)
      return read instanceof VirError ? error(raw) : read
    },
  }
}
