import { checkpointMembers } from '../../checkpoint/index.ts'
import type { CheckpointDriver } from '../../driver/index.ts'
import { findDomain } from './member.ts'
import type { World } from './world.ts'

/** Points in time since which a domain's changes are known. */
export function checkpoint(world: World): Required<CheckpointDriver> {
  return checkpointMembers((ref) => findDomain(world, ref).map(({ checkpoints }) => checkpoints))
}
