/**
 * How a backup begins: everything that can fail is tried before the guest is touched, and undone when it does.
 *
 * @see libvirt 9.0.0, `qemuBackupBegin` in src/qemu/qemu_backup.c, for the order of steps
 * @module
 */
import { err, ok, okAsync, Result, ResultAsync, safeTry } from 'neverthrow'
import {
  type AlignedBackupDef,
  alignBackup,
  BackupJob,
  planBackup,
  type PlannedDisk,
} from '../../backup/index.ts'
import { commandError, type TransactionAction } from '../../block/index.ts'
import {
  checkpointSemantics,
  inspectChain,
  planMerge,
  type PreparedCheckpoint,
} from '../../checkpoint/index.ts'
import { DomainBackupBeginFlags } from '../../constants/index.ts'
import type { DomainRef } from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import {
  type BackupServer,
  type DomainBackupDef,
  type DomainCheckpointDef,
  parseDomainBackup,
  parseDomainCheckpoint,
} from '../../xml/index.ts'
import { reachAgent } from './agent.ts'
import { type BackupDiskJob, BackupRun } from './backup-run.ts'
import { closeStores, type OpenStore, openStores } from './backup-storage.ts'
import { surveyOf, toTransactionAction } from './checkpoint-port.ts'
import { diskExport } from './exports.ts'
import { checkMemberFlags, findDomain } from './member.ts'
import { type PullServer, startPullServer } from './pull-server.ts'
import type { RunningDomain } from './running-domain.ts'
import { operationUnsupported } from './state-errors.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** The arguments of `domainBackupBegin`. */
export interface BackupRequest {
  readonly backupXml: string | undefined
  readonly checkpointXml: string | undefined
  readonly flags: number
}

const { REUSE_EXTERNAL, NO_METADATA, QUIESCE } = DomainBackupBeginFlags

/** Without a document: a full push backup of all disks, under names that are made up. */
const everything: DomainBackupDef = { mode: 'push' }

/** Begins a backup, and gives its id. */
export function beginBackup(
  world: World,
  ref: DomainRef,
  { backupXml, checkpointXml, flags }: BackupRequest,
): VirResultAsync<number> {
  return safeTry(async function* () {
    const domain = yield* findDomain(world, ref)
    yield* checkMemberFlags(
      world,
      'domainBackupBegin',
      flags,
      REUSE_EXTERNAL | NO_METADATA | QUIESCE,
    )
    const def = backupXml === undefined ? everything : yield* parseDomainBackup(backupXml)
    const checkpoint =
      checkpointXml === undefined ? undefined : yield* parseDomainCheckpoint(checkpointXml)
    if (domain.running?.isBusy === true) return err(jobLocked())
    const { running } = domain
    if (running === undefined) {
      const detail = 'cannot perform disk backup for inactive domain'
      return err(operationUnsupported(world.semantics, detail))
    }
    // From here on no other job may begin, also while this one waits.
    return running.whileBusy(() =>
      domain.checkpoints.exclusively(
        () => new ResultAsync(new BackupBegin(world, domain, running, flags).run(def, checkpoint)),
      ),
    )
  })
}

/**
 * The error of an operation that has to wait for a backup to end. libvirt gives it after 30 seconds; the answer is known at
 * once.
 */
export function jobLocked(): VirError {
  return virError(
    ErrorNumber.OPERATION_TIMEOUT,
    ErrorDomain.NONE,
    'cannot acquire state change lock (held by monitor=remoteDispatchDomainBackupBegin)',
  )
}

/** One attempt to begin a backup: the steps in libvirt's order, and the way back from each. */
class BackupBegin {
  readonly #world: World
  readonly #domain: TestDomain
  readonly #running: RunningDomain
  readonly #flags: number

  constructor(world: World, domain: TestDomain, running: RunningDomain, flags: number) {
    this.#world = world
    this.#domain = domain
    this.#running = running
    this.#flags = flags
  }

