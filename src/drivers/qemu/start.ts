import { errAsync } from 'neverthrow'
import {
  DomainCreateFlags,
  DomainEventStartedDetailType,
  DomainEventSuspendedDetailType,
  DomainEventType,
  DomainPausedReason,
  DomainRunningReason,
  DomainShutoffReason,
  DomainState,
} from '../../constants/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import { launch, type LaunchedQemu } from './launch.ts'
import { emitLifecycle } from './lifecycle-event.ts'
import { MonitorWatch } from './monitor-watch.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { runCpus } from './run-cpus.ts'
import type { RunningQemu } from './running-qemu.ts'
import { saveStatus } from './state/status-file.ts'
import { abandonRun } from './stop.ts'

/**
 * Starts an inactive domain; its `exclusive` is held.
 *
 * When that fails the domain stays as it was, and nothing is left of QEMU.
 */
export function startDomain(
  host: QemuHost,
  domain: QemuDomain,
  flags: number,
): VirResultAsync<void> {
  const id = host.takeId()
  const watch = new MonitorWatch(host, domain)
  return launch(host, domain, id, (monitor) => watch.attach(monitor)).andThen((launched) => {
    const before = domain.definition
    activate(host, domain, id, launched)
    watch.begin(launched.running)
    return letRun(host, domain, launched.running, (flags & DomainCreateFlags.START_PAUSED) !== 0)
      .andThen(() => saveStatus(domain))
      .orElse((error) =>
        abandonRun(host, domain, launched.running, DomainShutoffReason.FAILED).andThen(() => {
          domain.definition = before
          return errAsync(error)
        }),
      )
  })
}

function activate(
  host: QemuHost,
  domain: QemuDomain,
  id: number,
  { running, def }: LaunchedQemu,
): void {
  domain.running = running
  host.domains.activate(domain, id)
  if (domain.persistent) domain.nextDefinition ??= domain.definition
  domain.definition = def
  domain.setState(DomainState.PAUSED, DomainPausedReason.STARTING_UP)
}

function letRun(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  paused: boolean,
): VirResultAsync<void> {
  const { STARTED, SUSPENDED } = DomainEventType
  if (paused) {
    domain.setState(DomainState.PAUSED, DomainPausedReason.USER)
    // Saved before it is told of, so that whoever hears of it finds it again.
    return saveStatus(domain).map(() => {
      emitLifecycle(host, domain, STARTED, DomainEventStartedDetailType.BOOTED)
      emitLifecycle(host, domain, SUSPENDED, DomainEventSuspendedDetailType.PAUSED)
    })
  }
  return saveStatus(domain)
    .andThen(() => runCpus(host, domain, running, DomainRunningReason.BOOTED))
    .map(() => emitLifecycle(host, domain, STARTED, DomainEventStartedDetailType.BOOTED))
}
