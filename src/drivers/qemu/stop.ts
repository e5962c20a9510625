import { err, ok, okAsync, ResultAsync } from 'neverthrow'
import {
  type DomainEventStoppedDetailType,
  DomainEventType,
  type DomainShutoffReason,
  DomainState,
} from '../../constants/index.ts'
import {
  Errno,
  ErrorDomain,
  systemError,
  type VirError,
  type VirResultAsync,
} from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import { removeRunFiles } from './launch.ts'
import { removeMoments } from './moment-files.ts'
import type { QemuDomain } from './qemu-domain.ts'
import type { RunningQemu } from './running-qemu.ts'

/** How a domain stopped. */
export interface StopOptions {
  readonly reason: DomainShutoffReason
  /** Absent: nobody is told, because nobody was told that it runs. */
  readonly detail: DomainEventStoppedDetailType | undefined
}

/** How long QEMU may take to store bitmaps and close its images, once it was asked to end. */
const graceMs = 10_000
/** How long the kernel may take to end a process. */
const killMs = 30_000

/**
 * Ends a QEMU: asks it first, so that it stores bitmaps and closes its images in order, and then forces it.
 *
 * @param graceful - Never forces
 * @errors SYSTEM_ERROR with EBUSY when it does not end
 */
export function endProcess(running: RunningQemu, graceful: boolean): VirResultAsync<void> {
  const { process } = running
  const kill = async (): Promise<VirError | undefined> => {
    process.signal('SIGTERM')
    if (await process.waitForEnd(graceMs)) return undefined
    if (graceful) return stillThere(process.pid, 'TERM')
    process.signal('SIGKILL')
    return (await process.waitForEnd(killMs)) ? undefined : stillThere(process.pid, 'KILL')
  }
  return ResultAsync.fromSafePromise<VirError | undefined, VirError>(kill()).andThen((error) =>
    error === undefined ? ok(undefined) : err(error),
  )
}

function stillThere(pid: number, signal: string): VirError {
  const text = `Failed to terminate process ${pid} with SIG${signal}`
  return systemError(ErrorDomain.NONE, Errno.EBUSY, text)
}

/** Concludes a run whose QEMU has ended or is ending by itself. */
export function endRun(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  options: StopOptions,
): VirResultAsync<void> {
  return endProcess(running, false)
    .orElse(() => okAsync(undefined))
    .andThen(() => concludeRun(host, domain, running, options))
}

/** Tells everybody that a domain stopped whose QEMU is gone, and forgets it when it is transient. */
export function concludeRun(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  options: StopOptions,
): VirResultAsync<void> {
  return ResultAsync.fromSafePromise<void, VirError>(running.drained()).andThen(() =>
    domain.exclusive.run(() => {
      if (domain.running !== running) return okAsync(undefined)
      return removeRunFiles(domain, running.paths)
        .orElse(() => okAsync(undefined))
        .map(() => becomeInactive(host, domain, running, options))
        .andThen(() => (domain.persistent ? okAsync(undefined) : removeMoments(domain)))
    }),
  )
}

/** For a start that failed half-way; the caller holds `exclusive`. */
export function abandonRun(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  reason: DomainShutoffReason,
): VirResultAsync<void> {
  running.beingDestroyed = true
  running.process.signal('SIGKILL')
  return endProcess(running, false)
    .andThen(() => removeRunFiles(domain, running.paths))
    .orElse(() => okAsync<void, VirError>(undefined))
    .map(() => becomeInactive(host, domain, running, { reason, detail: undefined }))
}

function becomeInactive(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  { reason, detail }: StopOptions,
): void {
  void running.disconnect()
  running.endParts()
  domain.running = undefined
  domain.backups.domainStopped()
  domain.setState(DomainState.SHUTOFF, reason)
  // Everybody still learns under which id the domain ran.
  const { ref } = domain
  host.domains.deactivate(domain)
  domain.definition = domain.nextDefinition ?? domain.inactiveDefinition
  domain.nextDefinition = undefined
  domain.isUpdated = false
  if (!domain.persistent) host.domains.remove(domain)
  if (detail === undefined) return
  host.events.emit('lifecycle', { domain: ref, event: DomainEventType.STOPPED, detail })
}
