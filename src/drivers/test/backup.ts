import { ok, okAsync, ResultAsync, safeTry } from 'neverthrow'
import type { BackupJob } from '../../backup/index.ts'
import { DomainBackupEndFlags } from '../../constants/index.ts'
import type { BackupDriver, DomainRef } from '../../driver/index.ts'
import type { VirError, VirResult, VirResultAsync } from '../../errors/index.ts'
import { formatDomainBackup } from '../../xml/index.ts'
import { beginBackup } from './backup-begin.ts'
import { checkMemberFlags, findDomain, settled } from './member.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** Backing domains up. */
export function backup(world: World): Required<BackupDriver> {
  return {
    domainBackupBegin: (ref, backupXml, checkpointXml, flags) =>
      beginBackup(world, ref, { backupXml, checkpointXml, flags }),
    domainBackupGetXMLDesc: (ref, id, flags) => settled(describe(world, ref, id, flags)),
    domainBackupEnd: (ref, id, flags) => end(world, ref, id, flags),
  }
}

function describe(world: World, ref: DomainRef, id: number, flags: number): VirResult<string> {
  return findDomain(world, ref)
    .andThrough(() => checkMemberFlags(world, 'domainBackupGetXMLDesc', flags, 0))
    .andThen(({ backups }) => backups.find(id))
    .map((job) => formatDomainBackup(job.def))
}

function end(world: World, ref: DomainRef, id: number, flags: number): VirResultAsync<boolean> {
  // What can be done at once is done before this returns, so that a test decides what comes after it.
  return beginEnd(world, ref, id, flags).asyncAndThen(({ domain, job }) => {
    const { lastRun } = domain
    const free = lastRun?.job === job ? released(lastRun) : okAsync<void, VirError>(undefined)
    return free.andThen(() => domain.backups.conclude(job))
  })
}

/** Finds the job that is to be ended, and cancels it where it still runs. */
function beginEnd(
  world: World,
  ref: DomainRef,
  id: number,
  flags: number,
): VirResult<{ readonly domain: TestDomain; readonly job: BackupJob }> {
  const { ABORT } = DomainBackupEndFlags
  return safeTry(function* () {
    const domain = yield* findDomain(world, ref)
    yield* checkMemberFlags(world, 'domainBackupEnd', flags, ABORT)
    const job = yield* domain.backups.findToEnd(id)
    yield* domain.backups.checkEnd(job, (flags & ABORT) !== 0)
    if (job.outcome === undefined) domain.running?.backup?.cancel()
    return ok({ domain, job })
  })
}

function released(run: { whenReleased(callback: () => void): void }): VirResultAsync<void> {
  return ResultAsync.fromSafePromise(
    new Promise<void>((resolve) => {
      run.whenReleased(resolve)
    }),
  )
}
