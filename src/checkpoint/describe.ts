import { ok, safeTry } from 'neverthrow'
import type { VirResultAsync } from '../errors/index.ts'
import { planSizes } from './bitmap-plans.ts'
import type { Checkpoint, CheckpointTree } from './checkpoint-tree.ts'
import type { CheckpointContext } from './context.ts'
import type { BitmapAddress, BitmapChange, BitmapSurvey } from './port.ts'

/** Bytes that changed since a checkpoint, by disk; without those of which it cannot be told. */
export type CheckpointSizes = ReadonlyMap<string, number>

/**
 * Finds out how much has changed since a checkpoint. Disks that are gone or whose bitmaps are broken have no size; with
 * none left, the hypervisor is asked for nothing more.
 */
export function measureCheckpoint(
  { tree, port }: CheckpointContext,
  { name, data }: Checkpoint,
): VirResultAsync<CheckpointSizes> {
  return safeTry(async function* () {
    const survey = yield* port.survey()
    const bitmaps = { ...data, name }
    const { leftovers, actions, results } = planSizes(bitmaps, port, survey, freeName(tree))
    if (actions.length === 0) return ok(new Map<string, number>())
    // Where the leftover cannot go, adding the bitmap anew tells why.
    if (leftovers.length > 0) await port.change({ actions: leftovers, reopen: [] })
    yield* port.change({ actions, reopen: [] })
    const after = await port.survey()
    // Read before the removal: a survey may show the bitmaps as they are now.
    const sizes = after.map((now) => countsOf(results, now))
    await port.change(removalOf(results))
    return sizes
  })
}

function countsOf(
  results: ReadonlyMap<string, BitmapAddress>,
  survey: BitmapSurvey,
): CheckpointSizes {
  const sizes = new Map<string, number>()
  for (const [disk, { node, name }] of results) {
    const found = survey.find(node, name)
    if (found !== undefined) sizes.set(disk, found.count)
  }
  return sizes
}

function removalOf(results: ReadonlyMap<string, BitmapAddress>): BitmapChange {
  const actions = [...results.values()].map(({ node, name }) => ({
    do: 'remove' as const,
    node,
    name,
  }))
  return { actions, reopen: [] }
}

/**
 * The name of the temporary bitmap. libvirt always takes the first one, and so destroys the bitmap of a checkpoint that
 * is called so.
 */
function freeName(tree: CheckpointTree): string {
  let name = 'libvirt-tmp-size-xml'
  while (tree.has(name)) name += '-'
  return name
}
