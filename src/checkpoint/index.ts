/** Checkpoints: points in time since which the changes of a domain's disks are known. @module */
export { alignCheckpointDisks } from './align.ts'
export { toTransactionAction } from './bitmap-action.ts'
export { inspectChain, planMerge } from './bitmap-chain.ts'
export type { ChainState, MergeRequest } from './bitmap-chain.ts'
export type { ImagePort } from './bitmap-plans.ts'
export { CheckpointManager } from './checkpoint-manager.ts'
export type { PreparedCheckpoint } from './create.ts'
export type { CheckpointSizes } from './describe.ts'
export type { CheckpointBitmapState, CheckpointDiagnosis } from './diagnose.ts'
export { checkBlockJobSupport, diskByName, diskByTarget, isDiskEmpty } from './disk-rules.ts'
export { checkpointMembers } from './members.ts'
export type { CheckpointMembers } from './members.ts'
export type {
  BitmapAction,
  BitmapAddress,
  BitmapChange,
  BitmapStatus,
  BitmapSurvey,
  CheckpointPort,
  DomainFacts,
  StoredCheckpoint,
} from './port.ts'
export type { CheckpointRepair } from './reconcile.ts'
export { checkpointSemantics } from './semantics.ts'
export type {
  CheckpointFunctionNames,
  CheckpointSemantics,
  CheckpointSemanticsName,
} from './semantics.ts'
