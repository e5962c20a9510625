import { DomainCheckpointDeleteFlags, DomainCheckpointXMLFlags } from '../constants/index.ts'
import { checkFlags, type VirResult } from '../errors/index.ts'
import { listFlags } from './checkpoint-tree.ts'
import type { CheckpointCall, CheckpointSemantics } from './semantics.ts'

/** The flags that each call takes; creation is asked of the semantics. */
const takenFlags: Readonly<Record<Exclude<CheckpointCall, 'create'>, number>> = {
  getXMLDesc:
    DomainCheckpointXMLFlags.SECURE |
    DomainCheckpointXMLFlags.NO_DOMAIN |
    DomainCheckpointXMLFlags.SIZE,
  listAll: listFlags,
  listAllChildren: listFlags,
  lookup: 0,
  getParent: 0,
  delete:
    DomainCheckpointDeleteFlags.CHILDREN |
    DomainCheckpointDeleteFlags.METADATA_ONLY |
    DomainCheckpointDeleteFlags.CHILDREN_ONLY,
}

/** Refuses flags that a call about checkpoints does not take. */
export function checkCallFlags(
  { createFlags, errorDomain, functions }: CheckpointSemantics,
  call: CheckpointCall,
  flags: number,
): VirResult<void> {
  const taken = call === 'create' ? createFlags : takenFlags[call]
  return checkFlags(flags, taken, functions[call], errorDomain)
}
