import { EventEmitter } from 'eventemitter3'

/** Receives the payload of an event; what it returns is not looked at, but that a promise's rejection is reported. */
export type Listener = (event: never) => unknown

/** Hears of a listener that threw or whose promise was rejected. */
export type OnListenerError = (eventName: string, error: unknown) => void

/** Calls the listener that it is bound to. */
type Invoker = (this: unknown, event: unknown) => void

/**
 * An emitter whose listeners cannot disturb each other or the one who emits.
 *
 * eventemitter3 is given one function of ours for each event, and the listener as its context: so a listener is
 * still found by itself when it is removed, and what it throws is caught.
 */
export class SafeEmitter {
  readonly #emitter = new EventEmitter<string>()
  readonly #invokers = new Map<string, Invoker>()
  readonly #onError: OnListenerError

  constructor(onError: OnListenerError) {
    this.#onError = onError
  }

  on(name: string, listener: Listener): void {
    this.#emitter.on(name, this.#invoker(name), listener)
  }

  once(name: string, listener: Listener): void {
    this.#emitter.once(name, this.#invoker(name), listener)
  }

  /** Removes a listener as often as it was added, or all of the event. */
  off(name: string, listener?: Listener): void {
    if (listener === undefined) this.#emitter.removeAllListeners(name)
    else this.#emitter.off(name, this.#invoker(name), listener)
  }

  /** Calls the listeners at once, in the order in which they came. */
  emit(name: string, event: unknown): void {
    this.#emitter.emit(name, event)
  }

  count(name: string): number {
    return this.#emitter.listenerCount(name)
  }

  clear(): void {
    this.#emitter.removeAllListeners()
  }

  #invoker(name: string): Invoker {
    const known = this.#invokers.get(name)
    if (known !== undefined) return known
    const onError = (error: unknown): void => {
      this.#onError(name, error)
    }
    const invoker: Invoker = function (event) {
      callSafely(this, event, onError)
    }
    this.#invokers.set(name, invoker)
    return invoker
  }
}

/** Calls a listener; what it throws, now or through a promise, goes to `onError`. */
export function callSafely(
  listener: unknown,
  event: unknown,
  onError: (error: unknown) => void,
): void {
  if (typeof listener !== 'function') return
  try {
    const answer: unknown = listener(event)
    if (answer instanceof Promise) answer.catch(onError)
  } catch (error) {
    onError(error)
  }
}
