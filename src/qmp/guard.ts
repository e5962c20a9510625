import type { JsonObject, JsonValue, QmpInteger } from './json.ts'

/** Says whether a value that came over the wire has the type that it should have. */
export type Guard<T> = (value: unknown) => value is T

/** The guard of a member that may be absent; see {@link optional}. */
export interface OptionalField<T> {
  readonly optional: Guard<T>
}

/** One guard for each member of `T`, and {@link optional} ones exactly for the optional members. */
export type FieldGuards<T> = {
  readonly [Name in keyof T]-?: object extends Pick<T, Name>
    ? OptionalField<Exclude<T[Name], undefined>>
    : Guard<T[Name]>
}

/** Accepts whatever can come over the wire. */
export function isJson(value: unknown): value is JsonValue {
  return value !== undefined
}

/** Accepts every object; also the empty one with which most commands answer. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Accepts strings. */
export function isString(value: unknown): value is string {
  return typeof value === 'string'
}

/** Accepts the two booleans. */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

/** Accepts numbers, with a fraction or without, but not `bigint`. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

/** Accepts integers of up to 64 bits. */
export function isInteger(value: unknown): value is QmpInteger {
  return typeof value === 'bigint' || Number.isInteger(value)
}

/** Accepts arrays of which each item passes the guard. */
export function isArrayOf<T>(item: Guard<T>): Guard<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(item)
}

/** Marks the guard of a member that may be absent. */
export function optional<T>(guard: Guard<T>): OptionalField<T> {
  return { optional: guard }
}

/**
 * Accepts objects that have the members named, each passing its guard.
 *
 * Members that are not named are accepted and kept, since every release of QEMU adds some.
 */
export function isRecord<T extends object>(fields: FieldGuards<T>): Guard<T> {
  const checks = Object.entries<Guard<unknown> | OptionalField<unknown>>(fields).map(toCheck)
  return (value): value is T => isObject(value) && checks.every((check) => check(value))
}

function toCheck([name, field]: [string, Guard<unknown> | OptionalField<unknown>]): (
  object: JsonObject,
) => boolean {
  if (typeof field === 'function')
    return (object) => Object.hasOwn(object, name) && field(object[name])
  return (object) => !Object.hasOwn(object, name) || field.optional(object[name])
}
