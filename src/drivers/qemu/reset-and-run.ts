import { DomainRunningReason, DomainState, DomainPausedReason } from '../../constants/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import { systemReset } from '../../qmp/index.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored } from './qmp-error.ts'
import { runCpus } from './run-cpus.ts'
import type { RunningQemu } from './running-qemu.ts'

/** Starts a guest anew that has shut itself down; libvirt's `qemuProcessFakeReboot`. */
export function resetAndRun(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
): VirResultAsync<void> {
  running.restartsGuest = false
  running.saidShutdown = false
  return monitored(running.monitor.execute(systemReset, {}))
    .andThen(() => {
      domain.setState(DomainState.PAUSED, DomainPausedReason.SHUTTING_DOWN)
      return runCpus(host, domain, running, DomainRunningReason.BOOTED)
    })
    .orTee(() => running.process.signal('SIGKILL'))
}
