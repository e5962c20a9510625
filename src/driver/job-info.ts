import { DomainJobType } from '../constants/index.ts'
import type { DomainJobInfo, DomainJobStats } from './job.ts'

/** What is reported where no job runs. */
export const noJobInfo: DomainJobInfo = {
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

/** The part of a job's statistics that `virDomainJobInfo` has room for; libvirt's `qemuDomainJobDataToInfo`. */
export function jobInfoOf(stats: DomainJobStats): DomainJobInfo {
  const { disk_total: total = 0, disk_processed: processed = 0 } = stats
  const { disk_remaining: remaining = 0 } = stats
  return {
    ...noJobInfo,
    type: stats.type,
    timeElapsed: stats.time_elapsed ?? 0,
    dataTotal: total,
    dataProcessed: processed,
    dataRemaining: remaining,
    fileTotal: total,
    fileProcessed: processed,
    fileRemaining: remaining,
  }
}
