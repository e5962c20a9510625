/** Which bitmaps the operations on checkpoints add, remove and merge: decided here, carried out by a driver. @module */
import { err, ok } from 'neverthrow'
import { ErrorNumber, virError, type VirResult } from '../errors/index.ts'
import type { DomainCheckpointDiskDef, DomainDiskDef } from '../xml/index.ts'
import { inspectChain, planMerge } from './bitmap-chain.ts'
import { diskByTarget, diskFormat } from './disk-rules.ts'
import type {
  BitmapAction,
  BitmapAddress,
  BitmapChange,
  BitmapSurvey,
  CheckpointPort,
} from './port.ts'
import type { CheckpointSemantics } from './semantics.ts'

/** The part of a port that knows the chains of images. */
export type ImagePort = Pick<CheckpointPort, 'images'>

/** A checkpoint, as far as its bitmaps are concerned. */
export interface CheckpointBitmaps {
  /** The name of the checkpoint and of its bitmaps. */
  readonly name: string
  readonly disks?: readonly DomainCheckpointDiskDef[]
}

/** The targets of the disks that take part in a checkpoint. */
export function bitmapDisks(checkpoint: CheckpointBitmaps): readonly string[] {
  return (checkpoint.disks ?? [])
    .filter((disk) => disk.checkpoint !== 'no')
    .map((disk) => disk.name)
}

/** Says which bitmaps a new checkpoint adds: on the top image of each disk one that is stored and records. */
export function planCreation(
  checkpoint: CheckpointBitmaps,
  disks: readonly DomainDiskDef[],
  port: ImagePort,
  semantics: CheckpointSemantics,
): BitmapAction[] {
  return bitmapDisks(checkpoint).flatMap((target) => {
    const node = port.images(target)?.[0]
    const disk = diskByTarget(disks, target)
    if (node === undefined || disk === undefined) return []
    // Only qcow2 can store bitmaps. Where they need not be stored, those of other formats live as long as the domain runs.
    const persistent = semantics.bitmapsMustPersist || diskFormat(disk) === 'qcow2'
    return [{ do: 'add', node, name: checkpoint.name, persistent, disabled: false }]
  })
}

/** Says how to take back what {@link planCreation} did. */
export function planRollback(creation: readonly BitmapAction[]): BitmapChange {
  return {
    actions: creation.map(({ node, name }) => ({ do: 'remove', node, name })),
    reopen: [],
  }
}

/**
 * Says which bitmaps go with checkpoints: those of their names in every image of every disk that the domain still has.
 * No other bitmap changes, so what other checkpoints know stays exact.
 *
 * @errors INTERNAL_ERROR - a disk has no such bitmap
 */
export function planDeletion(
  checkpoints: readonly CheckpointBitmaps[],
  port: ImagePort,
  survey: BitmapSurvey,
  semantics: CheckpointSemantics,
): VirResult<BitmapChange> {
  const actions: BitmapAction[] = []
  const below = new Set<string>()
  for (const checkpoint of checkpoints) {
    const { name } = checkpoint
    for (const disk of bitmapDisks(checkpoint)) {
      const images = port.images(disk)
      if (images === undefined) continue
      const holding = images.filter((node) => survey.find(node, name) !== undefined)
      if (holding.length === 0 && semantics.deletionNeedsBitmaps) {
        const detail = `bitmap '${name}' not found in backing chain of '${disk}'`
        return err(virError(ErrorNumber.INTERNAL_ERROR, semantics.errorDomain, detail))
      }
      for (const node of holding) {
        actions.push({ do: 'remove', node, name })
        if (node !== images[0]) below.add(node)
      }
    }
  }
  // Of a chain, the base first: libvirt opens the one that it found last first.
  return ok({ actions, reopen: [...below].toReversed() })
}

/**
 * Whether the bitmaps of a checkpoint can be relied on, on all disks that the domain still has.
 *
 * @errors CHECKPOINT_INCONSISTENT - not on one of them
 */
export function checkChains(
  checkpoint: CheckpointBitmaps,
  port: ImagePort,
  survey: BitmapSurvey,
  semantics: CheckpointSemantics,
): VirResult<void> {
  for (const disk of bitmapDisks(checkpoint)) {
    const images = port.images(disk)
    if (images === undefined) continue
    const checked = checkChain(checkpoint.name, disk, images, survey, semantics)
    if (checked.isErr()) return checked
  }
  return ok(undefined)
}

/**
 * Whether the bitmaps of a checkpoint can be relied on, on one disk.
 *
 * @errors CHECKPOINT_INCONSISTENT - not
 */
export function checkChain(
  name: string,
  disk: string,
  images: readonly string[],
  survey: BitmapSurvey,
  semantics: CheckpointSemantics,
): VirResult<void> {
  if (inspectChain(images, name, survey, semantics.bitmapsMustPersist) === 'valid') {
    return ok(undefined)
  }
  const detail = `missing or broken bitmap '${name}' for disk '${disk}'`
  return err(virError(ErrorNumber.CHECKPOINT_INCONSISTENT, semantics.errorDomain, detail))
}

/** How to learn how much has changed since a checkpoint. */
export interface SizePlan {
  /** What a plan that was not finished has left behind, to be removed beforehand. */
  readonly leftovers: readonly BitmapAction[]
  readonly actions: readonly BitmapAction[]
  /** The temporary bitmap of each disk whose size can be told; its count is the size. */
  readonly results: ReadonlyMap<string, BitmapAddress>
}

/**
 * Says how to learn how much has changed: by merging the bitmaps of each disk's chain into a temporary one. Disks that
 * are gone, and those whose bitmaps are broken, are left out.
 *
 * @param temporary - A name that no checkpoint has
 */
export function planSizes(
  checkpoint: CheckpointBitmaps,
  port: ImagePort,
  survey: BitmapSurvey,
  temporary: string,
): SizePlan {
  const leftovers: BitmapAction[] = []
  const actions: BitmapAction[] = []
  const results = new Map<string, BitmapAddress>()
  for (const disk of bitmapDisks(checkpoint)) {
    const images = port.images(disk)
    const node = images?.[0]
    if (images === undefined || node === undefined) continue
    const result = { node, name: temporary }
    const request = { images, target: node, name: checkpoint.name, result: temporary }
    const merge = planMerge(request, survey)
    if (merge.length === 0) continue
    if (survey.find(node, temporary) !== undefined) leftovers.push({ do: 'remove', ...result })
    actions.push(...merge)
    results.set(disk, result)
  }
  return { leftovers, actions, results }
}
