import type { CheckpointTree } from './checkpoint-tree.ts'
import type { CheckpointPort } from './port.ts'
import type { CheckpointSemantics } from './semantics.ts'

/** What the operations on the checkpoints of one domain share. */
export interface CheckpointContext {
  readonly tree: CheckpointTree
  readonly port: CheckpointPort
  readonly semantics: CheckpointSemantics
}
