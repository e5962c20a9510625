import { okAsync, safeTry } from 'neverthrow'
import {
  type BackupArguments,
  backupBeginFlags,
  beginBackup as beginPlanned,
  checkBackupReady,
  readBackupRequest,
} from '../../backup/index.ts'
import type { DomainRef } from '../../driver/index.ts'
import { ErrorDomain, type VirResultAsync } from '../../errors/index.ts'
import { backupPort } from './backup-port.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags, findDomain } from './member.ts'

/** Begins a backup, and gives its id. */
export function beginBackup(
  host: QemuHost,
  ref: DomainRef,
  args: BackupArguments,
): VirResultAsync<number> {
  return safeTry(async function* () {
    const domain = yield* findDomain(host, ref)
    yield* checkMemberFlags('domainBackupBegin', args.flags, backupBeginFlags)
    const request = yield* readBackupRequest(args)
    const running = yield* checkBackupReady(domain.running, ErrorDomain.QEMU)
    const context = { host, domain, running, reuse: request.reusesExternal }
    // From here on no other job may begin, also while this one waits: at first for the targets of the one before.
    return running
      .whileBusy(() =>
        (running.backup?.released() ?? okAsync(undefined)).andThen(() =>
          domain.checkpoints.exclusively(() => beginPlanned(backupPort(context), request)),
        ),
      )
      .map(({ id }) => id)
  })
}
