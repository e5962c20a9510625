import type { ConnectDomainQemuMonitorEventRegisterFlags } from '../constants/index.ts'
import type { DomainEventName, DomainQemuMonitorEvent, DomainRef } from '../driver/index.ts'
import { ErrorDomain, type VirError, type VirResultAsync } from '../errors/index.ts'
import {
  badArgument,
  type CheckedFunction,
  integer,
  invalidObject,
  nonNegative,
  positive,
  ranges,
} from './checks.ts'
import type { ConnectionState } from './connection-state.ts'
import type { Connection, ConnectionObject } from './connection.ts'
import type { Domain } from './domain.ts'
import type { LifecycleRegistration } from './events/callbacks.ts'
import {
  type ConnectionEventListener,
  type ConnectionEventName,
  type ConnectionEvents,
  isDomainEventName,
  type WithDomain,
} from './events/event-map.ts'
import { type IterationOptions, registering, unknownEvent } from './events/hub.ts'
import { DomainHandle } from './handles.ts'

/** Which events an iterator gives, and until when. */
export interface EventIterationOptions {
  /** Ends the iteration; events that wait are forgotten. */
  readonly signal?: AbortSignal
  /** Only events of this domain. */
  readonly domain?: Domain
  /**
   * How many events may wait to be taken, 1024 without it. No event is dropped silently: when more come, those that wait
   * are given and then the iterator throws OPERATION_FAILED.
   */
  readonly limit?: number
}

/** Receives lifecycle events. */
export type LifecycleCallback = ConnectionEventListener<'lifecycle'>

/** Receives events of QEMU's monitor. */
export type QemuMonitorEventCallback = (event: WithDomain<DomainQemuMonitorEvent>) => unknown

/**
 * Listening to what happens.
 *
 * The first listener of an event makes the connection register with the driver, before any later call is sent; when
 * the last one goes it deregisters. Listeners are called by microtask, in the order of the events. One that throws, or
 * whose promise is rejected, is reported through `listenerError` and the diagnostics channel
 * `virtdriver:connection:listener-error`, and stops no other. A driver that refuses the registration is reported there too.
 */
export interface ConnectionEventCalls {
  /** Adds a listener to an event. */
  on<Name extends ConnectionEventName>(
    name: Name,
    listener: ConnectionEventListener<Name>,
  ): Connection

  /** Adds a listener that hears one event and is gone. */
  once<Name extends ConnectionEventName>(
    name: Name,
    listener: ConnectionEventListener<Name>,
  ): Connection

  /** Removes a listener as often as it was added; without one it removes all listeners of the event. */
  off<Name extends ConnectionEventName>(
    name: Name,
    listener?: ConnectionEventListener<Name>,
  ): Connection

  /** Adds a listener until the subscription is disposed of. */
  subscribe<Name extends ConnectionEventName>(
    name: Name,
    listener: ConnectionEventListener<Name>,
  ): Disposable

  /**
   * Gives the events from this call on, in order. It ends when the connection is closed by the program, and throws when it
   * ends in another way, when the driver refuses to report the event, or when too many events wait.
   *
   * @example
   * ```ts
   * for await (const { domain, stats } of connection.events('jobCompleted', { signal })) …
   * ```
   */
  events<Name extends ConnectionEventName>(
    name: Name,
    options?: EventIterationOptions,
  ): AsyncIterableIterator<ConnectionEvents[Name], undefined, void> & AsyncDisposable

  /**
   * Registers a callback for one event with the driver, and tells whether that went well.
   *
   * @param dom - Only events of this domain; `undefined` is all domains
   * @returns The id of the callback, from 0
   * @errors `INVALID_ARG` for a domain of another connection
   * @libvirt virConnectDomainEventRegisterAny (0.8.0)
   */
  domainEventRegisterAny<Name extends DomainEventName>(
    dom: Domain | undefined,
    event: Name,
    cb: ConnectionEventListener<Name>,
  ): VirResultAsync<number>

