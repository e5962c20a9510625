/**
 * The ways in which libvirt raises an error, and the texts of its helper checks.
 *
 * They differ in the prefix of the message and in the extra fields; see `virRaiseErrorFull`, `virReportInvalidArg`
 * and `virReportSystemError` (libvirt 9.0.0, `src/util/virerror.c`).
 *
 * @module
 */
import type { Errno } from './errno.ts'
import { strerror } from './errno.ts'
import { ErrorDomain } from './error-domain.ts'
import { ErrorNumber } from './error-number.ts'
import { errorTexts } from './error-texts.ts'
import { VirError } from './vir-error.ts'

/** What may be added to an error that is raised with a code. */
export interface RaiseOptions {
  readonly cause?: unknown
}

/**
 * Raises a code, with a detail that is put behind the code's own text.
 *
 * @param detail - Absent: the text that the code has without a detail
 */
export function virError(
  code: ErrorNumber,
  domain: ErrorDomain,
  detail?: string,
  options: RaiseOptions = {},
): VirError {
  const texts = errorTexts.get(code)
  const format = detail === undefined ? texts?.noDetail : texts?.withDetail
  return new VirError({
    code,
    domain,
    // A replacer function, because a detail may hold `$&`.
    message: format?.replace('%s', () => detail ?? '') ?? 'No error message provided',
    ...(format !== undefined && { str1: format }),
    ...(detail !== undefined && { str2: detail }),
    int1: -1,
    int2: -1,
    ...options,
  })
}

/**
 * Raises INVALID_ARG for an argument check: the text stands as it is, without the prefix `invalid argument: `.
 *
 * @param functionName - The C function that checked
 * @param argument - The argument's name; `flags` for unsupported bits, `ctl` for flags that exclude or need others
 */
export function invalidArgument(
  domain: ErrorDomain,
  functionName: string,
  argument: string,
  text: string,
  options: RaiseOptions = {},
): VirError {
  return new VirError({
    code: ErrorNumber.INVALID_ARG,
    domain,
    message: text,
    str1: functionName,
    str2: argument,
    int1: 0,
    int2: 0,
    ...options,
  })
}

/** Raises SYSTEM_ERROR: the text, then what the errno means. */
export function systemError(
  domain: ErrorDomain,
  errno: Errno,
  text?: string,
  options: RaiseOptions = {},
): VirError {
  const message = text === undefined ? strerror(errno) : `${text}: ${strerror(errno)}`
  return new VirError({
    code: ErrorNumber.SYSTEM_ERROR,
    domain,
    message,
    str1: '%s',
    str2: message,
    int1: errno,
    int2: -1,
    ...options,
  })
}

/** Raises NO_SUPPORT for a driver that lacks a member; `functionName` is the public C function. */
export function noSupport(
  functionName: string,
  domain: ErrorDomain = ErrorDomain.DOMAIN,
): VirError {
  return virError(ErrorNumber.NO_SUPPORT, domain, functionName)
}

/** Raises INVALID_ARG for flag bits that a driver function does not know. */
export function unsupportedFlags(
  domain: ErrorDomain,
  driverFunction: string,
  bits: number,
): VirError {
  const hex = (bits >>> 0).toString(16)
  return invalidArgument(
    domain,
    driverFunction,
    'flags',
    `unsupported flags (0x${hex}) in function ${driverFunction}`,
  )
}
