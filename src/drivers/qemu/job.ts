import { errAsync, ok, okAsync, safeTry } from 'neverthrow'
import { runningStatistics } from '../../backup/index.ts'
import {
  DomainAbortJobFlagsValues,
  DomainGetJobStatsFlags,
  DomainJobType,
} from '../../constants/index.ts'
import {
  type DomainJobStats,
  type DomainRef,
  type JobDriver,
  jobInfoOf,
  noJobInfo,
  operationInvalid,
} from '../../driver/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import { type ActiveDomain, checkMemberFlags, findActiveDomain, findDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'

/** What is going on in a domain, and stopping it. */
export function job(host: QemuHost): Required<JobDriver> {
  return {
    domainGetJobInfo: (ref) =>
      findActiveDomain(host, ref)
        .asyncAndThen(presentStats)
        .map((stats) => (stats.type === DomainJobType.NONE ? noJobInfo : jobInfoOf(stats))),
    domainGetJobStats: (ref, flags) => jobStats(host, ref, flags),
    domainAbortJob: (ref) => abortJob(host, ref, 0),
    domainAbortJobFlags: (ref, flags) => abortJob(host, ref, flags),
  }
}

const { COMPLETED, KEEP_COMPLETED } = DomainGetJobStatsFlags

function jobStats(host: QemuHost, ref: DomainRef, flags: number): VirResultAsync<DomainJobStats> {
  return safeTry(async function* () {
    yield* checkMemberFlags('domainGetJobStats', flags, COMPLETED | KEEP_COMPLETED)
    const { backups } = yield* findDomain(host, ref)
    if ((flags & COMPLETED) !== 0) {
      const keep = (flags & KEEP_COMPLETED) !== 0
      return ok(backups.completedStatistics(keep) ?? { type: DomainJobType.NONE })
    }
    return findActiveDomain(host, ref).asyncAndThen(presentStats)
  })
}

function presentStats({ domain, running }: ActiveDomain): VirResultAsync<DomainJobStats> {
  const run = running.backup
  if (run?.isRunning !== true || domain.backups.running === undefined) {
    return okAsync({ type: DomainJobType.NONE })
  }
  return run.refreshProgress().map(() =>
    // It may have ended while QEMU was asked.
    run.isRunning ? runningStatistics(run.job, Date.now()) : { type: DomainJobType.NONE },
  )
}

function abortJob(host: QemuHost, ref: DomainRef, flags: number): VirResultAsync<void> {
  const { POSTCOPY } = DomainAbortJobFlagsValues
  return safeTry(async function* () {
    yield* checkMemberFlags('domainAbortJobFlags', flags, POSTCOPY)
    const { running, domain } = yield* findActiveDomain(host, ref)
    const run = running.backup
    if (run?.isRunning !== true || domain.backups.running === undefined) {
      return errAsync(operationInvalid(qemuOrigin, 'no job is active on the domain'))
    }
    if ((flags & POSTCOPY) !== 0) {
      const detail = 'current job is not outgoing migration in post-copy mode'
      return errAsync(operationInvalid(qemuOrigin, detail))
    }
    return run.cancel()
  })
}
