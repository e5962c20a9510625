import { err, ok, safeTry } from 'neverthrow'
import {
  DomainCreateFlags,
  DomainEventResumedDetailType,
  DomainEventShutdownDetailType,
  DomainEventStoppedDetailType,
  DomainEventSuspendedDetailType,
  DomainEventType,
  DomainPausedReason,
  DomainRunningReason,
  DomainShutdownFlagValues,
  DomainShutoffReason,
  DomainState,
} from '../../constants/index.ts'
import type { DomainRef, LifecycleDriver } from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { reachAgent } from './agent.ts'
import type { AutoDestroy } from './auto-destroy.ts'
import { addDomain, checkDefinition, readDefinition } from './domain-list.ts'
import { retryStalledWrite } from './guest-error.ts'
import { emitLifecycle } from './lifecycle-event.ts'
import { checkMemberFlags, findDomain, findRunningDomain, settled } from './member.ts'
import { startDomain } from './start.ts'
import { wrongState } from './state-errors.ts'
import { stopDomain } from './stop.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** The members of {@link lifecycle}. */
type LifecycleMembers = Required<
  Pick<
    LifecycleDriver,
    | 'domainCreateXML'
    | 'domainCreate'
    | 'domainCreateWithFlags'
    | 'domainSuspend'
    | 'domainResume'
    | 'domainShutdown'
    | 'domainShutdownFlags'
    | 'domainReboot'
    | 'domainReset'
    | 'domainDestroy'
    | 'domainDestroyFlags'
  >
>

/** Starting domains, stopping them, and what is between. */
export function lifecycle(world: World, autoDestroy: AutoDestroy): LifecycleMembers {
  const started =
    (flags: number) =>
    (domain: TestDomain): TestDomain => {
      autoDestroy.note(domain, flags)
      return domain
    }
  return {
    domainCreateXML: (xml, flags) =>
      settled(
        createXML(world, xml, flags)
          .map(started(flags))
          .map(({ ref }) => ref),
      ),
    domainCreate: (ref) => settled(create(world, ref, 0).map(() => undefined)),
    domainCreateWithFlags: (ref, flags) =>
      settled(
        create(world, ref, flags)
          .map(started(flags))
          .map(() => undefined),
      ),
    domainSuspend: (ref) => settled(suspend(world, ref)),
    domainResume: (ref) => settled(resume(world, ref)),
    domainShutdown: (ref) => settled(shutdown(world, ref, 0)),
    domainShutdownFlags: (ref, flags) => settled(shutdown(world, ref, flags)),
    domainReboot: (ref, flags) => settled(reboot(world, ref, flags)),
    domainReset: (ref, flags) => settled(reset(world, ref, flags)),
    domainDestroy: (ref) => settled(destroy(world, ref, 0)),
    domainDestroyFlags: (ref, flags) => settled(destroy(world, ref, flags)),
  }
}

function createXML(world: World, xml: string, flags: number): VirResult<TestDomain> {
  const { semantics } = world
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainCreateXML', flags, semantics.createXMLFlags)
    const validate = (flags & DomainCreateFlags.START_VALIDATE) !== 0
    const def = yield* readDefinition(world, xml, validate)
    yield* checkDefinition(world, def)
    const { domain, isNew } = yield* addDomain(world, def, { refuseActive: true })
    // An inactive domain of the same name runs once with this definition, and keeps its own for later.
    const kept = domain.definition
    if (!isNew) {
      domain.definition = { ...def, uuid: domain.uuid }
      domain.nextDefinition = kept
    }
    const started = startDomain(world, domain, flags)
    if (started.isErr()) {
      if (isNew) world.domains.remove(domain)
      domain.definition = kept
      domain.nextDefinition = undefined
    }
    return started.map(() => domain)
  })
}

function create(world: World, ref: DomainRef, flags: number): VirResult<TestDomain> {
  const { semantics } = world
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainCreateWithFlags', flags, semantics.createFlags)
    const domain = yield* findDomain(world, ref)
    if (domain.isActive) {
      const named = `Domain '${domain.name}' is already running`
      return err(wrongState(semantics, 'domain is already running', named))
    }
    return startDomain(world, domain, flags).map(() => domain)
  })
}

function suspend(world: World, ref: DomainRef): VirResult<void> {
  const { semantics } = world
  return findForStateChange(world, ref, 'not running').andThen((domain) => {
    if (domain.state === DomainState.PAUSED) {
      const named = `domain '${domain.name}' not running`
      return semantics.suspendsTwice ? ok(undefined) : err(wrongState(semantics, '', named))
    }
    domain.setState(DomainState.PAUSED, DomainPausedReason.USER)
    const { SUSPENDED } = DomainEventType
    emitLifecycle(world, domain, SUSPENDED, DomainEventSuspendedDetailType.PAUSED)
    return ok(undefined)
  })
}

