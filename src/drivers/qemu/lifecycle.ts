import { err, errAsync, ok, okAsync, safeTry } from 'neverthrow'
import {
  DomainCreateFlags,
  DomainDestroyFlagsValues,
  DomainPausedReason,
  DomainRebootFlagValues,
  DomainRunningReason,
  DomainShutdownFlagValues,
  DomainState,
} from '../../constants/index.ts'
import {
  type DomainRef,
  type LifecycleDriver,
  notRunning,
  operationInvalid,
} from '../../driver/index.ts'
import { ErrorDomain, type VirResult, type VirResultAsync } from '../../errors/index.ts'
import { systemPowerdown, systemReset } from '../../qmp/index.ts'
import { agentAvailable, askAgentToShutDown } from './agent-access.ts'
import { type AutoDestroy, destroyRun } from './auto-destroy.ts'
import type { QemuHost } from './host-state.ts'
import {
  type ActiveDomain,
  checkMemberFlags,
  findDomain,
  withActiveDomain,
  withDomain,
} from './member.ts'
import { qemuOrigin } from './origin.ts'
import { monitored } from './qmp-error.ts'
import { readDomainXml } from './read-domain-xml.ts'
import { runCpus, stopCpus } from './run-cpus.ts'
import { startDomain } from './start.ts'

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
export function lifecycle(host: QemuHost, autoDestroy: AutoDestroy): LifecycleMembers {
  return {
    domainCreateXML: (xml, flags) => createXML(host, autoDestroy, xml, flags),
    domainCreate: (ref) => create(host, autoDestroy, ref, 0),
    domainCreateWithFlags: (ref, flags) => create(host, autoDestroy, ref, flags),
    domainSuspend: (ref) => suspend(host, ref),
    domainResume: (ref) => resume(host, ref),
    domainShutdown: (ref) => shutdown(host, ref, 0),
    domainShutdownFlags: (ref, flags) => shutdown(host, ref, flags),
    domainReboot: (ref, flags) => reboot(host, ref, flags),
    domainReset: (ref, flags) => reset(host, ref, flags),
    domainDestroy: (ref) => destroy(host, ref, 0),
    domainDestroyFlags: (ref, flags) => destroy(host, ref, flags),
  }
}

const { START_PAUSED, START_BYPASS_CACHE, START_FORCE_BOOT } = DomainCreateFlags
const { START_VALIDATE, START_AUTODESTROY, START_RESET_NVRAM } = DomainCreateFlags
// Nothing is saved yet, so that there is no cache to bypass and every boot is a forced one.
const createFlags = START_PAUSED | START_BYPASS_CACHE | START_FORCE_BOOT | START_RESET_NVRAM

function createXML(
  host: QemuHost,
  autoDestroy: AutoDestroy,
  xml: string,
  flags: number,
): VirResultAsync<DomainRef> {
  return safeTry(async function* () {
    const known = createFlags | START_VALIDATE | START_AUTODESTROY
    yield* checkMemberFlags('domainCreateXML', flags, known)
    const def = yield* readDomainXml(host, xml, (flags & START_VALIDATE) !== 0)
    const { domain, isNew } = yield* host.addDomain(def, { refuseActive: true })
    return domain.exclusive.run(() => {
      if (domain.isActive) {
        const detail = `domain '${domain.name}' is already active`
        return errAsync(operationInvalid({ errorDomain: ErrorDomain.DOMAIN }, detail))
      }
      // An inactive domain of the same name runs once with this definition, and keeps its own for later.
      const kept = domain.definition
      if (!isNew) {
        domain.definition = { ...def, uuid: domain.uuid }
        if (domain.persistent) domain.nextDefinition = kept
      }
      return startDomain(host, domain, flags)
        .andThen(() => autoDestroy.note(domain, flags))
        .map(() => domain.ref)
        .orTee(() => {
          domain.definition = kept
          domain.nextDefinition = undefined
          if (isNew) host.domains.remove(domain)
        })
    })
  })
}

function create(
  host: QemuHost,
  autoDestroy: AutoDestroy,
  ref: DomainRef,
  flags: number,
): VirResultAsync<void> {
  const known = createFlags | START_AUTODESTROY
  return checkMemberFlags('domainCreateWithFlags', flags, known).asyncAndThen(() =>
    withDomain(host, ref, (domain) =>
      domain.isActive
        ? errAsync(operationInvalid(qemuOrigin, 'domain is already running'))
        : startDomain(host, domain, flags).andThen(() => autoDestroy.note(domain, flags)),
    ),
  )
}

