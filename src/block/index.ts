/** An in-memory block layer modelled on QEMU's: images, backing chains, dirty bitmaps and backup jobs. @module */
export type { BackupTarget, TargetAnswer } from './backup-target.ts'
export type {
  BitmapAddArguments,
  BitmapMergeArguments,
  BitmapReference,
} from './bitmap-commands.ts'
export { BlockError, commandError, errnoOfError } from './block-error.ts'
export type { BlockErrorClass, BlockResult } from './block-error.ts'
export type { BlockDevice, BlockStatistics } from './device.ts'
export type { DirectoryRule } from './directory-rules.ts'
export type { ArmedFault, FaultOperation, ImageFault } from './fault.ts'
export type { FormatNode, FormatNodeOptions } from './format-node.ts'
export { BlockGraph } from './graph.ts'
export type { BlockGraphOptions } from './graph.ts'
export type { BackingReference, Image, ImageExtent, ImageKind } from './image.ts'
export { imageFormats, isImageFormat } from './image-format.ts'
export type { ImageFormat } from './image-format.ts'
export { ImageStore } from './image-store.ts'
export type { CreateImageOptions, FormatOptions, OpenImageOptions } from './image-store.ts'
export type {
  BackupCommonArguments,
  BackupPerformance,
  BlockdevBackupArguments,
  DriveBackupArguments,
} from './jobs/backup-arguments.ts'
export type { BackupSync, BitmapMode } from './jobs/backup-job.ts'
export type { ErrorPolicy } from './jobs/error-policy.ts'
export type { IoStatus } from './jobs/job.ts'
export type {
  BlockErrorAction,
  BlockEvent,
  BlockEventListener,
  BlockJobProgress,
  JobType,
} from './jobs/job-event.ts'
export type { BlockJobInfo, JobInfo, JobList } from './jobs/job-list.ts'
export type { JobStatus, JobVerb } from './jobs/job-state.ts'
export type { BlockNode } from './node.ts'
export type { BitmapInfo, NodeBitmap } from './node-bitmap.ts'
export type { AddBitmapOptions, NodeBitmaps } from './node-bitmaps.ts'
export type { AddNodeOptions } from './node-registry.ts'
export type { Cancel, JobScheduler } from './scheduler.ts'
export type { StoredBitmap } from './stored-bitmap.ts'
export type { TransactionAction, TransactionOptions } from './transaction.ts'
