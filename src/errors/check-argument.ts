import { invalidArgument } from './compose.ts'
import type { RaiseOptions } from './compose.ts'
import type { ErrorDomain } from './error-domain.ts'
import type { VirError } from './vir-error.ts'

/** Which function checks: the name that messages call it by, and the error domain of the file that libvirt has it in. */
export interface CheckedFunction {
  readonly name: string
  readonly errorDomain: ErrorDomain
}

/** Raises INVALID_ARG with a text of the function's own. */
export function badArgument(
  fn: CheckedFunction,
  argument: string,
  text: string,
  options?: RaiseOptions,
): VirError {
  return invalidArgument(fn.errorDomain, fn.name, argument, text, options)
}

/** Refuses an argument that is absent; libvirt's `virCheckNonNullArg`. */
export function nonNull(
  fn: CheckedFunction,
  argument: string,
  value: unknown,
): VirError | undefined {
  if (value !== undefined && value !== null) return undefined
  return badArgument(fn, argument, `${argument} in ${fn.name} must not be NULL`)
}

/**
 * Refuses what is no string. C has no such check: its compiler has made it.
 *
 * An absent value passes: where it may not be absent, {@link nonNull} has said so.
 */
export function textOnly(
  fn: CheckedFunction,
  argument: string,
  value: unknown,
): VirError | undefined {
  if (value === undefined || value === null || typeof value === 'string') return undefined
  return badArgument(fn, argument, `${argument} in ${fn.name} must be a string`)
}

/** Refuses what is absent or no string. */
export function requiredText(
  fn: CheckedFunction,
  argument: string,
  value: unknown,
): VirError | undefined {
  return nonNull(fn, argument, value) ?? textOnly(fn, argument, value)
}
