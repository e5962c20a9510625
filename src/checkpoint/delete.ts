import { err, ok, safeTry } from 'neverthrow'
import { DomainCheckpointDeleteFlags } from '../constants/index.ts'
import type { VirResult, VirResultAsync, VirStepsAsync } from '../errors/index.ts'
import type { RemovalPlan, RemovalScope } from '../moments/index.ts'
import { planDeletion } from './bitmap-plans.ts'
import { unsupported } from './checkpoint-errors.ts'
import {
  type Checkpoint,
  type CheckpointData,
  definitionOf,
  findCheckpoint,
} from './checkpoint-tree.ts'
import type { CheckpointContext } from './context.ts'
import { saveCheckpoint } from './create.ts'
import type { BitmapChange, StoredCheckpoint } from './port.ts'

/**
 * Deletes checkpoints with their bitmaps, all in one step, or nothing on error.
 *
 * libvirt 9.0.0 deletes descendants one by one, goes on after an error, and leaves a tree that crashes it; and it moves
 * children before it knows whether the bitmaps can go. Here everything is checked first.
 */
export function deleteCheckpoints(
  context: CheckpointContext,
  name: string,
  flags: DomainCheckpointDeleteFlags,
): VirResultAsync<void> {
  return safeTry(() => deletionSteps(context, name, flags))
}

async function* deletionSteps(
  context: CheckpointContext,
  name: string,
  flags: DomainCheckpointDeleteFlags,
): VirStepsAsync<void> {
  const { tree, port } = context
  const metadataOnly = (flags & DomainCheckpointDeleteFlags.METADATA_ONLY) !== 0
  yield* checkDeletable(context, name, metadataOnly)
  const plan = tree.planRemoval(name, scopeOf(flags))
  const change = metadataOnly ? undefined : yield* planChange(context, plan.removed)
  yield* await moveChildren(context, plan)
  const changed = change === undefined ? ok(undefined) : await port.change(change)
  if (changed.isErr()) {
    await saveAll(context, plan.moved)
    return err(changed.error)
  }
  tree.commitRemoval(plan)
  return forgetAll(context, plan.removed)
}

/** Forgets checkpoints; all of them are tried, and the first error is given. Their bitmaps stay. */
export async function forgetAll(
  { port }: CheckpointContext,
  checkpoints: readonly Checkpoint[],
): Promise<VirResult<void>> {
  let result: VirResult<void> = ok(undefined)
  for (const { name } of checkpoints) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as they were removed
    const forgotten = await port.forget(name)
    if (result.isOk()) result = forgotten
  }
  return result
}

function checkDeletable(
  { tree, port, semantics }: CheckpointContext,
  name: string,
  metadataOnly: boolean,
): VirResult<void> {
  if (!metadataOnly && !semantics.deletesInactive && !port.facts().isActive) {
    return err(unsupported(semantics, 'cannot delete checkpoint for inactive domain'))
  }
  return findCheckpoint(tree, name, semantics).map(() => undefined)
}

function scopeOf(flags: DomainCheckpointDeleteFlags): RemovalScope {
  if ((flags & DomainCheckpointDeleteFlags.CHILDREN_ONLY) !== 0) return 'descendants'
  return (flags & DomainCheckpointDeleteFlags.CHILDREN) !== 0 ? 'subtree' : 'moment'
}

function planChange(
  { port, semantics }: CheckpointContext,
  removed: readonly Checkpoint[],
): VirResultAsync<BitmapChange> {
  const bitmaps = removed.map(({ name, data }) => ({ ...data, name }))
  return port.survey().andThen((survey) => planDeletion(bitmaps, port, survey, semantics))
}

/** Stores the children with their new parent; on error those that were stored get back what they were. */
async function moveChildren(
  context: CheckpointContext,
  { moved, newParent }: RemovalPlan<CheckpointData>,
): Promise<VirResult<void>> {
  for (const [index, child] of moved.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one that fails ends it
    const saved = await saveCheckpoint(context, withParent(child, newParent))
    if (saved.isErr()) {
      // oxlint-disable-next-line no-await-in-loop -- the last thing that happens here
      await saveAll(context, moved.slice(0, index))
      return saved
    }
  }
  return ok(undefined)
}

function withParent(child: Checkpoint, parent: Checkpoint | undefined): StoredCheckpoint {
  const { parent: _, ...root } = definitionOf(child)
  return parent === undefined ? root : { ...root, parent: parent.name }
}

/** Stores checkpoints as they are, as far as that works. */
async function saveAll(
  { port }: CheckpointContext,
  checkpoints: readonly Checkpoint[],
): Promise<void> {
  for (const checkpoint of checkpoints) {
    // oxlint-disable-next-line no-await-in-loop -- they are few, and order keeps a crash harmless
    await port.save(definitionOf(checkpoint))
  }
}
