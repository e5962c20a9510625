import {
  DomainEventShutdownDetailType,
  DomainEventStoppedDetailType,
  DomainEventType,
  DomainShutdownReason,
  DomainShutoffReason,
  DomainState,
} from '../../constants/index.ts'
import type { QmpClient, ShutdownEvent } from '../../qmp/index.ts'
import { cpusRun, cpusStopped, noteState } from './cpu-state.ts'
import { reportDeviceEvents } from './device-events.ts'
import type { QemuHost } from './host-state.ts'
import { emitLifecycle } from './lifecycle-event.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { resetAndRun } from './reset-and-run.ts'
import type { RunningQemu } from './running-qemu.ts'
import { endRun } from './stop.ts'

/** Follows what QEMU reports of one run of a domain. */
export class MonitorWatch {
  readonly #host: QemuHost
  readonly #domain: QemuDomain
  #running: RunningQemu | undefined
  #isClosed = false

  constructor(host: QemuHost, domain: QemuDomain) {
    this.#host = host
    this.#domain = domain
  }

  /** Listens; what comes before {@link MonitorWatch.begin} concerns nobody. */
  attach(monitor: QmpClient): void {
    const host = this.#host
    const domain = this.#domain
    monitor.on('event', ({ name, data, timestamp }) =>
      host.monitorEvents.emit(domain.ref, { name, data, timestamp }),
    )
    const whileRunning = (use: (running: RunningQemu) => void) => (): void => {
      if (this.#running !== undefined) use(this.#running)
    }
    monitor.on(
      'RESUME',
      whileRunning((running) => cpusRun(host, domain, running)),
    )
    monitor.on(
      'STOP',
      whileRunning((running) => cpusStopped(host, domain, running)),
    )
    monitor.on('SHUTDOWN', ({ data }) => {
      if (this.#running !== undefined) guestShutDown(host, domain, this.#running, data)
    })
    monitor.on(
      'RESET',
      whileRunning(() => host.events.emit('reboot', { domain: domain.ref })),
    )
    reportDeviceEvents(host, domain, monitor)
    monitor.on('closed', ({ by }) => {
      this.#isClosed = true
      if (by === 'peer') this.#lost()
      this.#running?.monitorClosed()
    })
  }

  /** From now on the domain runs. */
  begin(running: RunningQemu): void {
    this.#running = running
    if (!this.#isClosed) return
    this.#lost()
    running.monitorClosed()
  }

  /** QEMU hung up: it has ended, or is about to. */
  #lost(): void {
    const running = this.#running
    if (running === undefined || running.beingDestroyed) return
    running.beingDestroyed = true
    const { saidShutdown } = running
    void endRun(this.#host, this.#domain, running, {
      reason: saidShutdown ? DomainShutoffReason.SHUTDOWN : DomainShutoffReason.CRASHED,
      detail: saidShutdown
        ? DomainEventStoppedDetailType.SHUTDOWN
        : DomainEventStoppedDetailType.FAILED,
    })
  }
}

function guestShutDown(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  { guest }: ShutdownEvent,
): void {
  running.saidShutdown = true
  if (domain.state === DomainState.SHUTDOWN) return
  domain.setState(DomainState.SHUTDOWN, DomainShutdownReason.UNKNOWN)
  const detail = guest ? DomainEventShutdownDetailType.GUEST : DomainEventShutdownDetailType.HOST
  emitLifecycle(host, domain, DomainEventType.SHUTDOWN, detail)
  noteState(domain)
  if (!guest || running.beingDestroyed) return
  // QEMU waits, because it was told not to end by itself.
  if (running.restartsGuest || domain.definition.onPoweroff === 'restart') {
    void resetAndRun(host, domain, running)
  } else running.process.signal('SIGTERM')
}