function suspend(host: QemuHost, ref: DomainRef): VirResultAsync<void> {
  return withActiveDomain(host, ref, ({ domain, running }) =>
    domain.state === DomainState.PAUSED
      ? okAsync(undefined)
      : stopCpus(host, domain, running, DomainPausedReason.USER),
  )
}

function resume(host: QemuHost, ref: DomainRef): VirResultAsync<void> {
  return withActiveDomain(host, ref, ({ domain, running }) =>
    domain.state === DomainState.RUNNING
      ? errAsync(operationInvalid(qemuOrigin, 'domain is already running'))
      : runCpus(host, domain, running, DomainRunningReason.UNPAUSED),
  )
}

function shutdown(host: QemuHost, ref: DomainRef, flags: number): VirResultAsync<void> {
  const { ACPI_POWER_BTN, GUEST_AGENT } = DomainShutdownFlagValues
  return checkMemberFlags('domainShutdownFlags', flags, ACPI_POWER_BTN | GUEST_AGENT).asyncAndThen(
    () =>
      withDomain(host, ref, (domain) => {
        const { running, state } = domain
        if (running === undefined || state !== DomainState.RUNNING) {
          return errAsync(notRunning(ErrorDomain.QEMU))
        }
        const restarts = domain.definition.onPoweroff === 'restart'
        return endGuest({ domain, running }, flags, 'powerdown', restarts)
      }),
  )
}

function reboot(host: QemuHost, ref: DomainRef, flags: number): VirResultAsync<void> {
  const { ACPI_POWER_BTN, GUEST_AGENT } = DomainRebootFlagValues
  return checkMemberFlags('domainReboot', flags, ACPI_POWER_BTN | GUEST_AGENT).asyncAndThen(() =>
    withActiveDomain(host, ref, (active) => {
      const restarts = active.domain.definition.onReboot !== 'destroy'
      return endGuest(active, flags, 'reboot', restarts)
    }),
  )
}

/** Asks the guest to end: through its agent when that is asked for or there is one, else by its power button. */
function endGuest(
  { domain, running }: ActiveDomain,
  flags: number,
  mode: 'powerdown' | 'reboot',
  restarts: boolean,
): VirResultAsync<void> {
  const { ACPI_POWER_BTN, GUEST_AGENT } = DomainShutdownFlagValues
  const isForced = (flags & GUEST_AGENT) !== 0
  const button = (): VirResultAsync<void> => {
    running.restartsGuest = restarts
    return monitored(running.monitor.execute(systemPowerdown, {})).map(() => undefined)
  }
  const usesAgent = isForced || (flags === 0 && running.agent !== undefined)
  if (!usesAgent) return button()
  const available: VirResult<void> = agentAvailable(domain, running)
  if (available.isErr() && !isForced) return button()
  return available
    .asyncAndThen(() => {
      running.restartsGuest = false
      return askAgentToShutDown(domain, running, mode)
    })
    .orElse((error) => {
      const hasOther = !isForced || (flags & ACPI_POWER_BTN) !== 0
      return hasOther ? button() : errAsync(error)
    })
}

function reset(host: QemuHost, ref: DomainRef, flags: number): VirResultAsync<void> {
  return checkMemberFlags('domainReset', flags, 0).asyncAndThen(() =>
    withActiveDomain(host, ref, ({ domain, running }) =>
      monitored(running.monitor.execute(systemReset, {})).map(() => {
        running.restartsGuest = false
        // QEMU does not start a guest that had crashed.
        if (domain.state === DomainState.CRASHED) {
          domain.setState(DomainState.PAUSED, DomainPausedReason.CRASHED)
        }
      }),
    ),
  )
}

function destroy(host: QemuHost, ref: DomainRef, flags: number): VirResultAsync<void> {
  const { GRACEFUL } = DomainDestroyFlagsValues
  return checkMemberFlags('domainDestroyFlags', flags, GRACEFUL)
    .andThen(() => findDomain(host, ref))
    .asyncAndThen((found) =>
      // A domain that is being started is waited for; one that runs is not, because what holds it may hang.
      found.running === undefined
        ? withDomain(host, ref, (domain) => okAsync(domain))
        : okAsync(found),
    )
    .andThen((domain): VirResult<ActiveDomain> => {
      const { running } = domain
      return running === undefined ? err(notRunning()) : ok({ domain, running })
    })
    .andThen(({ domain, running }) => destroyRun(host, domain, running, (flags & GRACEFUL) !== 0))
}
