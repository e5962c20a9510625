import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import { type Connection, createConnection } from '../../../src/connection/index.ts'
import type { ConnectCloseReason } from '../../../src/constants/index.ts'
import type {
  DomainEvent,
  DomainEventName,
  DomainQemuMonitorEvent,
  DomainRef,
  HypervisorDriver,
} from '../../../src/driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  virError,
  type VirResultAsync,
} from '../../../src/errors/index.ts'
import { vm } from '../recording-driver.ts'

/** A domain beside `vm`. */
export const other: DomainRef = {
  name: 'other',
  uuid: '11111111-2222-3333-4444-555555555555',
  id: 2,
}

/** A registration that the driver has. */
interface Registered {
  readonly name: string
  readonly uuid: string | undefined
  readonly callback: (event: never) => void
}

/** A driver that reports what a test tells it to. */
export class EventfulDriver {
  /** What reached the driver, in order. */
  readonly log: string[] = []
  readonly registered = new Map<number, Registered>()
  /** What the next registrations settle with, when not with their id. */
  refusal: VirError | undefined
  /** Holds registrations back until it is resolved. */
  gate: Promise<void> = Promise.resolve()
  closeCallback: ((reason: ConnectCloseReason) => void) | undefined
  #nextId = 0

  readonly driver: HypervisorDriver = {
    name: 'Eventful',
    connectClose: () => {
      this.log.push('close')
      return okAsync(undefined)
    },
    connectRegisterCloseCallback: (callback) => {
      this.closeCallback = callback
      return okAsync(undefined)
    },
    connectDomainEventRegisterAny: (domain, name, callback) => {
      this.log.push(`register ${name}`)
      return this.#register({ name, uuid: domain?.uuid, callback })
    },
    connectDomainEventDeregisterAny: (id) => {
      this.log.push(`deregister ${this.registered.get(id)?.name}`)
      return this.#deregister(id)
    },
    connectDomainEventRegister: (callback) => {
      this.log.push('register legacy')
      return this.#register({ name: 'legacy', uuid: undefined, callback }).map(() => undefined)
    },
    connectDomainEventDeregister: (callback) => {
      const found = [...this.registered].find(([, one]) => one.callback === callback)
      this.log.push(`deregister ${found?.[1].name}`)
      return this.#deregister(found?.[0] ?? -1)
    },
    connectDomainQemuMonitorEventRegister: (domain, event, callback) => {
      this.log.push(`register monitor ${event}`)
      return this.#register({ name: 'monitor', uuid: domain?.uuid, callback })
    },
    connectDomainQemuMonitorEventDeregister: (id) => this.#deregister(id),
    domainLookupByName: (name) => okAsync(name === 'other' ? other : vm),
    domainSuspend: () => {
      this.log.push('suspend')
      return okAsync(undefined)
    },
  }

  /** Reports an event to whoever is registered for it. */
  report(
    name: DomainEventName | 'legacy' | 'monitor',
    event: DomainEvent | DomainQemuMonitorEvent,
  ): void {
    for (const one of this.registered.values()) {
      if (one.name === name && (one.uuid ?? event.domain.uuid) === event.domain.uuid) {
        Reflect.apply(one.callback, undefined, [event])
      }
    }
  }

  #register(one: Registered): VirResultAsync<number> {
    const { refusal } = this
    if (refusal !== undefined) return errAsync(refusal)
    const id = this.#nextId
    this.#nextId += 1
    this.registered.set(id, one)
    return ResultAsync.fromSafePromise(this.gate).map(() => id)
  }

  #deregister(id: number): VirResultAsync<void> {
    if (this.registered.delete(id)) return okAsync(undefined)
    return errAsync(
      virError(
        ErrorNumber.INVALID_ARG,
        ErrorDomain.NONE,
        `could not find event callback ${id} for deletion`,
      ),
    )
  }
}

/** A connection over a driver that reports what a test tells it to. */
export function connect(readOnly = false): { eventful: EventfulDriver; connection: Connection } {
  const eventful = new EventfulDriver()
  return { eventful, connection: createConnection(eventful.driver, 'event:///', { readOnly }) }
}

/** Lets all microtasks run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Collects the errors of listeners that a connection reports. */
export function errorsOf(connection: Connection): { event: string; error: unknown }[] {
  const errors: { event: string; error: unknown }[] = []
  connection.on('listenerError', (event) => errors.push(event))
  return errors
}
