/** Members about the job of a domain: what it is doing as a whole. @module */
import type {
  DomainAbortJobFlagsValues,
  DomainGetJobStatsFlags,
  DomainJobOperation,
  DomainJobType,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** How far a job is, in bytes; everything is 0 when none runs. libvirt's `virDomainJobInfo`. */
export interface DomainJobInfo {
  readonly type: DomainJobType
  /** Milliseconds. */
  readonly timeElapsed: number
  /** Milliseconds; 0 when it is not known. */
  readonly timeRemaining: number
  /** The sum of memory and files; the next two likewise. */
  readonly dataTotal: number
  readonly dataProcessed: number
  readonly dataRemaining: number
  readonly memTotal: number
  readonly memProcessed: number
  readonly memRemaining: number
  readonly fileTotal: number
  readonly fileProcessed: number
  readonly fileRemaining: number
}

/**
 * Statistics of a job: bytes, milliseconds and counts, as far as the kind of job has them.
 *
 * libvirt's `VIR_DOMAIN_JOB_*`; which wire type each field has stands in `domainJobParameterTypes`.
 */
export interface DomainJobParameters {
  /** The id that `domainBackupBegin` gave; from the 2019 proposal. */
  readonly id?: number
  readonly operation?: DomainJobOperation
  readonly time_elapsed?: number
  /** Without the time that source and destination clocks differ by. */
  readonly time_elapsed_net?: number
  readonly time_remaining?: number
  readonly downtime?: number
  readonly downtime_net?: number
  readonly setup_time?: number
  readonly data_total?: number
  readonly data_processed?: number
  readonly data_remaining?: number
  readonly memory_total?: number
  readonly memory_processed?: number
  readonly memory_remaining?: number
  /** Pages that hold one repeated byte. */
  readonly memory_constant?: number
  /** Pages that were sent whole. */
  readonly memory_normal?: number
  readonly memory_normal_bytes?: number
  /** Bytes a second. */
  readonly memory_bps?: number
  /** Pages a second. */
  readonly memory_dirty_rate?: number
  readonly memory_page_size?: number
  readonly memory_iteration?: number
  readonly memory_postcopy_requests?: number
  readonly disk_total?: number
  readonly disk_processed?: number
  readonly disk_remaining?: number
  /** Bytes a second. */
  readonly disk_bps?: number
  readonly compression_cache?: number
  readonly compression_bytes?: number
  readonly compression_pages?: number
  readonly compression_cache_misses?: number
  readonly compression_overflow?: number
  /** Percent. */
  readonly auto_converge_throttle?: number
  /** How a completed job ended. */
  readonly success?: boolean
  /** Why a completed job failed. */
  readonly errmsg?: string
  /** Of the scratch images of a pull backup; the next likewise. */
  readonly disk_temp_used?: number
  readonly disk_temp_total?: number
}

/** Statistics of a job, with its type: `NONE` and nothing else when none runs. */
export interface DomainJobStats extends DomainJobParameters {
  readonly type: DomainJobType
}

/** Members about the job of a domain. */
export interface JobDriver {
  /**
   * Reports how far the domain's job is.
   *
   * @libvirt virDomainGetJobInfo (0.7.7)
   */
  domainGetJobInfo?(domain: DomainRef): VirResultAsync<DomainJobInfo>
  /**
   * Gives the statistics of the domain's job.
   *
   * @param flags - `COMPLETED` gives those of the last job that ended, once; `KEEP_COMPLETED` keeps them
   * @libvirt virDomainGetJobStats (1.0.3)
   */
  domainGetJobStats?(
    domain: DomainRef,
    flags: DomainGetJobStatsFlags,
  ): VirResultAsync<DomainJobStats>
  /**
   * Asks the domain's job to stop, and does not wait for it.
   *
   * @errors `OPERATION_INVALID` when none runs
   * @libvirt virDomainAbortJob (0.7.7)
   */
  domainAbortJob?(domain: DomainRef): VirResultAsync<void>
  /**
   * Asks the domain's job to stop, and does not wait for it.
   *
   * @errors `OPERATION_INVALID` when none runs
   * @libvirt virDomainAbortJobFlags (8.5.0)
   */
  domainAbortJobFlags?(domain: DomainRef, flags: DomainAbortJobFlagsValues): VirResultAsync<void>
}
