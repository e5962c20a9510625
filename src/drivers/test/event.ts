import { err, ok } from 'neverthrow'
import type { EventDriver } from '../../driver/index.ts'
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import { settled } from './member.ts'
import type { World } from './world.ts'

/** The members of {@link event}. */
type EventMembers = Required<
  Pick<EventDriver, 'connectDomainEventRegisterAny' | 'connectDomainEventDeregisterAny'>
>

/**
 * Telling callers what happens.
 *
 * @param registered - Gets the ids of this connection's callbacks, which end with it
 */
export function event(world: World, registered: Set<number>): EventMembers {
  return {
    connectDomainEventRegisterAny: (domain, name, callback) =>
      settled(ok(remember(registered, world.events.register(domain, name, callback)))),
    connectDomainEventDeregisterAny: (callbackId) =>
      settled(
        registered.delete(callbackId) && world.events.deregister(callbackId)
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

function remember(registered: Set<number>, id: number): number {
  registered.add(id)
  return id
}
