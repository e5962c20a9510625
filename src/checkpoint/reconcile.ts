import { ok, type Result } from 'neverthrow'
import type { VirError } from '../errors/index.ts'
import { planDeletion } from './bitmap-plans.ts'
import type { CheckpointContext } from './context.ts'
import { deleteCheckpoints } from './delete.ts'
import { type CheckpointDiagnosis, diagnoseCheckpoints, isUsable } from './diagnose.ts'
import type { BitmapSurvey } from './port.ts'

/** One step that makes checkpoints and bitmaps agree; see `DomainCheckpointRepair`. */
export type CheckpointRepair =
  | { readonly action: 'delete-checkpoint'; readonly checkpoint: string; readonly reason: string }
  | {
      readonly action: 'remove-bitmap'
      readonly disk: string
      readonly bitmap: string
      readonly reason: string
    }

/**
 * Says what makes checkpoints and bitmaps agree: checkpoints of which a bitmap cannot be relied on go, and so do stored bitmaps
 * that belong to none. Nothing is made up, so that no increment gets smaller than it must be.
 */
export function planRepairs(
  context: CheckpointContext,
  survey: BitmapSurvey,
  disks: readonly string[],
): CheckpointRepair[] {
  const broken = new Map<string, CheckpointDiagnosis>()
  for (const diagnosis of diagnoseCheckpoints(context, survey)) {
    if (!isUsable(diagnosis) && !broken.has(diagnosis.checkpoint)) {
      broken.set(diagnosis.checkpoint, diagnosis)
    }
  }
  return [
    ...Array.from(broken.values(), ({ checkpoint, disk, detail }): CheckpointRepair => ({
      action: 'delete-checkpoint',
      checkpoint,
      reason: `disk '${disk}': ${detail ?? ''}`,
    })),
    ...disks.flatMap((disk) => strayBitmaps(context, survey, disk)),
  ]
}

function strayBitmaps(
  { tree, port }: CheckpointContext,
  survey: BitmapSurvey,
  disk: string,
): CheckpointRepair[] {
  const names = new Set<string>()
  for (const node of port.images(disk) ?? []) {
    for (const name of survey.names(node)) {
      // Those that are not stored belong to something that is going on.
      if (!tree.has(name) && survey.find(node, name)?.persistent === true) names.add(name)
    }
  }
  return Array.from(names, (bitmap) => ({
    action: 'remove-bitmap',
    disk,
    bitmap,
    reason: 'it belongs to no checkpoint',
  }))
}

/**
 * Takes steps, one after the other; the first that fails ends it.
 *
 * @param survey - Of before the first step
 */
export async function carryOutRepairs(
  context: CheckpointContext,
  survey: BitmapSurvey,
  repairs: readonly CheckpointRepair[],
): Promise<Result<void, VirError>> {
  const { port } = context
  // What is to go may be there in part only.
  const semantics = { ...context.semantics, deletionNeedsBitmaps: false }
  for (const repair of repairs) {
    // oxlint-disable-next-line no-await-in-loop -- each changes what the next one finds
    const done = await (repair.action === 'delete-checkpoint'
      ? deleteCheckpoints({ ...context, semantics }, repair.checkpoint, 0)
      : planDeletion(
          [{ name: repair.bitmap, disks: [{ name: repair.disk, checkpoint: 'bitmap' }] }],
          port,
          survey,
          semantics,
        ).asyncAndThen((change) => port.change(change)))
    if (done.isErr()) return done
  }
  return ok(undefined)
}