  /**
   * Undoes `domainEventRegisterAny`; the callback is not called any more.
   *
   * @errors `INVALID_ARG` for an id that is not registered
   * @libvirt virConnectDomainEventDeregisterAny (0.8.0)
   */
  domainEventDeregisterAny(callbackID: number): VirResultAsync<void>

  /**
   * Registers a callback for lifecycle events of all domains.
   *
   * @libvirt virConnectDomainEventRegister (0.5.0)
   */
  domainEventRegister(cb: LifecycleCallback): VirResultAsync<void>

  /**
   * Undoes `domainEventRegister`.
   *
   * @libvirt virConnectDomainEventDeregister (0.5.0)
   */
  domainEventDeregister(cb: LifecycleCallback): VirResultAsync<void>

  /**
   * Registers a callback for events of QEMU's monitor.
   *
   * @param dom - Only events of this domain; `undefined` is all domains
   * @param event - QEMU's name of the event, or a pattern as the flags say; `undefined` is all
   * @returns The id of the callback, from 0
   * @libvirt virConnectDomainQemuMonitorEventRegister (1.2.3)
   */
  domainQemuMonitorEventRegister(
    dom: Domain | undefined,
    event: string | undefined,
    cb: QemuMonitorEventCallback,
    flags?: ConnectDomainQemuMonitorEventRegisterFlags,
  ): VirResultAsync<number>

  /**
   * Undoes `domainQemuMonitorEventRegister`.
   *
   * @libvirt virConnectDomainQemuMonitorEventDeregister (1.2.3)
   */
  domainQemuMonitorEventDeregister(callbackID: number): VirResultAsync<void>
}

const defaultLimit = 1024

/** The methods of {@link ConnectionEventCalls}. */
export const connectionEvent: ConnectionEventCalls & ThisType<ConnectionObject> = {
  on(name, listener) {
    this.hub.listen(name, listener, false)
    return this
  },

  once(name, listener) {
    this.hub.listen(name, listener, true)
    return this
  },

  off(name, listener) {
    this.hub.forget(name, listener)
    return this
  },

  subscribe(name, listener) {
    // A function of its own, so that disposing of it leaves the listener's other subscriptions alone.
    const own: typeof listener =
      typeof listener === 'function' ? (event) => listener(event) : listener
    this.hub.listen(name, own, false)
    return {
      [Symbol.dispose]: () => {
        if (own !== undefined) this.hub.forget(name, own)
      },
    }
  },

  events(name, options = {}) {
    const error = checkIteration(this.state, options)
    return this.hub.iterate(name, iterationOptions(error === undefined ? options : {}), error)
  },

  domainEventRegisterAny(dom, event, cb) {
    const registered = { active: true }
    return this.call('virConnectDomainEventRegisterAny')
      .check((fn) =>
        checkDomain(fn, this.state, dom, (name) => `domain '${name}' must match connection`),
      )
      .callback('cb', cb)
      .check((fn) => checkEvent(fn, event))
      .to(
        (driver) =>
          driver.connectDomainEventRegisterAny?.(refOf(dom), event, (payload) => {
            this.hub.callLater(event, cb, registered, this.withDomain(payload))
          }),
        (id) => {
          this.domainCallbacks.add(id, registered)
          return id
        },
      )
  },

  domainEventDeregisterAny(callbackID) {
    return this.call('virConnectDomainEventDeregisterAny')
      .nonNegative('callbackID', callbackID)
      .integer('callbackID', callbackID, ranges.i32)
      .to(
        (driver) => driver.connectDomainEventDeregisterAny?.(callbackID),
        () => {
          this.domainCallbacks.remove(callbackID)
        },
      )
  },

  domainEventRegister(cb) {
    const registration = lifecycleRegistration(this, cb)
    return this.call('virConnectDomainEventRegister')
      .callback('cb', cb)
      .to(
        (driver) => driver.connectDomainEventRegister?.(registration.driverCallback),
        () => {
          this.lifecycleCallbacks.set(cb, registration)
        },
      )
  },

  domainEventDeregister(cb) {
    const registration = lifecycleRegistration(this, cb)
    return this.call('virConnectDomainEventDeregister')
      .callback('cb', cb)
      .to(
        (driver) => driver.connectDomainEventDeregister?.(registration.driverCallback),
        () => {
          registration.active = false
          this.lifecycleCallbacks.delete(cb)
        },
      )
  },

  domainQemuMonitorEventRegister(dom, event, cb, flags = 0) {
    const registered = { active: true }
    return this.call('virConnectDomainQemuMonitorEventRegister', flags, ErrorDomain.NONE)
      .check((fn) =>
        checkDomain(
          fn,
          this.state,
          dom,
          (name) => `domain '${name}' in ${fn.name} must match connection`,
        ),
      )
      .callback('cb', cb)
      .readWrite()
      .optionalText('event', event)
      .to(
        (driver, bits) =>
          driver.connectDomainQemuMonitorEventRegister?.(
            refOf(dom),
            event ?? undefined,
            (payload) => {
              this.hub.callLater(payload.event, cb, registered, this.withDomain(payload))
            },
            bits,
          ),
        (id) => {
          this.monitorCallbacks.add(id, registered)
          return id
        },
      )
  },

  domainQemuMonitorEventDeregister(callbackID) {
    return this.call('virConnectDomainQemuMonitorEventDeregister', 0, ErrorDomain.NONE)
      .nonNegative('callbackID', callbackID)
      .readWrite()
      .integer('callbackID', callbackID, ranges.i32)
      .to(
        (driver) => driver.connectDomainQemuMonitorEventDeregister?.(callbackID),
        () => {
          this.monitorCallbacks.remove(callbackID)
        },
      )
  },
}

