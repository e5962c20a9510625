import { errAsync, ok, safeTry } from 'neverthrow'
import {
  DomainEventStartedDetailType,
  DomainEventType,
  DomainPausedReason,
  DomainRunningReason,
  DomainState,
} from '../../constants/index.ts'
import {
  type DomainQemuAttachTarget,
  type DomainRef,
  type GuestAgentDriver,
  operationUnsupported,
} from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { QmpClient } from '../../qmp/index.ts'
import { agentLinkOf } from './agent-link.ts'
import { surveyForeign } from './foreign-qemu.ts'
import type { QemuHost } from './host-state.ts'
import { emitLifecycle } from './lifecycle-event.ts'
import { checkMemberFlags } from './member.ts'
import { MonitorWatch } from './monitor-watch.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored, qmpToVirError } from './qmp-error.ts'
import { RunningQemu } from './running-qemu.ts'
import { runPaths } from './state/root-layout.ts'

/** The members of {@link attach}. */
type AttachMembers = Required<Pick<GuestAgentDriver, 'domainQemuAttach'>>

/** Taking a QEMU over that something else has started. */
export function attach(host: QemuHost): AttachMembers {
  return {
    domainQemuAttach: (target, flags) =>
      checkMemberFlags('domainQemuAttach', flags, 0).asyncAndThen(() =>
        typeof target === 'number'
          ? errAsync(
              operationUnsupported(
                qemuOrigin,
                'a QEMU can only be attached to by its QMP socket, not by its process id',
              ),
            )
          : attachTo(host, target),
      ),
  }
}

function attachTo(host: QemuHost, target: DomainQemuAttachTarget): VirResultAsync<DomainRef> {
  const { monitorPath, xml } = target
  // What is attached to is not known before the monitor was asked; what comes until then concerns nobody.
  return QmpClient.connect({ path: monitorPath })
    .mapErr((error): VirError =>
      error.kind === 'unreachable' || error.kind === 'timeout'
        ? virError(ErrorNumber.OPERATION_FAILED, ErrorDomain.QEMU, error.message, { cause: error })
        : qmpToVirError(error),
    )
    .andThen((monitor) =>
      takeOver(host, monitor, monitorPath, xml).orElse((error) =>
        monitored(monitor.close()).andThen(() => errAsync(error)),
      ),
    )
}

function takeOver(
  host: QemuHost,
  monitor: QmpClient,
  monitorPath: string,
  xml: string | undefined,
): VirResultAsync<DomainRef> {
  return safeTry(async function* () {
    const found = yield* surveyForeign(host, monitor, xml)
    const { domain } = yield* host.addDomain(found.def, { refuseActive: true })
    const id = host.takeId()
    const running = new RunningQemu({
      process: found.process,
      monitor,
      paths: { ...runPaths(host.layout, id, domain.name), monitor: monitorPath },
      agent: agentLinkOf(found.def),
      disks: found.disks,
      lastNode: 0,
      masterKey: undefined,
      startedAtMs: Date.now(),
      isForeign: true,
    })
    const watch = new MonitorWatch(host, domain)
    watch.attach(monitor)
    begin(host, domain, id, running)
    domain.definition = { ...found.def, id }
    noteState(domain, found.runs)
    watch.begin(running)
    emitLifecycle(host, domain, DomainEventType.STARTED, DomainEventStartedDetailType.BOOTED)
    return ok(domain.ref)
  })
}

function begin(host: QemuHost, domain: QemuDomain, id: number, running: RunningQemu): void {
  domain.running = running
  if (domain.persistent) domain.nextDefinition ??= domain.definition
  host.domains.activate(domain, id)
}

function noteState(domain: QemuDomain, runs: boolean): void {
  if (runs) domain.setState(DomainState.RUNNING, DomainRunningReason.UNKNOWN)
  else domain.setState(DomainState.PAUSED, DomainPausedReason.UNKNOWN)
}
