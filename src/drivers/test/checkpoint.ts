import { checkpointMembers, checkpointSemantics } from '../../checkpoint/index.ts'
import type { CheckpointDriver, ExtensionDriver } from '../../driver/index.ts'
import { findDomain } from './member.ts'
import type { World } from './world.ts'

/** Points in time since which a domain's changes are known. */
export function checkpoint(world: World): Required<CheckpointDriver & ExtensionDriver> {
  return checkpointMembers(checkpointSemantics[world.semantics.name], (ref) =>
    findDomain(world, ref).map(({ checkpoints }) => checkpoints),
  )
}