/** Gives the registration of a callback; a new one for a callback that has none, so that the driver can say so. */
function lifecycleRegistration(
  connection: ConnectionObject,
  cb: LifecycleCallback,
): LifecycleRegistration {
  const registration: LifecycleRegistration = connection.lifecycleCallbacks.get(cb) ?? {
    active: true,
    driverCallback: (event) => {
      connection.hub.callLater('lifecycle', cb, registration, connection.withDomain(event))
    },
  }
  return registration
}

function refOf(domain: Domain | undefined): DomainRef | undefined {
  return domain instanceof DomainHandle ? domain.ref : undefined
}

/** Refuses what is no domain, and domains of another connection; none at all stands for all. */
function checkDomain(
  fn: CheckedFunction,
  state: ConnectionState,
  domain: Domain | undefined,
  mismatch: (name: string) => string,
): VirError | undefined {
  if (domain === undefined || domain === null) return undefined
  if (!(domain instanceof DomainHandle) || domain.state.closed) return invalidObject(fn, 'domain')
  return domain.state === state ? undefined : badArgument(fn, 'dom', mismatch(domain.name))
}

function checkEvent(fn: CheckedFunction, event: unknown): VirError | undefined {
  if (isDomainEventName(event)) return undefined
  return nonNegative(fn, 'eventID', event) ?? unknownEvent(fn)
}

function checkIteration(
  state: ConnectionState,
  options: EventIterationOptions,
): VirError | undefined {
  const fn = registering
  if (typeof options !== 'object' || options === null) {
    return badArgument(fn, 'options', `options in ${fn.name} must be a record`)
  }
  const { domain, limit = defaultLimit, signal } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    return badArgument(fn, 'signal', `signal in ${fn.name} must be an AbortSignal`)
  }
  return (
    checkDomain(fn, state, domain, (name) => `domain '${name}' must match connection`) ??
    positive(fn, 'limit', limit) ??
    integer(fn, 'limit', limit, ranges.u32)
  )
}

function iterationOptions(options: EventIterationOptions): IterationOptions {
  const uuid = refOf(options.domain)?.uuid
  return {
    signal: options.signal,
    limit: options.limit ?? defaultLimit,
    wanted: (event) => uuid === undefined || uuidOf(event) === uuid,
  }
}

function uuidOf(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('domain' in event)) return undefined
  return event.domain instanceof DomainHandle ? event.domain.uuid : undefined
}
