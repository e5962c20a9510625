import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow'
import {
  DomainCheckpointCreateFlags,
  type DomainCheckpointDeleteFlags,
  type DomainCheckpointListFlags,
  DomainCheckpointXMLFlags,
} from '../constants/index.ts'
import type { VirResult, VirResultAsync } from '../errors/index.ts'
import { MomentTree } from '../moments/index.ts'
import {
  type DomainCheckpointDef,
  formatDomainCheckpoint,
  parseDomainCheckpoint,
} from '../xml/index.ts'
import { checkCallFlags } from './call-flags.ts'
import { planRollback } from './bitmap-plans.ts'
import { domainNotRunning, noParent, unsupported } from './checkpoint-errors.ts'
import {
  type CheckpointData,
  dataOf,
  definitionOf,
  findCheckpoint,
  listNames,
} from './checkpoint-tree.ts'
import type { CheckpointContext } from './context.ts'
import {
  commitCheckpoint,
  createCheckpoint,
  type PreparedCheckpoint,
  prepareCheckpoint,
  withdrawCheckpoint,
} from './create.ts'
import { deleteCheckpoints, forgetAll } from './delete.ts'
import { type CheckpointSizes, measureCheckpoint } from './describe.ts'
import { type CheckpointDiagnosis, diagnoseCheckpoints } from './diagnose.ts'
import { Exclusive } from './exclusive.ts'
import type { CheckpointPort, StoredCheckpoint } from './port.ts'
import { carryOutRepairs, type CheckpointRepair, planRepairs } from './reconcile.ts'
import { redefineCheckpoint } from './redefine.ts'
import type { CheckpointSemantics } from './semantics.ts'

/**
 * The checkpoints of one domain: what a driver's members about checkpoints do, but for finding the domain.
 *
 * Operations that change something run one after the other, and each does all or nothing. Flag checks are those of
 * libvirt's drivers; what the public functions check is not repeated.
 */
export class CheckpointManager {
  readonly #context: CheckpointContext
  readonly #exclusive = new Exclusive()

  constructor(semantics: CheckpointSemantics, port: CheckpointPort) {
    this.#context = { tree: new MomentTree<CheckpointData>(), port, semantics }
  }

  /** How many checkpoints there are. */
  get size(): number {
    return this.#context.tree.size
  }

  /** The name of the checkpoint that becomes the parent of the next one. */
  get current(): string | undefined {
    return this.#context.tree.current?.name
  }

  has(name: string): boolean {
    return this.#context.tree.has(name)
  }

  /** The definition of a checkpoint. */
  get(name: string): StoredCheckpoint | undefined {
    const checkpoint = this.#context.tree.get(name)
    return checkpoint && definitionOf(checkpoint)
  }

