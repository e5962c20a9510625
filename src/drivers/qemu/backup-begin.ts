import { ok, okAsync, safeTry } from 'neverthrow'
import {
  type BackupArguments,
  type BackupBeginRequest,
  backupBeginFlags,
  beginBackup as beginPlanned,
  checkBackupReady,
  readBackupRequest,
} from '../../backup/index.ts'
import type { DomainRef } from '../../driver/index.ts'
import { ErrorDomain, type VirResult, type VirResultAsync } from '../../errors/index.ts'
import { type BackupContext, backupPort } from './backup-port.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags, findDomain } from './member.ts'

/**
 * Begins a backup, and gives its id.
 *
 * It has the domain's jobs and checkpoints for itself when this returns, so that calls that are made before it has begun
 * come after it; but what ends the domain.
 */
export function beginBackup(
  host: QemuHost,
  ref: DomainRef,
  args: BackupArguments,
): VirResultAsync<number> {
  return readyToBegin(host, ref, args)
    .asyncAndThen(({ context, request }) => {
      const { domain, running } = context
      return running.whileBusy(() =>
        domain.checkpoints.exclusively(() =>
          // The targets of the one before may still be being released; that asks nothing of checkpoints any more.
          (running.backup?.released() ?? okAsync(undefined)).andThen(() =>
            beginPlanned(backupPort(context), request),
          ),
        ),
      )
    })
    .map(({ id }) => id)
}

interface ReadyBegin {
  readonly context: BackupContext
  readonly request: BackupBeginRequest
}

/** What can be refused at once. */
function readyToBegin(
  host: QemuHost,
  ref: DomainRef,
  args: BackupArguments,
): VirResult<ReadyBegin> {
  return safeTry(function* () {
    const domain = yield* findDomain(host, ref)
    yield* checkMemberFlags('domainBackupBegin', args.flags, backupBeginFlags)
    const request = yield* readBackupRequest(args)
    const running = yield* checkBackupReady(domain.running, ErrorDomain.QEMU)
    return ok({ context: { host, domain, running, reuse: request.reusesExternal }, request })
  })
}
