/**
 * One call of a public function: its checks in libvirt's order, then the driver's member.
 *
 * @module
 */
import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow'
import type { HypervisorDriver } from '../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  noSupport,
  VirError,
  type VirResult,
  type VirResultAsync,
} from '../errors/index.ts'
import {
  badArgument,
  type CheckedFunction,
  exclusiveFlags,
  flagWord,
  integer,
  invalidObject,
  mustBeNull,
  type NamedFlag,
  nonEmpty,
  nonNegative,
  nonNull,
  nonZero,
  type NumberRange,
  type ObjectKind,
  positive,
  readOnlyDenied,
  requiredFlag,
  secureDenied,
  textOnly,
  typedParameters,
} from './checks.ts'
import type { ConnectionState } from './connection-state.ts'

/** Calls one member of the driver with the flags as an unsigned number. */
export type Invoke<T> = (driver: HypervisorDriver, flags: number) => VirResultAsync<T> | undefined

/**
 * The checks of one call, written down in libvirt's order; the first that fails is the answer.
 *
 * @example
 * ```ts
 * this.call('virDomainBlockResize', flags)
 *   .readWrite()
 *   .text('disk', disk)
 *   .integer('size', size, ranges.u64)
 *   .to((driver, bits) => driver.domainBlockResize?.(this.ref, disk, size, bits))
 * ```
 */
export class Call {
  readonly #state: ConnectionState
  #function: CheckedFunction
  readonly #flags: number
  #error: VirError | undefined

  constructor(state: ConnectionState, fn: CheckedFunction, flags: number) {
    this.#state = state
    this.#function = fn
    // What is no number has no flags set; it is refused at the end.
    this.#flags = typeof flags === 'number' ? flags : Number.NaN
  }

  /** Needs the object that the call is made on to belong to an open connection. */
  object(kind: ObjectKind): this {
    if (this.#state.closed) this.#error ??= invalidObject(this.#function, kind)
    return this
  }

  /** Goes on as another public function, which the one called has called. */
  as(name: string): this {
    this.#function = { ...this.#function, name }
    return this
  }

  /** Makes a check that only this function has. */
  check(check: (fn: CheckedFunction) => VirError | undefined): this {
    this.#error ??= check(this.#function)
    return this
  }

  /** Makes the checks of `then` only when `condition` holds. */
  when(condition: boolean, then: (call: this) => unknown): this {
    if (condition) then(this)
    return this
  }

