/**
 * The errors of the public functions' own checks, each written once; libvirt 9.0.0 (`src/internal.h`, `src/datatypes.h`).
 *
 * A function here gives the error, or `undefined` when the argument passes.
 *
 * @module
 */
import {
  badArgument,
  type CheckedFunction,
  ErrorDomain,
  ErrorNumber,
  requiredText,
  type VirError,
  virError,
} from '../errors/index.ts'

export { badArgument, type CheckedFunction, nonNull, textOnly } from '../errors/index.ts'

/** A flag with the symbol that messages call it by. */
export interface NamedFlag {
  readonly symbol: string
  readonly bits: number
}

/** The kinds of object that a call can be made on. */
export type ObjectKind = 'connection' | 'domain' | 'checkpoint' | 'snapshot'

/** The numbers that an argument may have; both ends belong to it. */
export interface NumberRange {
  readonly min: number
  readonly max: number
}

/** The ranges of C's integer types, as far as a JavaScript number is exact. */
export const ranges: Readonly<Record<'i32' | 'u32' | 'i64' | 'u64', NumberRange>> = {
  i32: { min: -0x8000_0000, max: 0x7fff_ffff },
  u32: { min: 0, max: 0xffff_ffff },
  i64: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
  u64: { min: 0, max: Number.MAX_SAFE_INTEGER },
}

/** Raises the error for an object that is closed or is none. */
export function invalidObject(fn: CheckedFunction, kind: ObjectKind): VirError {
  switch (kind) {
    case 'connection':
      return virError(ErrorNumber.INVALID_CONN, fn.errorDomain, fn.name)
    case 'domain':
      // The one check that keeps its error domain in every file.
      return virError(ErrorNumber.INVALID_DOMAIN, ErrorDomain.DOM, fn.name)
    case 'checkpoint':
      return virError(ErrorNumber.INVALID_DOMAIN_CHECKPOINT, ErrorDomain.DOMAIN_CHECKPOINT, fn.name)
    case 'snapshot':
      return virError(ErrorNumber.INVALID_DOMAIN_SNAPSHOT, ErrorDomain.DOMAIN_SNAPSHOT, fn.name)
  }
}

/** Raises the error for a call that a read-only connection may not make. */
export function readOnlyDenied(fn: CheckedFunction): VirError {
  return virError(
    ErrorNumber.OPERATION_DENIED,
    fn.errorDomain,
    `read only access prevents ${fn.name}`,
  )
}

/** Raises the error for reading secrets over a read-only connection. */
export function secureDenied(fn: CheckedFunction): VirError {
  return virError(ErrorNumber.OPERATION_DENIED, fn.errorDomain, `${fn.name} with secure flag`)
}

/** Refuses an argument that is there; libvirt's `virCheckNullArg`. */
export function mustBeNull(
  fn: CheckedFunction,
  argument: string,
  value: unknown,
): VirError | undefined {
  if (value === undefined || value === null) return undefined
  return badArgument(fn, argument, `${argument} in ${fn.name} must be NULL`)
}

/** Refuses an absent or empty string; libvirt's `virCheckNonEmptyStringArg`. */
export function nonEmpty(
  fn: CheckedFunction,
  argument: string,
  value: unknown,
): VirError | undefined {
  if (value !== '') return requiredText(fn, argument, value)
  return badArgument(fn, argument, `string ${argument} in ${fn.name} must not be empty`)
}

/** Refuses numbers that are not greater than zero; libvirt's `virCheckPositiveArg`. */
export function positive(
  fn: CheckedFunction,
  argument: string,
  value: unknown,
): VirError | undefined {
  if (typeof value !== 'number' || !(value <= 0)) return undefined
  return badArgument(fn, argument, `${argument} in ${fn.name} must be greater than zero`)
}

/** Refuses zero; libvirt's `virCheckNonZeroArg`. */
export function nonZero(
  fn: CheckedFunction,
  argument: string,
  value: unknown,
): VirError | undefined {
  if (value !== 0) return undefined
  return badArgument(fn, argument, `${argument} in ${fn.name} must not be zero`)
}

/** Refuses negative numbers; libvirt's `virCheckNonNegativeArg`. */
export function nonNegative(
  fn: CheckedFunction,
  argument: string,
  value: unknown,
): VirError | undefined {
  if (typeof value !== 'number' || !(value < 0)) return undefined
  return badArgument(fn, argument, `${argument} in ${fn.name} must be zero or greater`)
}

