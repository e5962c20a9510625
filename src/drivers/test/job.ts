import { err, ok } from 'neverthrow'
import { runningStatistics } from '../../backup/index.ts'
import {
  DomainAbortJobFlagsValues,
  DomainGetJobStatsFlags,
  DomainJobType,
} from '../../constants/index.ts'
import type { DomainJobInfo, DomainJobStats, DomainRef, JobDriver } from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { checkMemberFlags, findDomain, findRunningDomain, settled } from './member.ts'
import { operationInvalid } from './state-errors.ts'
import type { World } from './world.ts'

/** What is going on in a domain, and stopping it. */
export function job(world: World): Required<JobDriver> {
  return {
    domainGetJobInfo: (ref) => settled(jobInfo(world, ref)),
    domainGetJobStats: (ref, flags) => settled(jobStats(world, ref, flags)),
    domainAbortJob: (ref) => settled(abortJob(world, ref, 0)),
    domainAbortJobFlags: (ref, flags) => settled(abortJob(world, ref, flags)),
  }
}

const noJob: DomainJobInfo = {
  type: DomainJobType.NONE,
  timeElapsed: 0,
  timeRemaining: 0,
  dataTotal: 0,
  dataProcessed: 0,
  dataRemaining: 0,
  memTotal: 0,
  memProcessed: 0,
  memRemaining: 0,
  fileTotal: 0,
  fileProcessed: 0,
  fileRemaining: 0,
}

function jobInfo(world: World, ref: DomainRef): VirResult<DomainJobInfo> {
  return findRunningDomain(world, ref).map((domain) => {
    domain.running?.backup?.refreshProgress()
    const { running } = domain.backups
    if (running === undefined) return noJob
    const statistics = runningStatistics(running, world.clock.now())
    const { disk_total: total = 0, disk_processed: processed = 0 } = statistics
    const remaining = total - processed
    return {
      ...noJob,
      type: statistics.type,
      timeElapsed: statistics.time_elapsed,
      dataTotal: total,
      dataProcessed: processed,
      dataRemaining: remaining,
      fileTotal: total,
      fileProcessed: processed,
      fileRemaining: remaining,
    }
  })
}

const { COMPLETED, KEEP_COMPLETED } = DomainGetJobStatsFlags

function jobStats(world: World, ref: DomainRef, flags: number): VirResult<DomainJobStats> {
  return checkMemberFlags(world, 'domainGetJobStats', flags, COMPLETED | KEEP_COMPLETED)
    .andThen(() => findDomain(world, ref))
    .andThen((domain) => {
      if ((flags & COMPLETED) !== 0) {
        const keep = (flags & KEEP_COMPLETED) !== 0
        return ok(domain.backups.completedStatistics(keep) ?? { type: DomainJobType.NONE })
      }
      return findRunningDomain(world, ref).map((active) => {
        active.running?.backup?.refreshProgress()
        const { running } = active.backups
        return running === undefined
          ? { type: DomainJobType.NONE }
          : runningStatistics(running, world.clock.now())
      })
    })
}

function abortJob(world: World, ref: DomainRef, flags: number): VirResult<void> {
  const { semantics } = world
  return checkMemberFlags(world, 'domainAbortJobFlags', flags, DomainAbortJobFlagsValues.POSTCOPY)
    .andThen(() => findRunningDomain(world, ref))
    .andThen((domain) => {
      if (domain.running?.backup === undefined) {
        return err(operationInvalid(semantics, 'no job is active on the domain'))
      }
      if ((flags & DomainAbortJobFlagsValues.POSTCOPY) !== 0) {
        const detail = 'current job is not outgoing migration in post-copy mode'
        return err(operationInvalid(semantics, detail))
      }
      domain.running.backup.cancel()
      return ok(undefined)
    })
}
