import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'
import type { EventBus } from './event-bus.ts'
import type { EventDriver } from './event.ts'
import { settled } from './settled.ts'

/** The members of {@link eventMembers}. */
type EventMembers = Required<
  Pick<EventDriver, 'connectDomainEventRegisterAny' | 'connectDomainEventDeregisterAny'>
>

/**
 * The members that register for events, over a bus.
 *
 * @param registered - Gets the ids of this connection's callbacks, which end with it
 */
export function eventMembers(events: EventBus, registered: Set<number>): EventMembers {
  return {
    connectDomainEventRegisterAny: (domain, name, callback) => {
      const id = events.register(domain, name, callback)
      registered.add(id)
      return settled(ok(id))
    },
    connectDomainEventDeregisterAny: (callbackId) =>
      settled(
        registered.delete(callbackId) && events.deregister(callbackId)
          ? ok(undefined)
          : err(
              virError(
                ErrorNumber.INVALID_ARG,
                ErrorDomain.NONE,
                `could not find event callback ${callbackId} for deletion`,
              ),
            ),
      ),
  }
}
