import { okAsync, ResultAsync } from 'neverthrow'
import {
  DomainCreateFlags,
  DomainEventStoppedDetailType,
  DomainShutoffReason,
} from '../../constants/index.ts'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuDomain } from './qemu-domain.ts'
import type { RunningQemu } from './running-qemu.ts'
import { saveStatus } from './state/status-file.ts'
import { concludeRun, endProcess } from './stop.ts'

/** The domains that end with the connection that started them. */
export class AutoDestroy {
  /** By their present run: one that was started anew since is somebody else's. */
  readonly #runs = new Map<RunningQemu, QemuDomain>()

  /** Notes down a domain that was started, when the flags ask for that. */
  note(domain: QemuDomain, flags: number): VirResultAsync<void> {
    const { running } = domain
    if ((flags & DomainCreateFlags.START_AUTODESTROY) === 0 || running === undefined) {
      return okAsync(undefined)
    }
    this.#runs.set(running, domain)
    // Whoever finds it after us ends it: its connection is gone then.
    running.endsWithConnection = true
    return saveStatus(domain)
  }

  /** Destroys the domains that are still running, because the connection was closed. */
  closed(host: QemuHost): VirResultAsync<void> {
    const runs = [...this.#runs].filter(([running, domain]) => domain.running === running)
    this.#runs.clear()
    return ResultAsync.combine(
      runs.map(([running, domain]) => destroyRun(host, domain, running, false)),
    )
      .map(() => undefined)
      .orElse(() => okAsync<void, VirError>(undefined))
  }
}

/**
 * Ends a run because somebody wants it to.
 *
 * @param graceful - Never forces
 */
export function destroyRun(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  graceful: boolean,
): VirResultAsync<void> {
  const wasDestroyed = running.beingDestroyed
  running.beingDestroyed = true
  return endProcess(running, graceful)
    .orTee(() => {
      running.beingDestroyed = wasDestroyed
    })
    .andThen(() =>
      concludeRun(host, domain, running, {
        reason: DomainShutoffReason.DESTROYED,
        detail: DomainEventStoppedDetailType.DESTROYED,
      }),
    )
}
