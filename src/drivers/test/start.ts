import {
  DomainCreateFlags,
  DomainEventResumedDetailType,
  DomainEventStartedDetailType,
  DomainEventSuspendedDetailType,
  DomainEventType,
  DomainPausedReason,
  DomainRunningReason,
  DomainState,
} from '../../constants/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { emitLifecycle } from './lifecycle-event.ts'
import { RunningDomain } from './running-domain.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/**
 * Starts an inactive domain: opens its disks, gives it an id and lets it run.
 *
 * When a disk cannot be opened the domain stays as it was.
 */
export function startDomain(world: World, domain: TestDomain, flags: number): VirResult<void> {
  return RunningDomain.start(world, domain).map((running) => {
    domain.running = running
    world.domains.activate(domain)
    if (domain.persistent) domain.nextDefinition ??= domain.definition
    domain.definition = { ...domain.definition, id: domain.id }
    letRun(world, domain, (flags & DomainCreateFlags.START_PAUSED) !== 0)
  })
}

function letRun(world: World, domain: TestDomain, paused: boolean): void {
  const { STARTED, RESUMED, SUSPENDED } = DomainEventType
  if (paused) domain.setState(DomainState.PAUSED, DomainPausedReason.USER)
  else domain.setState(DomainState.RUNNING, DomainRunningReason.BOOTED)
  if (!paused && world.semantics.reportsGuestEvents) {
    emitLifecycle(world, domain, RESUMED, DomainEventResumedDetailType.UNPAUSED)
  }
  emitLifecycle(world, domain, STARTED, DomainEventStartedDetailType.BOOTED)
  if (paused) {
    emitLifecycle(world, domain, SUSPENDED, DomainEventSuspendedDetailType.PAUSED)
  }
}
