import { okAsync } from 'neverthrow'
import { type BlockGraph, commandError } from '../../block/index.ts'
import {
  type BitmapAction,
  type BitmapChange,
  type BitmapStatus,
  type BitmapSurvey,
  type CheckpointPort,
  type DomainFacts,
  toTransactionAction,
} from '../../checkpoint/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { settled } from './member.ts'
import { removeStored, storedImages, storedSurvey } from './stored-bitmaps.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/**
 * What the checkpoint manager asks of a domain in memory.
 *
 * Metadata lives as long as the hypervisor, in the manager itself, so there is nothing to store.
 */
export function checkpointPort(world: World, domain: TestDomain): CheckpointPort {
  return {
    facts: () => factsOf(world, domain),
    images: (disk) => {
      if (domain.running === undefined) return storedImages(world, domain, disk)
      const chain = domain.running.disks.get(disk)?.chain
      return chain === undefined || chain.length === 0 ? undefined : chain
    },
    survey: () =>
      okAsync(domain.running === undefined ? storedSurvey(world) : surveyOf(domain.running.graph)),
    change: (change) => {
      if (domain.running !== undefined) {
        return settled(changeReopened(domain.running.graph, change))
      }
      removeStored(world, change.actions)
      return okAsync(undefined)
    },
    save: () => okAsync(undefined),
    forget: () => okAsync(undefined),
  }
}

function factsOf(world: World, domain: TestDomain): DomainFacts {
  return {
    uuid: domain.uuid,
    isActive: domain.isActive,
    definition: domain.definition,
    inactiveDefinition: domain.inactiveDefinition,
    snapshotCount: 0,
    incrementalBackup: true,
    now: Math.floor(world.clock.now() / 1000),
  }
}

/** The bitmaps of a running domain, as they are when they are asked for. */
export function surveyOf(graph: BlockGraph): BitmapSurvey {
  return {
    find: (node, bitmap) => statusOf(graph, node, bitmap),
    names: (node) =>
      (graph.queryBitmaps(node) ?? []).flatMap(({ name }) => (name === undefined ? [] : [name])),
  }
}

function statusOf(graph: BlockGraph, node: string, name: string): BitmapStatus | undefined {
  return graph.node(node)?.bitmaps?.find(name)?.info()
}

/** Carries a change out in one transaction; nodes that must be writable meanwhile are so. */
function changeReopened(
  graph: BlockGraph,
  { actions, reopen: [node, ...above] }: BitmapChange,
): VirResult<void> {
  if (node === undefined) return changeBitmaps(graph, actions)
  const reopen = (readOnly: boolean): VirResult<void> =>
    graph.reopenNode(node, { readOnly }).mapErr((error) => commandError('blockdev-reopen', error))
  return reopen(false).andThen(() => {
    const changed = changeReopened(graph, { actions, reopen: above })
    const closed = reopen(true)
    return changed.andThen(() => closed)
  })
}

/** All of the actions, or none. */
function changeBitmaps(graph: BlockGraph, actions: readonly BitmapAction[]): VirResult<void> {
  return graph
    .transaction(actions.map(toTransactionAction))
    .mapErr((error) => commandError('transaction', error))
}
