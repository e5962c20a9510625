import { err, ok } from 'neverthrow'
import { runningStatistics } from '../../backup/index.ts'
import {
  DomainAbortJobFlagsValues,
  DomainGetJobStatsFlags,
  DomainJobType,
} from '../../constants/index.ts'
import {
  type DomainJobInfo,
  type DomainJobStats,
  type DomainRef,
  type JobDriver,
  jobInfoOf,
  noJobInfo,
} from '../../driver/index.ts'
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

function jobInfo(world: World, ref: DomainRef): VirResult<DomainJobInfo> {
  return findRunningDomain(world, ref).map((domain) => {
    domain.running?.backup?.refreshProgress()
    const { running } = domain.backups
    return running === undefined
      ? noJobInfo
      : jobInfoOf(runningStatistics(running, world.clock.now()))
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
      if ((flags & DomainAbortJobFlagsValues.POSTCOPY) !== 0) {
        const detail = 'current job is not outgoing migration in post-copy mode'
        return err(operationInvalid(semantics, detail))
      }
      if (domain.running?.backup === undefined) {
        return err(operationInvalid(semantics, 'no job is active on the domain'))
      }
      domain.running.backup.cancel()
      return ok(undefined)
    })
}