  /** Makes the checks of `then` only when one of these flags is set. */
  whenFlagged(bits: number, then: (call: this) => unknown): this {
    return this.when((this.#flags & bits) !== 0, then)
  }

  /** Needs a connection that may write. */
  readWrite(): this {
    if (this.#state.readOnly) this.#error ??= readOnlyDenied(this.#function)
    return this
  }

  /** Needs a connection that may write when one of these flags is set, since they show secrets. */
  secure(bits: number): this {
    const shown = (this.#flags & bits) !== 0
    if (shown && this.#state.readOnly) this.#error ??= secureDenied(this.#function)
    return this
  }

  /** Needs the argument to be there. */
  nonNull(argument: string, value: unknown): this {
    this.#error ??= nonNull(this.#function, argument, value)
    return this
  }

  /** Needs the argument to be absent. */
  mustBeNull(argument: string, value: unknown): this {
    this.#error ??= mustBeNull(this.#function, argument, value)
    return this
  }

  /** Needs a string. */
  text(argument: string, value: unknown): this {
    this.#error ??=
      nonNull(this.#function, argument, value) ?? textOnly(this.#function, argument, value)
    return this
  }

  /** Needs a string that is not empty. */
  nonEmpty(argument: string, value: unknown): this {
    this.#error ??= nonEmpty(this.#function, argument, value)
    return this
  }

  /** Takes a string or nothing. */
  optionalText(argument: string, value: unknown): this {
    this.#error ??= textOnly(this.#function, argument, value)
    return this
  }

  /** Needs an array whose elements are strings. */
  texts(argument: string, value: unknown): this {
    return this.#array(argument, value, (element) => textOnly(this.#function, argument, element))
  }

  /** Needs an array whose elements are integers of the range. */
  integers(argument: string, value: unknown, range: NumberRange): this {
    return this.#array(argument, value, (element) =>
      integer(this.#function, argument, element, range),
    )
  }

  /** Needs bytes. */
  bytes(argument: string, value: unknown): this {
    return this.nonNull(argument, value).check((fn) =>
      value instanceof Uint8Array
        ? undefined
        : badArgument(fn, argument, `${argument} in ${fn.name} must be bytes`),
    )
  }

  /** Needs a number greater than zero. */
  positive(argument: string, value: unknown): this {
    this.#error ??= positive(this.#function, argument, value)
    return this
  }

  /** Needs a number that is not zero. */
  nonZero(argument: string, value: unknown): this {
    this.#error ??= nonZero(this.#function, argument, value)
    return this
  }

  /** Needs a number that is not negative. */
  nonNegative(argument: string, value: unknown): this {
    this.#error ??= nonNegative(this.#function, argument, value)
    return this
  }

  /** Needs an integer of the range. */
  integer(argument: string, value: unknown, range: NumberRange): this {
    this.#error ??= integer(this.#function, argument, value, range)
    return this
  }

  /** Needs two flags not to be set both. */
  exclusive(one: NamedFlag, other: NamedFlag): this {
    this.#error ??= exclusiveFlags(this.#function, this.#flags, one, other)
    return this
  }

  /** Needs `required` to be set where `flag` is. */
  requires(flag: NamedFlag, required: NamedFlag): this {
    this.#error ??= requiredFlag(this.#function, this.#flags, flag, required)
    return this
  }

  /** Needs a function. */
  callback(argument: string, value: unknown): this {
    return this.nonNull(argument, value).check((fn) =>
      typeof value === 'function'
        ? undefined
        : badArgument(fn, argument, `${argument} in ${fn.name} must be a function`),
    )
  }

  /** Needs true or false. */
  boolean(argument: string, value: unknown): this {
    return this.check((fn) =>
      typeof value === 'boolean'
        ? undefined
        : badArgument(fn, argument, `${argument} in ${fn.name} must be a boolean`),
    )
  }

  /** Needs a record. */
  record(argument: string, value: unknown): this {
    return this.nonNull(argument, value).check((fn) =>
      isRecord(value)
        ? undefined
        : badArgument(fn, argument, `${argument} in ${fn.name} must be a record`),
    )
  }

  /** Needs a set of typed parameters. */
  typedParameters(params: unknown): this {
    return this.record('params', params).check((fn) =>
      isRecord(params) ? typedParameters(fn, params) : undefined,
    )
  }

  /** Gives what the function answers without its driver, unless a check failed. */
  locally<T>(answer: () => T): VirResultAsync<T> {
    const error = this.#error ?? flagWord(this.#function, this.#flags)
    return error === undefined ? okAsync(answer()) : errAsync(error)
  }

  /**
   * Calls the driver's member, unless a check failed.
   *
   * @param invoke - Gives `undefined` where the driver lacks the member; the answer is then NO_SUPPORT
   * @param convert - Makes what the caller gets of what the driver gave; absent: the same
   */
  to<T>(invoke: Invoke<T>): VirResultAsync<T>
  to<T, U>(invoke: Invoke<T>, convert: (value: T) => U): VirResultAsync<U>
  to<T, U>(invoke: Invoke<T>, convert?: (value: T) => U): VirResultAsync<T | U> {
    const error = this.#error ?? flagWord(this.#function, this.#flags)
    return error === undefined ? this.#invoke(invoke, convert) : errAsync(error)
  }

  #invoke<T, U>(invoke: Invoke<T>, convert?: (value: T) => U): VirResultAsync<T | U> {
    const { name, errorDomain } = this.#function
    const flags = this.#flags >>> 0
    const answer = safely(() => invoke(this.#state.driver, flags), convert)
    return answer ?? errAsync(noSupport(name, errorDomain))
  }

  #array(
    argument: string,
    value: unknown,
    checkElement: (element: unknown) => VirError | undefined,
  ): this {
    return this.nonNull(argument, value).check((fn) => {
      if (!Array.isArray(value)) {
        return badArgument(fn, argument, `${argument} in ${fn.name} must be an array`)
      }
      for (const element of value) {
        const error = nonNull(fn, argument, element) ?? checkElement(element)
        if (error !== undefined) return error
      }
      return undefined
    })
  }
}

/**
 * Calls a driver that may break its contract: what it throws, or rejects with, becomes an error.
 *
 * @returns `undefined` where the driver lacks the member
 */
export function safely<T>(invoke: () => VirResultAsync<T>): VirResultAsync<T>
export function safely<T>(
  invoke: () => VirResultAsync<T> | undefined,
): VirResultAsync<T> | undefined
export function safely<T, U>(
  invoke: () => VirResultAsync<T> | undefined,
  convert: ((value: T) => U) | undefined,
): VirResultAsync<T | U> | undefined
export function safely<T, U>(
  invoke: () => VirResultAsync<T> | undefined,
  convert?: (value: T) => U,
): VirResultAsync<T | U> | undefined {
  try {
    const answer = invoke()
    if (answer === undefined) return undefined
    // `then` and not `map`: it takes in a driver that rejects, and costs a tenth.
    const settled = answer.then(
      (result): VirResult<T | U> =>
        convert === undefined || result.isErr() ? result : converted(result.value, convert),
      (defect: unknown): VirResult<T | U> => err(unknownCause(defect)),
    )
    return new ResultAsync(Promise.resolve(settled))
  } catch (defect) {
    return errAsync(unknownCause(defect))
  }
}

function converted<T, U>(value: T, convert: (value: T) => U): VirResult<U> {
  try {
    return ok(convert(value))
  } catch (defect) {
    return err(unknownCause(defect))
  }
}

/** Reports a call that failed without saying why, as libvirt does; here that is a driver that broke its contract. */
function unknownCause(cause: unknown): VirError {
  return new VirError({
    code: ErrorNumber.INTERNAL_ERROR,
    domain: ErrorDomain.NONE,
    message: 'An error occurred, but the cause is unknown',
    cause,
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
