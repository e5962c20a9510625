/**
 * What is reported about a backup job, while it runs and after it.
 *
 * @module
 */
import { DomainJobOperation, DomainJobType } from '../constants/index.ts'
import type { BackupJob, BackupOutcome } from './job.ts'
import { jobTypeOf } from './job.ts'

/** The typed parameters of a backup job; bytes and milliseconds. */
export interface BackupStatistics {
  readonly type: DomainJobType
  readonly id: number
  readonly operation: typeof DomainJobOperation.BACKUP
  readonly time_elapsed: number
  readonly disk_total?: number
  readonly disk_processed?: number
  readonly disk_remaining?: number
  readonly disk_temp_used?: number
  readonly disk_temp_total?: number
  readonly success?: boolean
  readonly errmsg?: string
}

/** Statistics of a job that runs. */
export function runningStatistics(job: BackupJob, nowMs: number): BackupStatistics {
  return { type: DomainJobType.UNBOUNDED, ...progressOf(job, nowMs) }
}

/** Statistics of a job that is over, as `JOB_COMPLETED` has them and as completed statistics keep them. */
export function completedStatistics(
  job: BackupJob,
  outcome: BackupOutcome,
  nowMs: number,
): BackupStatistics {
  const { error } = job
  return {
    type: jobTypeOf(outcome),
    ...progressOf(job, nowMs),
    success: outcome === 'completed',
    ...(error !== undefined && { errmsg: error }),
  }
}

function progressOf(job: BackupJob, nowMs: number): Omit<BackupStatistics, 'type'> {
  const disks = [...job.disks]
  const current = disks.reduce((sum, disk) => sum + disk.current, 0)
  const total = disks.reduce((sum, disk) => sum + disk.total, 0)
  return {
    id: job.id,
    operation: DomainJobOperation.BACKUP,
    time_elapsed: Math.max(0, Math.round(nowMs - job.startedAtMs)),
    // libvirt leaves parameters out when there is nothing to count, as for an increment without changes.
    ...((current > 0 || total > 0) && bytesOf(job, current, total)),
  }
}

function bytesOf(job: BackupJob, current: number, total: number): Partial<BackupStatistics> {
  return job.mode === 'push'
    ? { disk_total: total, disk_processed: current, disk_remaining: total - current }
    : { disk_temp_used: current, disk_temp_total: total }
}
