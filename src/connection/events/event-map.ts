/** What a connection reports, and with which payloads. @module */
import type { ConnectCloseReason } from '../../constants/index.ts'
import { type DomainEventName, domainEventIds, type DomainEvents } from '../../driver/index.ts'
import type { Domain } from '../domain.ts'

/** The payload of a driver's event with the object in place of its name. */
export type WithDomain<Event> = Omit<Event, 'domain'> & {
  /** The domain as it was when the event happened; a new object each time. */
  readonly domain: Domain
}

/** The end of a connection. */
export interface ConnectionClosedEvent {
  /** `CLIENT` when the program closed it itself. */
  readonly reason: ConnectCloseReason
}

/** Something went wrong with the listeners of an event. */
export interface ListenerErrorEvent {
  /** The name of the event that they listen to. */
  readonly event: string
  /** What a listener threw, or the `VirError` with which the driver refused to report the event. */
  readonly error: unknown
}

/** The events of a connection: those of its domains, and its own. */
export type ConnectionEvents = {
  readonly [Name in DomainEventName]: WithDomain<DomainEvents[Name]>
} & {
  /** The connection is over; nothing follows. */
  readonly closed: ConnectionClosedEvent
  readonly listenerError: ListenerErrorEvent
}

/** The name of an event of a connection. */
export type ConnectionEventName = keyof ConnectionEvents

/** Receives the payloads of one event. A promise that it returns is not waited for, but its rejection is reported. */
export type ConnectionEventListener<Name extends ConnectionEventName> = (
  event: ConnectionEvents[Name],
) => unknown

/** Says whether it is the name of an event of domains, and not of the connection's own. */
export function isDomainEventName(name: unknown): name is DomainEventName {
  return typeof name === 'string' && Object.hasOwn(domainEventIds, name)
}