  async run(
    def: DomainBackupDef,
    checkpointDef: DomainCheckpointDef | undefined,
  ): Promise<Result<number, VirError>> {
    // The time is read once: it may name both the checkpoint and the files.
    const seconds = String(Math.floor(this.#world.clock.now() / 1000))
    const named = checkpointDef && { ...checkpointDef, name: checkpointDef.name ?? seconds }
    const aligned = this.#align(def, named?.name ?? seconds)
    if (aligned.isErr()) return err(aligned.error)
    const prepared = this.#prepareCheckpoint(named)
    if (prepared.isErr()) return err(prepared.error)
    const checkpoint = prepared.value
    const started = await this.#plan(aligned.value).asyncAndThen((plan) =>
      this.#startServer(aligned.value).andThen((server) =>
        this.#start(aligned.value, plan, checkpoint, server),
      ),
    )
    if (started.isErr()) {
      if (checkpoint !== undefined) this.#domain.checkpoints.withdraw(checkpoint)
      return err(started.error)
    }
    const run = started.value
    if (checkpoint === undefined) return ok(run.job.id)
    const committed = await this.#domain.checkpoints.commit(checkpoint)
    if (committed.isOk()) return ok(run.job.id)
    run.cancel()
    this.#domain.backups.forget()
    return err(committed.error)
  }

