/** Planning backups, carrying them out over a driver's port, and the record of their jobs. @module */
export { backupJobId } from './actions.ts'
export type { BackupAction, BackupJobAction, PlacedDisk } from './actions.ts'
export { alignBackup, isNbdUri } from './align.ts'
export type { AlignedBackupDef } from './align.ts'
export { beginBackup } from './begin.ts'
export type {
  BackupBeginRequest,
  BackupDiskJob,
  BackupPort,
  BackupRunParts,
  BackupStoreNode,
} from './begin.ts'
export { endDisk, endWithDomain, resumeEnding } from './ending.ts'
export type { BackupEndStep } from './ending.ts'
export { BackupJobList } from './job-list.ts'
export type { RestoredBackups } from './job-list.ts'
export { BackupJob } from './job.ts'
export type { AfterDiskEnd, BackupDiskEnd, BackupDiskProgress, BackupOutcome } from './job.ts'
export { planBackup, temporaryBitmap } from './plan.ts'
export type { BackupSurroundings, PlannedDisk } from './plan.ts'
export { backupBeginFlags, checkBackupReady, readBackupRequest } from './request.ts'
export type { BackupArguments } from './request.ts'
export { completedStatistics, runningStatistics } from './statistics.ts'
export type { BackupStatistics } from './statistics.ts'