  /**
   * Takes over stored checkpoints, in the order of their creation.
   *
   * @returns Whether parents exist and there are no cycles; where not, checkpoints have become roots
   */
  load(stored: readonly StoredCheckpoint[]): boolean {
    const ordered = stored.toSorted((a, b) => (a.creationTime ?? 0) - (b.creationTime ?? 0))
    return this.#context.tree.load(
      ordered.map((def) => ({
        name: def.name,
        ...(def.parent !== undefined && { parent: def.parent }),
        data: dataOf(def),
      })),
    )
  }

  /** Runs something while no operation changes the checkpoints; it must not start one itself. */
  exclusively<T>(operation: () => VirResultAsync<T>): VirResultAsync<T> {
    return this.#exclusive.run(operation)
  }

  /**
   * Creates or redefines a checkpoint.
   *
   * @returns Its name
   * @libvirt virDomainCheckpointCreateXML (5.6.0)
   */
  create(xmlDesc: string, flags: DomainCheckpointCreateFlags): VirResultAsync<string> {
    const context = this.#context
    const redefine = (flags & DomainCheckpointCreateFlags.REDEFINE) !== 0
    const validate = (flags & DomainCheckpointCreateFlags.REDEFINE_VALIDATE) !== 0
    return this.#exclusive.run(() =>
      checkCreation(context, flags)
        .andThen(() => parseDomainCheckpoint(xmlDesc, { redefine }))
        .asyncAndThen((def) =>
          redefine ? redefineCheckpoint(context, def, validate) : createCheckpoint(context, def),
        ),
    )
  }

  /**
   * Gives a checkpoint that is to be made together with something else its place, current or not. It must be committed or
   * withdrawn; run all of it within {@link CheckpointManager.exclusively}.
   *
   * @param options - `listed: false` for a checkpoint that is not to be remembered
   */
  prepare(
    def: DomainCheckpointDef,
    options: { readonly listed: boolean } = { listed: true },
  ): VirResult<PreparedCheckpoint> {
    return prepareCheckpoint(this.#context, def, options)
  }

  /** Stores a prepared checkpoint whose bitmaps are there now; on error they go again. */
  commit(prepared: PreparedCheckpoint): VirResultAsync<void> {
    return commitCheckpoint(this.#context, prepared)
  }

  /** Drops a prepared checkpoint, and its bitmaps, which were added. */
  rollback(prepared: PreparedCheckpoint): VirResultAsync<void> {
    withdrawCheckpoint(this.#context, prepared)
    return this.#context.port.change(planRollback(prepared.actions))
  }

  /** Drops a prepared checkpoint whose bitmaps were not added. */
  withdraw(prepared: PreparedCheckpoint): void {
    withdrawCheckpoint(this.#context, prepared)
  }

  /**
   * Describes a checkpoint.
   *
   * @libvirt virDomainCheckpointGetXMLDesc (5.6.0)
   */
  getXMLDesc(name: string, flags: DomainCheckpointXMLFlags): VirResultAsync<string> {
    const { semantics, port } = this.#context
    const size = (flags & DomainCheckpointXMLFlags.SIZE) !== 0
    const checked = checkCallFlags(semantics, 'getXMLDesc', flags)
      .andThen(() => this.#find(name))
      .andThen(() => (size && !port.facts().isActive ? err(domainNotRunning()) : ok(undefined)))
    if (checked.isErr()) return errAsync(checked.error)
    const sizes: VirResultAsync<CheckpointSizes> =
      size && semantics.reportsSizes ? this.measure(name) : okAsync(new Map<string, number>())
    return sizes.andThen((known) =>
      this.#find(name).map((checkpoint) => {
        const def = withSizes(definitionOf(checkpoint), known)
        return formatDomainCheckpoint(def, {
          secure: (flags & DomainCheckpointXMLFlags.SECURE) !== 0,
          noDomain: (flags & DomainCheckpointXMLFlags.NO_DOMAIN) !== 0,
          size,
        })
      }),
    )
  }

  /**
   * Finds out how many bytes changed since a checkpoint, by disk; disks of which it cannot be told are missing.
   *
   * @errors NO_DOMAIN_CHECKPOINT - none has the name
   */
  measure(name: string): VirResultAsync<CheckpointSizes> {
    return this.#exclusive.run(() =>
      this.#find(name).asyncAndThen((checkpoint) => measureCheckpoint(this.#context, checkpoint)),
    )
  }

  /**
   * Lists the names of all checkpoints.
   *
   * @libvirt virDomainListAllCheckpoints (5.6.0)
   */
  listAll(flags: DomainCheckpointListFlags): VirResult<string[]> {
    const { tree, semantics } = this.#context
    return checkCallFlags(semantics, 'listAll', flags).map(() => listNames(tree, flags))
  }

  /**
   * Lists the names of a checkpoint's children.
   *
   * @libvirt virDomainCheckpointListAllChildren (5.6.0)
   */
  listAllChildren(name: string, flags: DomainCheckpointListFlags): VirResult<string[]> {
    const { tree, semantics } = this.#context
    return checkCallFlags(semantics, 'listAllChildren', flags)
      .andThen(() => this.#find(name))
      .map(() => listNames(tree, flags, name))
  }

  /**
   * Whether there is a checkpoint of a name.
   *
   * @errors NO_DOMAIN_CHECKPOINT - there is none
   * @libvirt virDomainCheckpointLookupByName (5.6.0)
   */
  lookupByName(name: string, flags: number): VirResult<void> {
    const { semantics } = this.#context
    return checkCallFlags(semantics, 'lookup', flags)
      .andThen(() => this.#find(name))
      .map(() => undefined)
  }

  /**
   * Names the parent of a checkpoint.
   *
   * @errors NO_DOMAIN_CHECKPOINT - it has none, or does not exist
   * @libvirt virDomainCheckpointGetParent (5.6.0)
   */
  getParent(name: string, flags: number): VirResult<string> {
    const { semantics } = this.#context
    return checkCallFlags(semantics, 'getParent', flags)
      .andThen(() => this.#find(name))
      .andThen(({ declaredParent }) =>
        declaredParent === undefined ? err(noParent(semantics, name)) : ok(declaredParent),
      )
  }

  /**
   * Deletes a checkpoint, or what is below it, or both.
   *
   * @libvirt virDomainCheckpointDelete (5.6.0)
   */
  delete(name: string, flags: DomainCheckpointDeleteFlags): VirResultAsync<void> {
    const context = this.#context
    return this.#exclusive.run(() =>
      checkCallFlags(context.semantics, 'delete', flags).asyncAndThen(() =>
        deleteCheckpoints(context, name, flags),
      ),
    )
  }

  /** Compares the checkpoints with the bitmaps that the disks have; changes nothing. The oldest comes first. */
  diagnose(): VirResultAsync<readonly CheckpointDiagnosis[]> {
    const context = this.#context
    return this.#exclusive.run(() =>
      context.port.survey().map((survey) => diagnoseCheckpoints(context, survey)),
    )
  }

  /**
   * Makes checkpoints and bitmaps agree again.
   *
   * @returns What was done, or with `dryRun` would be
   */
  reconcile(options: { readonly dryRun: boolean }): VirResultAsync<readonly CheckpointRepair[]> {
    const context = this.#context
    return this.#exclusive.run(() =>
      context.port.survey().andThen((survey) => {
        const { disks } = context.port.facts().definition.devices
        const targets = disks.map(({ target }) => target.dev)
        const repairs = planRepairs(context, survey, targets)
        if (options.dryRun) return okAsync(repairs)
        return new ResultAsync(carryOutRepairs(context, survey, repairs)).map(() => repairs)
      }),
    )
  }

  /** Forgets all checkpoints, as when the domain is undefined. Bitmaps stay in their images. */
  forgetAll(): VirResultAsync<void> {
    const context = this.#context
    return this.#exclusive.run(() => {
      const all = context.tree.select({ deep: true })
      context.tree.load([])
      return new ResultAsync(forgetAll(context, all))
    })
  }

  #find(name: string): ReturnType<typeof findCheckpoint> {
    const { tree, semantics } = this.#context
    return findCheckpoint(tree, name, semantics)
  }
}

function checkCreation({ port, semantics }: CheckpointContext, flags: number): VirResult<void> {
  const redefine = (flags & DomainCheckpointCreateFlags.REDEFINE) !== 0
  const facts = port.facts()
  return checkCallFlags(semantics, 'create', flags).andThen(() => {
    if (semantics.excludesSnapshots && facts.snapshotCount > 0) {
      return err(unsupported(semantics, 'cannot create checkpoint while snapshot exists'))
    }
    if (!facts.isActive && !(redefine && semantics.redefinesInactive)) {
      return err(unsupported(semantics, 'cannot create checkpoint for inactive domain'))
    }
    if (!facts.incrementalBackup && !redefine) {
      return err(unsupported(semantics, 'incremental backup is not supported yet'))
    }
    return ok(undefined)
  })
}

function withSizes(def: StoredCheckpoint, sizes: CheckpointSizes): StoredCheckpoint {
  const { disks } = def
  if (disks === undefined || sizes.size === 0) return def
  return {
    ...def,
    disks: disks.map((disk) => {
      const size = sizes.get(disk.name)
      return size === undefined ? disk : { ...disk, size }
    }),
  }
}
