/**
 * Whether a guest runs, as QEMU tells it.
 *
 * @module
 */
import {
  DomainEventResumedDetailType,
  DomainEventSuspendedDetailType,
  DomainEventType,
  DomainPausedReason,
  DomainRunningReason,
  DomainState,
} from '../../constants/index.ts'
import type { QemuHost } from './host-state.ts'
import { emitLifecycle } from './lifecycle-event.ts'
import type { QemuDomain } from './qemu-domain.ts'
import type { RunningQemu } from './running-qemu.ts'
import { saveStatus } from './state/status-file.ts'

/** Saves what became of a domain. It may be lost: QEMU is asked how it is when it is found again. */
export function noteState(domain: QemuDomain): void {
  void saveStatus(domain)
}

/** Notes that the guest runs, and tells of it unless that is known. */
export function cpusRun(host: QemuHost, domain: QemuDomain, running: RunningQemu): void {
  if (domain.state === DomainState.RUNNING) return
  domain.setState(DomainState.RUNNING, running.runningReason ?? DomainRunningReason.UNPAUSED)
  running.runningReason = undefined
  emitLifecycle(host, domain, DomainEventType.RESUMED, DomainEventResumedDetailType.UNPAUSED)
  noteState(domain)
}

/** Notes that the guest stands still, and tells of it unless that is known. */
export function cpusStopped(host: QemuHost, domain: QemuDomain, running: RunningQemu): void {
  if (domain.state !== DomainState.RUNNING) return
  const { pausedReason = DomainPausedReason.UNKNOWN } = running
  running.pausedReason = undefined
  domain.setState(DomainState.PAUSED, pausedReason)
  const detail =
    pausedReason === DomainPausedReason.IOERROR
      ? DomainEventSuspendedDetailType.IOERROR
      : DomainEventSuspendedDetailType.PAUSED
  emitLifecycle(host, domain, DomainEventType.SUSPENDED, detail)
  noteState(domain)
}
