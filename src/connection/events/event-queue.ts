import type { VirError } from '../../errors/index.ts'

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: VirError) => void
}

/** What {@link EventQueue} is made of. */
export interface EventQueueOptions {
  /** How many events may wait to be taken. */
  readonly limit: number
  /** Gives the error that ends the queue when more would wait. */
  readonly overflow: () => VirError
  /** Called once, when the queue takes no more events. */
  readonly release: () => void
}

/**
 * Events that wait for an async iterator to take them.
 *
 * The queue never drops one silently: when more would wait than its limit allows, it ends. The events that wait are
 * still given, and then the iterator throws the error.
 */
export class EventQueue<T> implements AsyncIterableIterator<T, undefined, void>, AsyncDisposable {
  readonly #options: EventQueueOptions
  readonly #events: T[] = []
  readonly #waiting: Waiting<T>[] = []
  #open = true
  #error: VirError | undefined

  constructor(options: EventQueueOptions) {
    this.#options = options
  }

  /** Adds an event, or ends the queue with its overflow error. */
  push(event: T): void {
    if (!this.#open) return
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) waiting.resolve({ done: false, value: event })
    else if (this.#events.length < this.#options.limit) this.#events.push(event)
    else this.end(this.#options.overflow())
  }

  /** Takes no more events; what waits is still given, then the error is thrown if there is one. */
  end(error?: VirError): void {
    if (!this.#open) return
    this.#open = false
    this.#error = error
    // Who waits has seen every event: only the end is left, and one of them learns the reason.
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      const reason = this.#takeError()
      if (reason === undefined) resolve({ done: true, value: undefined })
      else reject(reason)
    }
    this.#options.release()
  }

  /** Takes no more events and forgets those that wait. */
  cancel(): void {
    this.#events.length = 0
    this.end()
    this.#error = undefined
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const event = this.#events.shift()
    if (event !== undefined) return Promise.resolve({ done: false, value: event })
    if (this.#open) {
      return new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject })
      })
    }
    const error = this.#takeError()
    return error === undefined
      ? Promise.resolve({ done: true, value: undefined })
      : Promise.reject(error)
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.cancel()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.cancel()
    return Promise.resolve()
  }

  #takeError(): VirError | undefined {
    const error = this.#error
    this.#error = undefined
    return error
  }
}
