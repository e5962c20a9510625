import { err, errAsync, ok, okAsync, ResultAsync, safeTry } from 'neverthrow'
import {
  ErrorNumber,
  virError,
  type VirResult,
  type VirResultAsync,
  type VirStepsAsync,
} from '../errors/index.ts'
import type { DomainCheckpointDef, DomainCheckpointDiskDef, DomainDiskDef } from '../xml/index.ts'
import { alignCheckpointDisks } from './align.ts'
import { planCreation, planRollback } from './bitmap-plans.ts'
import { notSaved } from './checkpoint-errors.ts'
import { dataOf, definitionOf } from './checkpoint-tree.ts'
import type { CheckpointContext } from './context.ts'
import { checkBlockJobSupport, diskByTarget, diskFormat } from './disk-rules.ts'
import type { BitmapAction, StoredCheckpoint } from './port.ts'
import type { CheckpointSemantics } from './semantics.ts'

/**
 * A checkpoint that takes its place in the tree, but is not current yet, and whose bitmaps are still to be added. It must
 * be committed or withdrawn.
 */
export interface PreparedCheckpoint {
  readonly definition: StoredCheckpoint
  /** What adds its bitmaps; to be carried out together with whatever else is to share its moment. */
  readonly actions: readonly BitmapAction[]
  /** Whether it is to be remembered. */
  readonly listed: boolean
}

/**
 * Gives a new checkpoint its place; libvirt's `qemuCheckpointCreateCommon`. Nothing changes on error.
 *
 * @errors CONFIG_UNSUPPORTED, OPERATION_UNSUPPORTED - the disks do not fit
 * @errors OPERATION_FAILED - the name is taken
 */
export function prepareCheckpoint(
  { tree, port, semantics }: CheckpointContext,
  def: DomainCheckpointDef,
  options: { readonly listed: boolean },
): VirResult<PreparedCheckpoint> {
  const facts = port.facts()
  const name = def.name ?? String(facts.now)
  const domainDisks = facts.definition.devices.disks
  return alignCheckpointDisks(name, def.disks, domainDisks)
    .andThrough((disks) => checkDisks(name, disks, domainDisks, semantics))
    .andThen((disks) => {
      const data = dataOf({
        ...def,
        creationTime: facts.now,
        disks,
        domain: facts.inactiveDefinition,
      })
      return tree.insert(name, tree.current?.name, data)
    })
    .map((checkpoint) => {
      const definition = definitionOf(checkpoint)
      return {
        definition,
        actions: planCreation(definition, domainDisks, port, semantics),
        listed: options.listed,
      }
    })
}

/**
 * Stores a checkpoint whose bitmaps are there now, and makes it current. On error the bitmaps go again, as does its place.
 *
 * @errors INTERNAL_ERROR - it cannot be stored
 */
export function commitCheckpoint(
  context: CheckpointContext,
  prepared: PreparedCheckpoint,
): VirResultAsync<void> {
  const { tree } = context
  if (prepared.listed) return new ResultAsync(saveOrUndo(context, prepared))
  tree.withdraw(prepared.definition.name)
  return okAsync(undefined)
}

async function saveOrUndo(
  context: CheckpointContext,
  { definition, actions }: PreparedCheckpoint,
): Promise<VirResult<void>> {
  const { tree, port } = context
  const saved = await saveCheckpoint(context, definition)
  if (saved.isOk()) {
    tree.setCurrent(definition.name)
    return saved
  }
  tree.withdraw(definition.name)
  // The first error is the one to tell, whatever comes of this.
  await port.change(planRollback(actions))
  return saved
}

/** Takes away the place of a checkpoint whose bitmaps were not added, if it still has one. */
export function withdrawCheckpoint(
  { tree }: CheckpointContext,
  { definition }: PreparedCheckpoint,
): void {
  if (tree.has(definition.name)) tree.withdraw(definition.name)
}

/** Makes a checkpoint of a definition. */
export function createCheckpoint(
  context: CheckpointContext,
  def: DomainCheckpointDef,
): VirResultAsync<string> {
  return safeTry(() => creationSteps(context, def))
}

async function* creationSteps(
  context: CheckpointContext,
  def: DomainCheckpointDef,
): VirStepsAsync<string> {
  const prepared = yield* prepareCheckpoint(context, def, { listed: true })
  const changed = await context.port.change({ actions: prepared.actions, reopen: [] })
  if (changed.isErr()) {
    withdrawCheckpoint(context, prepared)
    return err(changed.error)
  }
  yield* commitCheckpoint(context, prepared)
  return ok(prepared.definition.name)
}

/** Stores a checkpoint, in libvirt's words when that fails. */
export function saveCheckpoint(
  context: CheckpointContext,
  definition: StoredCheckpoint,
): VirResultAsync<void> {
  const { semantics } = context
  const { name } = definition
  return name.length > semantics.maxNameLength
    ? errAsync(notSaved(semantics, name))
    : new ResultAsync(store(context, definition))
}

async function store(
  { port, semantics }: CheckpointContext,
  definition: StoredCheckpoint,
): Promise<VirResult<void>> {
  const saved = await port.save(definition)
  return saved.mapErr((cause) => notSaved(semantics, definition.name, { cause }))
}

function checkDisks(
  name: string,
  disks: readonly DomainCheckpointDiskDef[],
  domainDisks: readonly DomainDiskDef[],
  semantics: CheckpointSemantics,
): VirResult<void> {
  const refuse = (detail: string): VirResult<void> =>
    err(virError(ErrorNumber.CONFIG_UNSUPPORTED, semantics.errorDomain, detail))
  for (const { name: target, checkpoint, bitmap } of disks) {
    const disk = diskByTarget(domainDisks, target)
    if (checkpoint === 'no' || disk === undefined) continue
    if (semantics.namesMustMatch && bitmap !== name) {
      return refuse(`bitmap for disk '${target}' must match checkpoint name '${name}'`)
    }
    if (!semantics.checksDisks) continue
    const format = diskFormat(disk)
    if (format !== 'qcow2') {
      return refuse(`checkpoint for disk ${target} unsupported for storage type ${format}`)
    }
    const supported = checkBlockJobSupport(disk, semantics.errorDomain)
    if (supported.isErr()) return supported
  }
  return ok(undefined)
}
