import { err, errAsync, ok, okAsync, ResultAsync, safeTry } from 'neverthrow'
import type { BackupJob } from '../../backup/index.ts'
import { DomainBackupEndFlags } from '../../constants/index.ts'
import type { BackupDriver, DomainRef } from '../../driver/index.ts'
import {
  ErrorNumber,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { formatDomainBackup } from '../../xml/index.ts'
import { beginBackup } from './backup-begin.ts'
import { checkMemberFlags, findDomain, settled } from './member.ts'
import { operationInvalid } from './state-errors.ts'
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
    return free.andThen(() => conclude(world, domain, job))
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
    if (job.outcome === undefined) yield* endRunning(world, domain, job, (flags & ABORT) !== 0)
    return ok({ domain, job })
  })
}

/** A pull backup is ended by this; a push that still copies is given up only when that is asked for. */
function endRunning(
  world: World,
  domain: TestDomain,
  job: BackupJob,
  abort: boolean,
): VirResult<void> {
  if (job.mode === 'push' && !abort) {
    const detail = `backup job with id '${job.id}' is not complete`
    return err(operationInvalid(world.semantics, detail))
  }
  domain.running?.backup?.cancel()
  return ok(undefined)
}

function released(run: { whenReleased(callback: () => void): void }): VirResultAsync<void> {
  return ResultAsync.fromSafePromise(
    new Promise<void>((resolve) => {
      run.whenReleased(resolve)
    }),
  )
}

/** Says how a job ended, and forgets it. */
function conclude(world: World, domain: TestDomain, job: BackupJob): VirResultAsync<boolean> {
  if (domain.backups.finished === job) domain.backups.forget()
  switch (job.outcome) {
    case 'failed':
      return errAsync(
        virError(ErrorNumber.OPERATION_FAILED, world.semantics.errorDomain, job.error),
      )
    case 'completed':
      return okAsync(true)
    case 'cancelled':
    case undefined:
      return okAsync(false)
  }
}
