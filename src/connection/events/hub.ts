import { ConnectCloseReason } from '../../constants/index.ts'
import {
  type DomainEvent,
  type DomainEventName,
  domainEventNames,
  type DomainRef,
  type HypervisorDriver,
} from '../../driver/index.ts'
import { ErrorDomain, ErrorNumber, type VirError, virError } from '../../errors/index.ts'
import { badArgument, type CheckedFunction, invalidObject, nonNull } from '../checks.ts'
import { listenerErrorChannel, publish } from '../diagnostics.ts'
import type { Domain } from '../domain.ts'
import type { RegisteredCallback } from './callbacks.ts'
import { callSafely, type Listener, SafeEmitter } from './emitter.ts'
import { type ConnectionEventName, type ConnectionEvents, isDomainEventName } from './event-map.ts'
import { EventQueue } from './event-queue.ts'
import { Registrations } from './registrations.ts'

/** The function that listening stands for, as far as errors are concerned. */
export const registering: CheckedFunction = {
  name: 'virConnectDomainEventRegisterAny',
  errorDomain: ErrorDomain.DOMAIN,
}

/** How events are iterated. */
export interface IterationOptions {
  /** Ends the iteration. */
  readonly signal: AbortSignal | undefined
  /** Which of the events are given. */
  readonly wanted: (event: unknown) => boolean
  /** How many events may wait to be taken. */
  readonly limit: number
}

/**
 * Hands the events of a connection on to whoever listens.
 *
 * Events are delivered by microtask, in the order in which the driver reported them, so that a listener that calls back
 * into the connection never meets a half-updated state.
 */
export class EventHub {
  readonly #toDomain: (ref: DomainRef) => Domain
  readonly #emitter: SafeEmitter
  readonly #registrations: Registrations
  readonly #queues = new Map<Ending, ConnectionEventName>()
  #over = false

  constructor(driver: HypervisorDriver, toDomain: (ref: DomainRef) => Domain) {
    this.#toDomain = toDomain
    this.#emitter = new SafeEmitter((event, error) => {
      this.reportError(event, error)
    })
    this.#registrations = new Registrations(driver, {
      onEvent: (name, event) => {
        this.#deliver(name, event)
      },
      onRefused: (name, error) => {
        this.#refused(name, error)
      },
    })
  }

  /** Adds a listener; what stands against it is reported, since the caller looks at no result. */
  listen(name: ConnectionEventName, listener: Listener, once: boolean): void {
    const error = this.#checkListening(name) ?? checkCallback(registering, listener)
    if (error !== undefined) {
      this.reportError(nameOf(name), error)
      return
    }
    if (once) this.#emitter.once(name, listener)
    else this.#emitter.on(name, listener)
    if (isDomainEventName(name)) this.#registrations.add(name)
  }

  /** Removes a listener as often as it was added, or all of the event. */
  forget(name: ConnectionEventName, listener?: Listener): void {
    this.#emitter.off(nameOf(name), listener)
    this.#releaseUnused(name)
  }

  /** Gives the events from now on to an iterator; `error` is what it throws instead. */
  iterate<Name extends ConnectionEventName>(
    name: Name,
    options: IterationOptions,
    error: VirError | undefined = this.#checkListening(name),
  ): EventQueue<ConnectionEvents[Name]> {
    const { signal, wanted, limit } = options
    const take = (event: ConnectionEvents[Name]): void => {
      if (wanted(event)) queue.push(event)
    }
    const cancel = (): void => {
      queue.cancel()
    }
    const queue = new EventQueue<ConnectionEvents[Name]>({
      limit,
      overflow: () => tooManyEvents(name, limit),
      release: () => {
        signal?.removeEventListener('abort', cancel)
        this.#queues.delete(queue)
        this.forget(name, take)
      },
    })
    if (error !== undefined) {
      queue.end(error)
    } else if (signal?.aborted === true) {
      queue.cancel()
    } else {
      signal?.addEventListener('abort', cancel)
      this.#queues.set(queue, name)
      this.listen(name, take, false)
    }
    return queue
  }

  /** Calls a callback that the program registered with the driver by itself, by microtask and safely. */
  callLater(
    name: string,
    callback: Listener,
    registered: RegisteredCallback,
    event: unknown,
  ): void {
    if (this.#over) return
    queueMicrotask(() => {
      if (!registered.active) return
      callSafely(callback, event, (error) => {
        this.reportError(name, error)
      })
    })
  }

  /** Ends everything: `closed` is the last event, and who iterates comes to the end. */
  close(reason: ConnectCloseReason): void {
    if (this.#over) return
    this.#over = true
    this.#registrations.clear()
    queueMicrotask(() => {
      this.#emitter.emit('closed', { reason })
      const error = reason === ConnectCloseReason.CLIENT ? undefined : connectionLost()
      for (const queue of this.#queues.keys()) queue.end(error)
      this.#emitter.clear()
    })
  }

  /** Tells whoever listens to it what went wrong with a listener. */
  reportError(event: string, error: unknown): void {
    publish(listenerErrorChannel, { event, error })
    // A listener of these errors that fails itself is published, and that is all.
    if (event === 'listenerError') return
    queueMicrotask(() => {
      this.#emitter.emit('listenerError', { event, error })
    })
  }

  #checkListening(name: ConnectionEventName): VirError | undefined {
    if (!isDomainEventName(name) && !ownEvents.has(name)) return unknownEvent(registering)
    return this.#over ? invalidObject(registering, 'connection') : undefined
  }

  #deliver(name: DomainEventName, event: DomainEvent): void {
    if (this.#over) return
    queueMicrotask(() => {
      this.#emitter.emit(name, { ...event, domain: this.#toDomain(event.domain) })
      this.#releaseUnused(name)
    })
  }

  #releaseUnused(name: ConnectionEventName): void {
    if (isDomainEventName(name) && this.#emitter.count(name) === 0) this.#registrations.remove(name)
  }

  #refused(name: DomainEventName, error: VirError): void {
    this.reportError(name, error)
    for (const [queue, of] of this.#queues) {
      if (of === name) queue.end(error)
    }
  }
}

/** The part of a queue that does not depend on its events. */
type Ending = Pick<EventQueue<unknown>, 'end'>

const ownEvents: ReadonlySet<string> = new Set<ConnectionEventName>(['closed', 'listenerError'])

/** Refuses what cannot be called. */
export function checkCallback(fn: CheckedFunction, callback: unknown): VirError | undefined {
  if (typeof callback === 'function') return undefined
  return nonNull(fn, 'cb', callback) ?? badArgument(fn, 'cb', `cb in ${fn.name} must be a function`)
}

/** Raises the error for an event that there is not. */
export function unknownEvent(fn: CheckedFunction): VirError {
  return badArgument(fn, 'eventID', `eventID must be less than ${domainEventNames.length}`)
}

function nameOf(name: unknown): string {
  return typeof name === 'string' ? name : typeof name
}

function tooManyEvents(name: string, limit: number): VirError {
  const text = `more than ${limit} events of '${name}' wait to be taken`
  return virError(ErrorNumber.OPERATION_FAILED, ErrorDomain.NONE, text)
}

function connectionLost(): VirError {
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.RPC, 'client socket is closed')
}
