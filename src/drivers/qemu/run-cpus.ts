import type { DomainPausedReason, DomainRunningReason } from '../../constants/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import { cont, stop } from '../../qmp/index.ts'
import type { QemuHost } from './host-state.ts'
import { cpusRun, cpusStopped } from './cpu-state.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'

/** Lets the guest run. The event that QEMU sends carries the news; when it has nothing to say, this does. */
export function runCpus(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  reason: DomainRunningReason,
): VirResultAsync<void> {
  running.runningReason = reason
  return monitored(running.monitor.execute(cont, {})).map(() => {
    cpusRun(host, domain, running)
  })
}

/** Stops the guest. */
export function stopCpus(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  reason: DomainPausedReason,
): VirResultAsync<void> {
  running.pausedReason = reason
  return monitored(running.monitor.execute(stop, {})).map(() => {
    cpusStopped(host, domain, running)
  })
}