function resume(world: World, ref: DomainRef): VirResult<void> {
  const { semantics } = world
  return findForStateChange(world, ref, 'not paused').andThen((domain) => {
    if (domain.state !== DomainState.PAUSED) {
      const named = `domain '${domain.name}' not paused`
      return err(wrongState(semantics, 'domain is already running', named))
    }
    domain.setState(DomainState.RUNNING, DomainRunningReason.UNPAUSED)
    emitLifecycle(world, domain, DomainEventType.RESUMED, DomainEventResumedDetailType.UNPAUSED)
    retryStalledWrite(world, domain)
    return ok(undefined)
  })
}

/** The test driver says of an inactive domain what it says of any other state that does not fit. */
function findForStateChange(world: World, ref: DomainRef, named: string): VirResult<TestDomain> {
  const { semantics } = world
  if (!semantics.namesDomainInStateErrors) return findRunningDomain(world, ref)
  return findDomain(world, ref).andThen((domain) =>
    domain.isActive
      ? ok(domain)
      : err(wrongState(semantics, '', `domain '${domain.name}' ${named}`)),
  )
}

const { ACPI_POWER_BTN, GUEST_AGENT } = DomainShutdownFlagValues

function shutdown(world: World, ref: DomainRef, flags: number): VirResult<void> {
  const { semantics } = world
  const supported = semantics.reportsGuestEvents ? ACPI_POWER_BTN | GUEST_AGENT : 0
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainShutdownFlags', flags, supported)
    const domain = yield* findDomain(world, ref)
    const runs = semantics.reportsGuestEvents
      ? domain.state === DomainState.RUNNING
      : domain.isActive
    if (!runs) {
      const named = `domain '${domain.name}' not running`
      return err(wrongState(semantics, 'domain is not running', named))
    }
    if ((flags & GUEST_AGENT) !== 0 && (flags & ACPI_POWER_BTN) === 0) {
      yield* reachAgent(world, domain, 'guest-shutdown')
    }
    endGuest(world, domain, domain.definition.onPoweroff ?? 'destroy')
    return ok(undefined)
  })
}

function reboot(world: World, ref: DomainRef, flags: number): VirResult<void> {
  const { semantics } = world
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainReboot', flags, semantics.rebootFlags)
    const domain = yield* findRunningDomain(world, ref)
    if (semantics.needsAgentChannel) {
      const onlyAgent = (flags & GUEST_AGENT) !== 0 && (flags & ACPI_POWER_BTN) === 0
      if (onlyAgent) yield* reachAgent(world, domain, 'guest-shutdown')
      // The power button of a paused guest is pressed in vain.
      if (domain.state !== DomainState.RUNNING) return ok(undefined)
    }
    world.events.emit('reboot', { domain: domain.ref })
    endGuest(world, domain, domain.definition.onReboot ?? 'restart')
    return ok(undefined)
  })
}

/** The guest ended by itself; its definition says whether the domain stops or goes on. */
function endGuest(world: World, domain: TestDomain, action: string): void {
  if (action === 'restart' || action === 'rename-restart') {
    domain.setState(DomainState.RUNNING, DomainRunningReason.BOOTED)
    return
  }
  const crashed = action.startsWith('coredump')
  if (world.semantics.reportsGuestEvents) {
    const { SHUTDOWN } = DomainEventType
    emitLifecycle(world, domain, SHUTDOWN, DomainEventShutdownDetailType.GUEST)
  }
  stopDomain(world, domain, {
    reason: crashed ? DomainShutoffReason.CRASHED : DomainShutoffReason.SHUTDOWN,
    detail: DomainEventStoppedDetailType.SHUTDOWN,
    clean: true,
  })
}

function reset(world: World, ref: DomainRef, flags: number): VirResult<void> {
  return checkMemberFlags(world, 'domainReset', flags, 0)
    .andThen(() => findRunningDomain(world, ref))
    .map(() => undefined)
}

function destroy(world: World, ref: DomainRef, flags: number): VirResult<void> {
  const { semantics } = world
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainDestroyFlags', flags, semantics.destroyFlags)
    const domain = yield* findRunningDomain(world, ref)
    if (semantics.reportsGuestEvents) {
      const { SHUTDOWN } = DomainEventType
      emitLifecycle(world, domain, SHUTDOWN, DomainEventShutdownDetailType.HOST)
    }
    stopDomain(world, domain, {
      reason: DomainShutoffReason.DESTROYED,
      detail: DomainEventStoppedDetailType.DESTROYED,
      clean: true,
    })
    return ok(undefined)
  })
}
