import { err, ok } from 'neverthrow'
import { DomainCheckpointListFlags } from '../constants/index.ts'
import type { VirResult } from '../errors/index.ts'
import type { Moment, MomentSelection, MomentTree } from '../moments/index.ts'
import type { DomainCheckpointDef } from '../xml/index.ts'
import { noSuchCheckpoint } from './checkpoint-errors.ts'
import type { StoredCheckpoint } from './port.ts'
import type { CheckpointSemantics } from './semantics.ts'

/** What is kept of a checkpoint besides its name and place. */
export type CheckpointData = Omit<DomainCheckpointDef, 'name' | 'parent' | 'active'>

/** A checkpoint in its tree. */
export type Checkpoint = Moment<CheckpointData>

/** The checkpoints of a domain. */
export type CheckpointTree = MomentTree<CheckpointData>

/** The whole definition of a checkpoint, with the parent that it has now. */
export function definitionOf(
  checkpoint: Checkpoint,
  parent: string | undefined = checkpoint.declaredParent,
): StoredCheckpoint {
  return {
    name: checkpoint.name,
    ...checkpoint.data,
    ...(parent !== undefined && { parent }),
  }
}

/** What a definition says besides its name and place. */
export function dataOf(def: DomainCheckpointDef): CheckpointData {
  const { name: _, parent: _parent, active: _active, ...data } = def
  return data
}

/**
 * Finds a checkpoint.
 *
 * @errors NO_DOMAIN_CHECKPOINT - none has the name
 */
export function findCheckpoint(
  tree: CheckpointTree,
  name: string,
  semantics: CheckpointSemantics,
): VirResult<Checkpoint> {
  const found = tree.get(name)
  return found === undefined ? err(noSuchCheckpoint(semantics, name)) : ok(found)
}

/** All bits that listings know. */
export const listFlags: number =
  DomainCheckpointListFlags.ROOTS |
  DomainCheckpointListFlags.TOPOLOGICAL |
  DomainCheckpointListFlags.LEAVES |
  DomainCheckpointListFlags.NO_LEAVES

/** Lists names as flags say. The first bit means roots only for a domain, and all descendants for a checkpoint. */
export function listNames(
  tree: CheckpointTree,
  flags: DomainCheckpointListFlags,
  below?: string,
): string[] {
  const has = (bit: number): boolean => (flags & bit) !== 0
  const selection: MomentSelection<CheckpointData> = {
    deep: has(DomainCheckpointListFlags.ROOTS) !== (below === undefined),
    topological: has(DomainCheckpointListFlags.TOPOLOGICAL),
    leaves: has(DomainCheckpointListFlags.LEAVES),
    noLeaves: has(DomainCheckpointListFlags.NO_LEAVES),
    ...(below !== undefined && { below }),
  }
  return tree.select(selection).map(({ name }) => name)
}
