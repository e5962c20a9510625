import { type DomainAbortJobFlagsValues, DomainGetJobStatsFlags } from '../constants/index.ts'
import type { DomainJobInfo, DomainJobStats } from '../driver/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { NamedFlag } from './checks.ts'
import type { DomainObject } from './handles.ts'

const jobStatsKeepCompleted: NamedFlag = {
  symbol: 'VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED',
  bits: DomainGetJobStatsFlags.KEEP_COMPLETED,
}
const jobStatsCompleted: NamedFlag = {
  symbol: 'VIR_DOMAIN_JOB_STATS_COMPLETED',
  bits: DomainGetJobStatsFlags.COMPLETED,
}

/** What a domain is doing as a whole. */
export interface DomainJobCalls {
  /**
   * Reports how far the domain's job is.
   *
   * @libvirt virDomainGetJobInfo (0.7.7)
   */
  getJobInfo(): VirResultAsync<DomainJobInfo>

  /**
   * Gives the statistics of the domain's job.
   *
   * @param flags - `COMPLETED` gives those of the last job that ended, once; `KEEP_COMPLETED` keeps them
   * @libvirt virDomainGetJobStats (1.0.3)
   */
  getJobStats(flags?: DomainGetJobStatsFlags): VirResultAsync<DomainJobStats>

  /**
   * Asks the domain's job to stop, and does not wait for it.
   *
   * @errors `OPERATION_INVALID` when none runs
   * @libvirt virDomainAbortJob (0.7.7)
   */
  abortJob(): VirResultAsync<void>

  /**
   * Asks the domain's job to stop, and does not wait for it.
   *
   * @errors `OPERATION_INVALID` when none runs
   * @libvirt virDomainAbortJobFlags (8.5.0)
   */
  abortJobFlags(flags?: DomainAbortJobFlagsValues): VirResultAsync<void>
}

/** The methods of {@link DomainJobCalls}. */
export const domainJob: DomainJobCalls & ThisType<DomainObject> = {
  getJobInfo() {
    return this.call('virDomainGetJobInfo').to((driver) => driver.domainGetJobInfo?.(this.ref))
  },

  getJobStats(flags = 0) {
    return this.call('virDomainGetJobStats', flags)
      .requires(jobStatsKeepCompleted, jobStatsCompleted)
      .to((driver, bits) => driver.domainGetJobStats?.(this.ref, bits))
  },

  abortJob() {
    return this.call('virDomainAbortJob')
      .readWrite()
      .to((driver) => driver.domainAbortJob?.(this.ref))
  },

  abortJobFlags(flags = 0) {
    return this.call('virDomainAbortJobFlags', flags)
      .readWrite()
      .to((driver, bits) => driver.domainAbortJobFlags?.(this.ref, bits))
  },
}