  #align(def: DomainBackupDef, suffix: string): VirResult<AlignedBackupDef> {
    const { disks } = this.#domain.definition.devices
    return alignBackup(def, disks, suffix).map(withExportNames)
  }

  #prepareCheckpoint(
    def: DomainCheckpointDef | undefined,
  ): VirResult<PreparedCheckpoint | undefined> {
    if (def === undefined) return ok(undefined)
    const listed = (this.#flags & NO_METADATA) === 0
    return this.#domain.checkpoints.prepare(def, { listed })
  }

  #plan(def: AlignedBackupDef): VirResult<readonly PlannedDisk[]> {
    const { semantics } = this.#world
    const { bitmapsMustPersist } = checkpointSemantics[semantics.name]
    const survey = surveyOf(this.#running.graph)
    return planBackup(def, this.#domain.definition.devices.disks, {
      errorDomain: semantics.errorDomain,
      hasCheckpoint: (name) => this.#domain.checkpoints.has(name),
      hasValidBitmap: (disk, name) => {
        const { chain = [] } = this.#running.disks.get(disk) ?? {}
        return inspectChain(chain, name, survey, bitmapsMustPersist) === 'valid'
      },
      hasBlockJob: (disk) => this.#running.backup?.jobIdOf(disk) !== undefined,
    })
  }

  /** Lets the server of a pull backup listen, before anything is touched. */
  #startServer(def: AlignedBackupDef): VirResultAsync<PullServer | undefined> {
    if (def.mode === 'push') return okAsync(undefined)
    return checkExportNames(this.#world, def).asyncAndThen(() =>
      startPullServer(this.#world, def.server ?? defaultServer),
    )
  }

  /** Makes the stores, and then does what has to happen in one moment: bitmaps and backups, all or nothing. */
  #start(
    def: AlignedBackupDef,
    plan: readonly PlannedDisk[],
    checkpoint: PreparedCheckpoint | undefined,
    server: PullServer | undefined,
  ): VirResult<BackupRun> {
    const reuse = (this.#flags & REUSE_EXTERNAL) !== 0
    const context = { world: this.#world, running: this.#running, reuse }
    const opened = openStores(context, plan)
    if (opened.isErr()) server?.close()
    return opened.andThen((stores) => {
      const described = { ...withIndexes(def, stores), ...(server && { server: server.server }) }
      const run = this.#makeRun(described, plan, stores, server)
      this.#running.backup = run
      this.#domain.lastRun = run
      const begun = this.#quiesced(() => this.#transaction(plan, stores, checkpoint)).andThen(() =>
        this.#export(plan, stores, server),
      )
      if (begun.isOk()) {
        this.#domain.backups.begin(run.job)
        return ok(run)
      }
      this.#running.backup = undefined
      server?.close()
      closeStores(context, stores.values(), { remove: true })
      return err(begun.error)
    })
  }

  #makeRun(
    def: AlignedBackupDef,
    plan: readonly PlannedDisk[],
    stores: ReadonlyMap<string, OpenStore>,
    server: PullServer | undefined,
  ): BackupRun {
    const disks = plan.flatMap((planned): BackupDiskJob[] => {
      const store = stores.get(planned.name)
      if (store === undefined) return []
      const { name: disk, bitmap } = planned
      return [{ disk, jobId: this.#jobIdOf(disk), store, bitmap }]
    })
    const job = new BackupJob({
      id: this.#domain.backups.nextId,
      startedAtMs: this.#world.clock.now(),
      def,
      reusesExternal: (this.#flags & REUSE_EXTERNAL) !== 0,
    })
    return new BackupRun({
      world: this.#world,
      domain: this.#domain,
      running: this.#running,
      job,
      disks,
      server,
    })
  }

  /** Offers every disk of a pull backup, as it is from now on. */
  #export(
    plan: readonly PlannedDisk[],
    stores: ReadonlyMap<string, OpenStore>,
    server: PullServer | undefined,
  ): VirResult<void> {
    if (server === undefined) return ok(undefined)
    return Result.combine(
      plan.map(({ name, def, bitmap }) =>
        server.addExport(
          diskExport(this.#running.graph, {
            name: def.exportName ?? name,
            node: stores.get(name)?.node ?? '',
            bitmap,
          }),
        ),
      ),
    ).map(() => undefined)
  }

  #jobIdOf(disk: string): string {
    return `backup-${disk}-${this.#running.disks.get(disk)?.node ?? ''}`
  }

  /** Freezes the guest's file systems around a step, where that is asked for; they thaw whatever comes of it. */
  #quiesced(step: () => VirResult<void>): VirResult<void> {
    if ((this.#flags & QUIESCE) === 0) return step()
    return reachAgent(this.#world, this.#domain).andThen((agent) => {
      agent.freeze([])
      const result = step()
      agent.thaw([])
      return result
    })
  }

  #transaction(
    plan: readonly PlannedDisk[],
    stores: ReadonlyMap<string, OpenStore>,
    checkpoint: PreparedCheckpoint | undefined,
  ): VirResult<void> {
    const actions = [
      ...(checkpoint?.actions ?? []).map(toTransactionAction),
      ...plan.flatMap((planned) => this.#actionsOf(planned, stores.get(planned.name))),
    ]
    return this.#running.graph
      .transaction(actions)
      .mapErr((error) => commandError('transaction', error))
  }

  #actionsOf(planned: PlannedDisk, store: OpenStore | undefined): TransactionAction[] {
    const disk = this.#running.disks.get(planned.name)
    if (store === undefined || disk?.node === undefined) return []
    const { incremental, bitmap, sync } = planned
    const merge =
      incremental === undefined || bitmap === undefined
        ? []
        : planMerge(
            {
              images: disk.chain,
              target: sync === 'none' ? store.node : disk.node,
              name: incremental,
              result: bitmap,
              mustPersist: checkpointSemantics[this.#world.semantics.name].bitmapsMustPersist,
            },
            surveyOf(this.#running.graph),
          )
    return [
      ...merge.map(toTransactionAction),
      {
        type: 'blockdev-backup',
        data: {
          device: disk.node,
          jobId: this.#jobIdOf(planned.name),
          target: store.node,
          sync,
          ...(bitmap !== undefined && sync !== 'none' && { bitmap }),
          autoFinalize: true,
          autoDismiss: false,
        },
      },
    ]
  }
}

/** Where a pull backup listens that does not say: libvirt's own default. */
const defaultServer: BackupServer = { transport: 'tcp', name: 'localhost' }

/** Fills in the names under which a pull backup offers a disk, and what has changed on it. */
function withExportNames(def: AlignedBackupDef): AlignedBackupDef {
  if (def.mode === 'push') return def
  return {
    ...def,
    disks: def.disks.map((disk) => {
      if (!disk.backup) return disk
      const exportBitmap =
        disk.exportBitmap ?? (disk.incremental === undefined ? undefined : `backup-${disk.name}`)
      return {
        ...disk,
        exportName: disk.exportName ?? disk.name,
        ...(exportBitmap !== undefined && { exportBitmap }),
      }
    }),
  }
}

/** libvirt finds a name that is given twice only after the backup has begun, and leaves a checkpoint behind then. */
function checkExportNames(world: World, { disks }: AlignedBackupDef): VirResult<void> {
  const names = new Set<string>()
  for (const { exportName } of disks) {
    if (exportName === undefined) continue
    if (names.has(exportName)) {
      const detail = `unable to execute QEMU command 'block-export-add': NBD server already has export named '${exportName}'`
      return err(virError(ErrorNumber.INTERNAL_ERROR, world.semantics.errorDomain, detail))
    }
    names.add(exportName)
  }
  return ok(undefined)
}

/** Shows in the description of a backup which node each store is. */
function withIndexes(
  def: AlignedBackupDef,
  stores: ReadonlyMap<string, OpenStore>,
): AlignedBackupDef {
  return {
    ...def,
    disks: def.disks.map((disk) => {
      const store = stores.get(disk.name)
      return store === undefined ? disk : { ...disk, index: store.index }
    }),
  }
}
