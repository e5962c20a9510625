import { err, type Result, ResultAsync } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import type { NbdRequestOptions } from '../reader.ts'
import type { ClientConnection } from './connection.ts'
import { PendingRequest, type RequestSpec } from './pending-request.ts'
import { abortError } from './run-steps.ts'

/**
 * Spreads requests over connections, up to a limit on each; others wait their turn.
 *
 * A connection that dies takes its own requests with it and no others, until the last one is gone.
 */
export class RequestPool {
  readonly #limit: number
  readonly #timeoutMs: number | undefined
  readonly #connections: ClientConnection[] = []
  readonly #carriers = new Map<PendingRequest, ClientConnection>()
  readonly #watched = new Map<AbortSignal, SignalWatch>()
  #queue: PendingRequest[] = []
  #queueStart = 0
  #over: NbdError | undefined

  /**
   * @param limit - Requests under way on one connection
   * @param timeoutMs - The deadline of requests that have none of their own
   */
  constructor(limit: number, timeoutMs: number | undefined) {
    this.#limit = limit
    this.#timeoutMs = timeoutMs
  }

  /** Connections that stand. */
  get connections(): number {
    return this.#connections.length
  }

  /** Takes one more connection. */
  add(connection: ClientConnection): void {
    this.#connections.push(connection)
    connection.observe({
      freed: () => this.#pump(),
      closed: (reason) => this.#lost(connection, reason),
    })
  }

  /** Makes a request. It settles once: with its reply, or when its connection, signal or deadline ends it. */
  request(spec: RequestSpec, options: NbdRequestOptions): ResultAsync<PendingRequest, NbdError> {
    return new ResultAsync(
      new Promise((resolve) => {
        this.#start(spec, options, resolve)
      }),
    )
  }

  /** Closes all connections. */
  close(): void {
    this.#finish(new NbdError('interrupted', 'Client was closed'))
    for (const connection of this.#connections.slice()) connection.close()
  }

  #start(
    spec: RequestSpec,
    { signal, timeoutMs = this.#timeoutMs }: NbdRequestOptions,
    resolve: (result: Result<PendingRequest, NbdError>) => void,
  ): void {
    let deadline: ReturnType<typeof setTimeout> | undefined
    const request = new PendingRequest(spec, (result) => {
      clearTimeout(deadline)
      if (signal !== undefined) this.#unwatch(signal, request)
      this.#carriers.delete(request)
      resolve(result)
    })
    if (signal?.aborted === true) {
      request.settle(err(abortError(signal)))
      return
    }
    if (signal !== undefined) this.#watch(signal, request)
    if (timeoutMs !== undefined) {
      const late = new NbdError('timeout', `No reply after ${timeoutMs} ms`)
      deadline = setTimeout(() => this.#giveUp(request, late), timeoutMs)
    }
    this.#dispatch(request)
  }

  #dispatch(request: PendingRequest): void {
    if (this.#over !== undefined) {
      request.settle(err(this.#over))
      return
    }
    const connection = this.#leastLoaded()
    if (connection === undefined) this.#queue.push(request)
    else this.#carry(request, connection)
  }

  #carry(request: PendingRequest, connection: ClientConnection): void {
    this.#carriers.set(request, connection)
    connection.submit(request)
  }

  #leastLoaded(): ClientConnection | undefined {
    let best: ClientConnection | undefined
    for (const connection of this.#connections) {
      if (!connection.isOpen || connection.load >= this.#limit) continue
      if (best === undefined || connection.load < best.load) best = connection
    }
    return best
  }

  /** Sends what waits while there is room. */
  #pump(): void {
    while (this.#queueStart < this.#queue.length) {
      const request = this.#queue[this.#queueStart]
      const connection = this.#leastLoaded()
      if (request === undefined || connection === undefined) break
      this.#queueStart++
      if (!request.settled) this.#carry(request, connection)
    }
    // Shifting each time would be slow for long queues, never shifting would keep all requests.
    if (this.#queueStart === this.#queue.length || this.#queueStart > 1024) {
      this.#queue = this.#queue.slice(this.#queueStart)
      this.#queueStart = 0
    }
  }

  #giveUp(request: PendingRequest, error: NbdError): void {
    const carrier = this.#carriers.get(request)
    if (carrier === undefined) request.settle(err(error))
    else carrier.abandon(request, error)
  }

  #lost(connection: ClientConnection, reason: NbdError): void {
    const index = this.#connections.indexOf(connection)
    if (index >= 0) this.#connections.splice(index, 1)
    if (this.#connections.length === 0) this.#finish(reason)
    else this.#pump()
  }

  #finish(reason: NbdError): void {
    if (this.#over !== undefined) return
    // What never was sent is known not to have happened, yet what comes later cannot succeed either.
    this.#over = new NbdError('interrupted', reason.message, { cause: reason })
    const waiting = this.#queue.slice(this.#queueStart)
    this.#queue = []
    this.#queueStart = 0
    for (const request of waiting) request.settle(err(this.#over))
  }

  /** Listens to each signal once, however many requests it is given to. */
  #watch(signal: AbortSignal, request: PendingRequest): void {
    let watch = this.#watched.get(signal)
    if (watch === undefined) {
      const requests = new Set<PendingRequest>()
      const listener = (): void => {
        const error = abortError(signal)
        for (const waiting of requests) this.#giveUp(waiting, error)
      }
      watch = { requests, listener }
      this.#watched.set(signal, watch)
      signal.addEventListener('abort', listener)
    }
    watch.requests.add(request)
  }

  #unwatch(signal: AbortSignal, request: PendingRequest): void {
    const watch = this.#watched.get(signal)
    if (watch === undefined || !watch.requests.delete(request)) return
    if (watch.requests.size > 0) return
    this.#watched.delete(signal)
    signal.removeEventListener('abort', watch.listener)
  }
}

interface SignalWatch {
  readonly requests: Set<PendingRequest>
  readonly listener: () => void
}