/**
 * Refuses what is no integer of the range: OVERFLOW when it is too large, INVALID_ARG otherwise.
 *
 * C has no such check: its compiler has made it, or the number has wrapped silently.
 */
export function integer(
  fn: CheckedFunction,
  argument: string,
  value: unknown,
  range: NumberRange,
): VirError | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    return badArgument(fn, argument, `${argument} in ${fn.name} must be a number`)
  }
  if (value > range.max || value < Number.MIN_SAFE_INTEGER) return tooLarge(fn, value)
  if (!Number.isInteger(value) || typeof value === 'bigint') {
    return badArgument(fn, argument, `${argument} in ${fn.name} must be an integer number`)
  }
  if (value >= range.min) return undefined
  return range.min === 0 ? nonNegative(fn, argument, value) : tooLarge(fn, value)
}

/** Raises OVERFLOW for a number, or a product, that does not fit. */
export function tooLarge(fn: CheckedFunction, ...values: readonly (number | bigint)[]): VirError {
  return virError(
    ErrorNumber.OVERFLOW,
    fn.errorDomain,
    `input too large: ${values.map(digits).join(' * ')}`,
  )
}

/** Writes all digits, where a large number would be written with an exponent. */
function digits(value: number | bigint): string {
  return typeof value === 'number' && Number.isInteger(value)
    ? String(BigInt(value))
    : String(value)
}

/** Refuses flags that are no 32-bit word; libvirt's `virCheckFlags` says so for long ones. */
export function flagWord(fn: CheckedFunction, flags: unknown): VirError | undefined {
  if (typeof flags !== 'number' || !Number.isInteger(flags)) {
    return badArgument(fn, 'flags', `flags in ${fn.name} must be an integer number`)
  }
  if (flags >= ranges.i32.min && flags <= ranges.u32.max) return undefined
  return badArgument(fn, 'flags', `unsupported use of long flags in function ${fn.name}`)
}

/** Refuses two flags together; libvirt's `VIR_EXCLUSIVE_FLAGS_GOTO`. */
export function exclusiveFlags(
  fn: CheckedFunction,
  flags: number,
  one: NamedFlag,
  other: NamedFlag,
): VirError | undefined {
  if ((flags & one.bits) === 0 || (flags & other.bits) === 0) return undefined
  const text = `Flags '${one.symbol}' and '${other.symbol}' are mutually exclusive`
  return badArgument(fn, 'ctl', text)
}

/** Refuses a flag without the one that it needs; libvirt's `VIR_REQUIRE_FLAG_GOTO`. */
export function requiredFlag(
  fn: CheckedFunction,
  flags: number,
  flag: NamedFlag,
  required: NamedFlag,
): VirError | undefined {
  if ((flags & flag.bits) === 0 || (flags & required.bits) !== 0) return undefined
  const text = `Flag '${required.symbol}' is required by flag '${flag.symbol}'`
  return badArgument(fn, 'ctl', text)
}

/** The bytes that the name of a typed parameter may have (`VIR_TYPED_PARAM_FIELD_LENGTH`, less its NUL). */
const longestField = 79

/**
 * Refuses names that are too long and string parameters without a string; libvirt's `virTypedParameterValidateSet`.
 *
 * Whether the driver takes strings is not asked: all drivers inside the process do (`globalFeature`).
 */
export function typedParameters(
  fn: CheckedFunction,
  params: Readonly<Record<string, unknown>>,
): VirError | undefined {
  for (const [field, value] of Object.entries(params)) {
    const bytes = new TextEncoder().encode(field)
    if (bytes.length > longestField) {
      const shown = new TextDecoder().decode(bytes.subarray(0, longestField + 1))
      return badArgument(fn, 'params', `string parameter name '${shown}' too long`)
    }
    if (value === undefined || value === null) {
      return badArgument(fn, 'params', `NULL string parameter '${field}'`)
    }
    if (!parameterTypes.has(typeof value)) {
      return badArgument(fn, 'params', `parameter '${field}' must be a number, boolean or string`)
    }
  }
  return undefined
}

const parameterTypes: ReadonlySet<string> = new Set(['number', 'bigint', 'boolean', 'string'])

/** Counts what an argument holds, as C is told beside it; 0 for what holds nothing. */
export function sizeOf(value: unknown): number {
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}
