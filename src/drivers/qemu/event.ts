import { err, ok } from 'neverthrow'
import { ConnectDomainQemuMonitorEventRegisterFlags } from '../../constants/index.ts'
import { type EventDriver, eventMembers, settled } from '../../driver/index.ts'
import { ErrorDomain, ErrorNumber, type VirResult, virError } from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags } from './member.ts'

/** The members of {@link event}. */
type EventMembers = Required<
  Pick<
    EventDriver,
    | 'connectDomainEventRegisterAny'
    | 'connectDomainEventDeregisterAny'
    | 'connectDomainQemuMonitorEventRegister'
    | 'connectDomainQemuMonitorEventDeregister'
  >
>

/** The callbacks of one connection, which end with it. */
export interface Callbacks {
  readonly events: Set<number>
  readonly monitorEvents: Set<number>
}

const { REGEX, NOCASE } = ConnectDomainQemuMonitorEventRegisterFlags

/** Telling callers what happens. */
export function event(host: QemuHost, callbacks: Callbacks): EventMembers {
  return {
    ...eventMembers(host.events, callbacks.events),
    connectDomainQemuMonitorEventRegister: (domain, name, callback, flags) =>
      settled(
        checkMemberFlags('connectDomainQemuMonitorEventRegister', flags, REGEX | NOCASE)
          .andThen(() => checkPattern(name, flags))
          .map(() => {
            const id = host.monitorEvents.register(domain, name, callback, flags)
            callbacks.monitorEvents.add(id)
            return id
          }),
      ),
    connectDomainQemuMonitorEventDeregister: (callbackId) =>
      settled(
        callbacks.monitorEvents.delete(callbackId) && host.monitorEvents.deregister(callbackId)
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

function checkPattern(pattern: string | undefined, flags: number): VirResult<void> {
  if (pattern === undefined || (flags & REGEX) === 0) return ok(undefined)
  try {
    RegExp(pattern)
    return ok(undefined)
  } catch (cause) {
    const detail = `failed to compile regex '${pattern}'`
    return err(virError(ErrorNumber.INVALID_ARG, ErrorDomain.NONE, detail, { cause }))
  }
}

/** Takes all callbacks of a connection away. */
export function dropCallbacks(host: QemuHost, { events, monitorEvents }: Callbacks): void {
  for (const id of events) host.events.deregister(id)
  for (const id of monitorEvents) host.monitorEvents.deregister(id)
  events.clear()
  monitorEvents.clear()
}
