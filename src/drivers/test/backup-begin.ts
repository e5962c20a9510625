import { safeTry } from 'neverthrow'
import {
  type BackupArguments,
  backupBeginFlags,
  beginBackup as beginPlanned,
  checkBackupReady,
  readBackupRequest,
} from '../../backup/index.ts'
import type { DomainRef } from '../../driver/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import { backupPort } from './backup-port.ts'
import { checkMemberFlags, findDomain } from './member.ts'
import type { World } from './world.ts'

/** Begins a backup, and gives its id. */
export function beginBackup(
  world: World,
  ref: DomainRef,
  args: BackupArguments,
): VirResultAsync<number> {
  return safeTry(async function* () {
    const domain = yield* findDomain(world, ref)
    yield* checkMemberFlags(world, 'domainBackupBegin', args.flags, backupBeginFlags)
    const request = yield* readBackupRequest(args)
    const running = yield* checkBackupReady(domain.running, world.semantics.errorDomain)
    const port = backupPort({ world, domain, running, reuse: request.reusesExternal })
    // From here on no other job may begin, also while this one waits.
    return running
      .whileBusy(() => domain.checkpoints.exclusively(() => beginPlanned(port, request)))
      .map(({ id }) => id)
  })
}
