/**
 * Objects are composed from themes, as drivers are: each theme is a plain object of methods, and all of them together
 * are put on the prototype once.
 *
 * @module
 */

/** A class whose instances are made of these arguments. */
type Class<Arguments extends readonly unknown[], Instance> = new (...args: Arguments) => Instance

/**
 * Puts the methods of the themes on a class.
 *
 * @returns The same class; its instances have the methods from now on
 */
export function withMethods<Arguments extends readonly unknown[], State, Methods extends object>(
  target: Class<Arguments, State>,
  methods: Methods,
): Class<Arguments, State & Methods> {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(target.prototype, name, { value, writable: true, configurable: true })
  }
  if (!hasMethods(target, methods)) throw new Error('the prototype took no methods')
  return target
}

function hasMethods<Arguments extends readonly unknown[], State, Methods extends object>(
  target: Class<Arguments, State>,
  methods: Methods,
): target is Class<Arguments, State & Methods> {
  return Object.keys(methods).every((name) => Object.hasOwn(target.prototype, name))
}
