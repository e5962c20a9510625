import { err, ok } from 'neverthrow'
import type { EventDriver } from '../../driver/index.ts'
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import { settled } from './member.ts'
import type { World } from './world.ts'

/** The members of {@link event}. */
type EventMembers = Required<
  Pick<EventDriver, 'connectDomainEventRegisterAny' | 'connectDomainEventDeregisterAny'>
>

/** Telling callers what happens. */
export function event(world: World): EventMembers {
  return {
    connectDomainEventRegisterAny: (domain, name, callback) =>
      settled(ok(world.events.register(domain, name, callback))),
    connectDomainEventDeregisterAny: (callbackId) =>
      settled(
        world.events.deregister(callbackId)
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
