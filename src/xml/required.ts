/** Refusing arguments that are of another kind than their type says, as plain JavaScript may pass them. @module */
import { badArgument, ErrorDomain, nonNull } from '../errors/index.ts'
import type { VirError } from '../errors/index.ts'

/**
 * Refuses what is no element that was read.
 *
 * @param name - The function's, as the message says it
 */
export function requiredElement(name: string, value: unknown): VirError | undefined {
  const isTree =
    isObject(value) &&
    'attributes' in value &&
    value.attributes instanceof Map &&
    'children' in value &&
    Array.isArray(value.children)
  return isTree ? undefined : refused(name, 'element', value, 'an element')
}

/** Refuses what is no object. */
export function requiredObject(
  name: string,
  argument: string,
  value: unknown,
): VirError | undefined {
  return isObject(value) ? undefined : refused(name, argument, value, 'an object')
}

/** Refuses what is no definition of a domain. */
export function requiredDomain(name: string, value: unknown): VirError | undefined {
  const isDomain =
    isObject(value) &&
    ['os', 'vcpus', 'devices'].every((member) => isObject(Reflect.get(value, member)))
  return isDomain ? undefined : refused(name, 'def', value, 'a definition')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function refused(name: string, argument: string, value: unknown, what: string): VirError {
  const fn = { name, errorDomain: ErrorDomain.XML }
  return (
    nonNull(fn, argument, value) ??
    badArgument(fn, argument, `${argument} in ${name} must be ${what}`)
  )
}
