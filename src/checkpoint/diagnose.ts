import { inspectChain } from './bitmap-chain.ts'
import { bitmapDisks } from './bitmap-plans.ts'
import { type Checkpoint, definitionOf } from './checkpoint-tree.ts'
import type { CheckpointContext } from './context.ts'
import type { BitmapSurvey } from './port.ts'

/** How the bitmap of a checkpoint is on one disk; see `DomainCheckpointBitmapState`. */
export type CheckpointBitmapState =
  'ok' | 'missing' | 'inconsistent' | 'disabled' | 'wrong-granularity' | 'wrong-size'

/** What was found out about the bitmap of one checkpoint on one disk. */
export interface CheckpointDiagnosis {
  /** Name of the checkpoint. */
  readonly checkpoint: string
  /** Target name. */
  readonly disk: string
  /** Name of the bitmap. */
  readonly bitmap: string
  readonly state: CheckpointBitmapState
  /** What is wrong, for a person to read. */
  readonly detail?: string
}

/** Whether increments since the checkpoint can be made of the disk; differing granularities only make them coarser. */
export function isUsable({ state }: CheckpointDiagnosis): boolean {
  return state === 'ok' || state === 'wrong-granularity'
}

/**
 * Compares checkpoints with the bitmaps that disks have, the oldest checkpoint first. Disks that the domain has no longer are
 * left out.
 */
export function diagnoseCheckpoints(
  context: CheckpointContext,
  survey: BitmapSurvey,
): CheckpointDiagnosis[] {
  const { tree, port } = context
  return byAge(tree.select({ deep: true })).flatMap((checkpoint) =>
    bitmapDisks(definitionOf(checkpoint)).flatMap((disk): CheckpointDiagnosis[] => {
      const images = port.images(disk)
      if (images === undefined) return []
      const found = diagnoseChain(context, checkpoint.name, images, survey)
      return [{ checkpoint: checkpoint.name, disk, bitmap: checkpoint.name, ...found }]
    }),
  )
}

function byAge(checkpoints: readonly Checkpoint[]): readonly Checkpoint[] {
  return checkpoints.toSorted(
    ({ data: a }, { data: b }) => (a.creationTime ?? 0) - (b.creationTime ?? 0),
  )
}

type Finding = Pick<CheckpointDiagnosis, 'state' | 'detail'>

function diagnoseChain(
  { semantics }: CheckpointContext,
  name: string,
  images: readonly string[],
  survey: BitmapSurvey,
): Finding {
  const what = `bitmap '${name}'`
  switch (inspectChain(images, name, survey, semantics.bitmapsMustPersist)) {
    case 'missing':
      return { state: 'missing', detail: `${what} is not in the top image` }
    case 'gap':
      return { state: 'missing', detail: `${what} is not in an image between two that have it` }
    case 'transient':
      return { state: 'missing', detail: `${what} would not be stored in its image` }
    case 'disabled':
      return { state: 'disabled', detail: `${what} has stopped to record` }
    case 'inconsistent':
      return { state: 'inconsistent', detail: `${what} was in use when the hypervisor died` }
    case 'valid':
      return compareChain(name, images, survey)
  }
}

/** Bitmaps of one chain are merged, which needs one size, and gives the coarsest granularity. */
function compareChain(name: string, images: readonly string[], survey: BitmapSurvey): Finding {
  const holding = images.filter((node) => survey.find(node, name) !== undefined)
  const sizes = new Set(holding.map((node) => survey.size?.(node)))
  if (sizes.size > 1) {
    return { state: 'wrong-size', detail: `bitmaps '${name}' are of ${listOf(sizes)} bytes` }
  }
  const granularities = new Set(holding.map((node) => survey.find(node, name)?.granularity))
  return granularities.size > 1
    ? {
        state: 'wrong-granularity',
        detail: `bitmaps '${name}' have granularities of ${listOf(granularities)} bytes`,
      }
    : { state: 'ok' }
}

function listOf(values: Iterable<number | undefined>): string {
  return [...values].join(' and ')
}
