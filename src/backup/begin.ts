/**
 * How a backup begins: everything that can fail is tried before the guest is touched, and undone when it does.
 *
 * @see libvirt 9.0.0, `qemuBackupBegin` in src/qemu/qemu_backup.c, for the order of steps
 * @module
 */
import { err, ok, okAsync, type Result, ResultAsync, safeTry } from 'neverthrow'
import {
  type BitmapSurvey,
  type CheckpointManager,
  inspectChain,
  type PreparedCheckpoint,
} from '../checkpoint/index.ts'
import {
  type ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../errors/index.ts'
import type {
  BackupServer,
  DomainBackupDef,
  DomainCheckpointDef,
  DomainDiskDef,
} from '../xml/index.ts'
import { type BackupAction, backupActions, backupJobId } from './actions.ts'
import { type AlignedBackupDef, alignBackup } from './align.ts'
import { checkExportNames, defaultBackupServer, withExportNames } from './exports.ts'
import type { BackupJobList } from './job-list.ts'
import { BackupJob } from './job.ts'
import { planBackup, type PlannedDisk } from './plan.ts'

/** The open target, or scratch image, of a disk; a driver keeps more in it. */
export interface BackupStoreNode {
  /** Number of its node, which the description of the backup shows. */
  readonly index: number
  readonly node: string
}

/** The block job of one disk of a backup. */
export interface BackupDiskJob<Store extends BackupStoreNode = BackupStoreNode> {
  /** Target name of the disk. */
  readonly disk: string
  /** `backup-vda-libvirt-2-format`. */
  readonly jobId: string
  /** The disk's top node. */
  readonly node: string
  readonly store: Store
  /** The bitmap of what has changed: on the disk's top node, or in a pull backup on the store; absent in a full backup. */
  readonly bitmap: string | undefined
  /** The name under which a pull backup offers the disk. */
  readonly exportName: string
}

/** A backup that is about to begin. */
export interface BackupRunParts<Store extends BackupStoreNode = BackupStoreNode> {
  readonly job: BackupJob
  readonly disks: readonly BackupDiskJob<Store>[]
  /** The checkpoint that begins with it. */
  readonly checkpoint: PreparedCheckpoint | undefined
}

/** What a driver does for {@link beginBackup}; one value for each attempt. */
export interface BackupPort<Store extends BackupStoreNode> {
  readonly errorDomain: ErrorDomain
  /** Whether only bitmaps that are stored in their image count. */
  readonly bitmapsMustPersist: boolean
  /** Whether the hypervisor can make checkpoints and increments at all. */
  readonly incrementalBackup: boolean
  readonly checkpoints: CheckpointManager
  readonly backups: BackupJobList
  /** Of the live definition. */
  readonly disks: readonly DomainDiskDef[]
  nowMs(): number
  /** The block nodes of a disk's images, the top first. */
  images(disk: string): readonly string[] | undefined
  survey(): VirResultAsync<BitmapSurvey>
  /** Whether a block job runs on a disk. */
  hasBlockJob(disk: string): boolean
  /** Looks whether the server can be as it is described, without starting it. */
  checkServer(server: BackupServer): VirResult<void>
  /** Makes and opens the stores of all disks; all of them, or none on error. */
  openStores(plan: readonly PlannedDisk[]): VirResultAsync<ReadonlyMap<string, Store>>
  /** Closes the stores, and removes the files that were made for them. */
  closeStores(stores: Iterable<Store>): VirResultAsync<void>
  /** Starts the server, and describes it: with the port that was taken, where none was asked for. */
  startServer(server: BackupServer): VirResultAsync<BackupServer>
  stopServer(server: BackupServer): VirResultAsync<void>
  /**
   * Carries all actions out in one moment, or none on error; from then on the block jobs run. Their ends are dealt with
   * after `begun` or `abandon`.
   */
  start(
    parts: BackupRunParts<Store>,
    actions: readonly BackupAction[],
    options: { readonly quiesce: boolean },
  ): VirResultAsync<void>
  /** Offers the disks of a pull backup. */
  addExports(parts: BackupRunParts<Store>): VirResultAsync<void>
  /** Notes that the backup has begun, and is in the list. */
  begun(parts: BackupRunParts<Store>): void
  /** Gives a backup up that has started; its block jobs end as cancelled ones, and take stores and server with them. */
  abandon(parts: BackupRunParts<Store>): VirResultAsync<void>
}

/** What is to be done. */
export interface BackupBeginRequest {
  readonly def: DomainBackupDef
  readonly checkpoint: DomainCheckpointDef | undefined
  /** Whether the images are there already, and stay; libvirt's REUSE_EXTERNAL. */
  readonly reusesExternal: boolean
  /** Whether the checkpoint is remembered; the seeds' NO_METADATA says no. */
  readonly listed: boolean
  /** Whether the checkpoint goes when the backup does not succeed; our DISCARD_CHECKPOINT. */
  readonly discardsCheckpoint: boolean
  /** Whether the guest's file systems are frozen at the moment of the backup; the seeds' QUIESCE. */
  readonly quiesce: boolean
}

/**
 * Begins a backup. Run it within `exclusively` of the checkpoints.
 *
 * @errors Those of libvirt's `qemuBackupBegin`, in its order; nothing remains on error
 */
export function beginBackup<Store extends BackupStoreNode>(
  port: BackupPort<Store>,
  request: BackupBeginRequest,
): VirResultAsync<BackupJob> {
  return new ResultAsync(new BackupBegin(port, request).run())
}

/** One attempt to begin a backup. */
class BackupBegin<Store extends BackupStoreNode> {
  readonly #port: BackupPort<Store>
  readonly #request: BackupBeginRequest

  constructor(port: BackupPort<Store>, request: BackupBeginRequest) {
    this.#port = port
    this.#request = request
  }

  async run(): Promise<Result<BackupJob, VirError>> {
    const { checkpoint: checkpointDef } = this.#request
    // The time is read once: it may name both the checkpoint and the files.
    const seconds = String(Math.floor(this.#port.nowMs() / 1000))
    const named = checkpointDef && { ...checkpointDef, name: checkpointDef.name ?? seconds }
    const aligned = this.#align(named?.name ?? seconds)
    if (aligned.isErr()) return err(aligned.error)
    const prepared = this.#prepareCheckpoint(named)
    if (prepared.isErr()) return err(prepared.error)
    const checkpoint = prepared.value
    const begun = await this.#begin(aligned.value, checkpoint)
    if (begun.isErr() && checkpoint !== undefined) this.#port.checkpoints.withdraw(checkpoint)
    return begun
  }

  /** Says of every disk what happens to it, and refuses what can be refused without looking at images. */
  #align(suffix: string): VirResult<AlignedBackupDef> {
    const port = this.#port
    const { def, checkpoint } = this.#request
    return safeTry(function* () {
      const aligned = withExportNames(yield* alignBackup(def, port.disks, suffix))
      yield* checkCapability(port, aligned, checkpoint !== undefined)
      if (aligned.mode === 'push') return ok(aligned)
      yield* checkExportNames(aligned, port.errorDomain)
      const server = aligned.server ?? defaultBackupServer
      yield* port.checkServer(server)
      return ok({ ...aligned, server })
    })
  }

  #prepareCheckpoint(
    def: DomainCheckpointDef | undefined,
  ): VirResult<PreparedCheckpoint | undefined> {
    if (def === undefined) return ok(undefined)
    return this.#port.checkpoints.prepare(def, { listed: this.#request.listed })
  }

  #begin(
    def: AlignedBackupDef,
    checkpoint: PreparedCheckpoint | undefined,
  ): VirResultAsync<BackupJob> {
    const port = this.#port
    const plan = (survey: BitmapSurvey): VirResult<readonly PlannedDisk[]> =>
      planBackup(def, port.disks, {
        errorDomain: port.errorDomain,
        hasCheckpoint: (name) => port.checkpoints.has(name),
        hasValidBitmap: (disk, name) =>
          inspectChain(port.images(disk) ?? [], name, survey, port.bitmapsMustPersist) === 'valid',
        hasBlockJob: (disk) => port.hasBlockJob(disk),
      })
    const start = (
      survey: BitmapSurvey,
      planned: readonly PlannedDisk[],
      stores: ReadonlyMap<string, Store>,
    ): VirResultAsync<BackupJob> =>
      new ResultAsync(this.#start({ def, planned, stores, survey, checkpoint }))
    return safeTry(async function* () {
      const survey = yield* port.survey()
      const planned = yield* plan(survey)
      const stores = yield* port.openStores(planned)
      return start(survey, planned, stores)
    })
  }

  async #start(ready: ReadyBackup<Store>): Promise<Result<BackupJob, VirError>> {
    const { def, stores } = ready
    const port = this.#port
    const server =
      def.mode === 'pull'
        ? await port.startServer(def.server ?? defaultBackupServer)
        : await okAsync<undefined, VirError>(undefined)
    if (server.isErr()) {
      await port.closeStores(stores.values())
      return err(server.error)
    }
    const parts = this.#partsOf(ready, server.value)
    const { quiesce } = this.#request
    const started = await port.start(parts, this.#actionsOf(ready), { quiesce })
    if (started.isErr()) {
      await port.closeStores(stores.values())
      if (server.value !== undefined) await port.stopServer(server.value)
      return err(started.error)
    }
    const finished = await this.#finish(parts)
    if (finished.isErr()) return err(finished.error)
    port.backups.begin(parts.job)
    port.begun(parts)
    return ok(parts.job)
  }

  /** What still has to happen while the block jobs run already. */
  async #finish(parts: BackupRunParts<Store>): Promise<Result<void, VirError>> {
    const port = this.#port
    const { checkpoint } = parts
    const exported =
      parts.job.mode === 'pull'
        ? await port.addExports(parts)
        : await okAsync<undefined, VirError>(undefined)
    const committed =
      exported.isOk() && checkpoint !== undefined
        ? await port.checkpoints.commit(checkpoint)
        : exported
    if (committed.isOk()) return ok(undefined)
    // Where it was not the checkpoint that failed, which takes its bitmaps away by itself, they go here.
    if (exported.isErr() && checkpoint !== undefined) await port.checkpoints.rollback(checkpoint)
    parts.job.abandon()
    await port.abandon(parts)
    return err(committed.error)
  }

  #partsOf(
    { def, planned, stores, checkpoint }: ReadyBackup<Store>,
    server: BackupServer | undefined,
  ): BackupRunParts<Store> {
    const port = this.#port
    const disks = planned.flatMap((disk): BackupDiskJob<Store>[] => {
      const store = stores.get(disk.name)
      const node = port.images(disk.name)?.[0]
      if (store === undefined || node === undefined) return []
      const { name, bitmap } = disk
      const exportName = disk.def.exportName ?? name
      return [{ disk: name, jobId: backupJobId(name, node), node, store, bitmap, exportName }]
    })
    const { discardsCheckpoint, reusesExternal } = this.#request
    const isListed = checkpoint?.listed === true
    const job = new BackupJob({
      id: port.backups.nextId,
      startedAtMs: port.nowMs(),
      def: { ...withIndexes(def, stores), ...(server !== undefined && { server }) },
      reusesExternal,
      discards: discardsCheckpoint && isListed ? checkpoint.definition.name : undefined,
    })
    return { job, disks, checkpoint }
  }

  #actionsOf({ planned, stores, survey, checkpoint }: ReadyBackup<Store>): readonly BackupAction[] {
    const port = this.#port
    return [
      ...(checkpoint?.actions ?? []),
      ...planned.flatMap((disk) =>
        backupActions(
          {
            planned: disk,
            images: port.images(disk.name) ?? [],
            target: stores.get(disk.name)?.node ?? '',
          },
          survey,
          port.bitmapsMustPersist,
        ),
      ),
    ]
  }
}

/** A backup of which everything is known and open. */
interface ReadyBackup<Store extends BackupStoreNode> {
  readonly def: AlignedBackupDef
  readonly planned: readonly PlannedDisk[]
  readonly stores: ReadonlyMap<string, Store>
  readonly survey: BitmapSurvey
  readonly checkpoint: PreparedCheckpoint | undefined
}

function checkCapability<Store extends BackupStoreNode>(
  { incrementalBackup, errorDomain }: BackupPort<Store>,
  { disks }: AlignedBackupDef,
  hasCheckpoint: boolean,
): VirResult<void> {
  if (incrementalBackup) return ok(undefined)
  const refuse = (what: string): VirResult<void> =>
    err(virError(ErrorNumber.OPERATION_UNSUPPORTED, errorDomain, `${what} is not supported yet`))
  if (hasCheckpoint) return refuse('creating checkpoint for incremental backup')
  return disks.some(({ incremental }) => incremental !== undefined)
    ? refuse('incremental backup')
    : ok(undefined)
}

/** Shows in the description of a backup which node each store is. */
function withIndexes(
  def: AlignedBackupDef,
  stores: ReadonlyMap<string, BackupStoreNode>,
): AlignedBackupDef {
  return {
    ...def,
    disks: def.disks.map((disk) => {
      const store = stores.get(disk.name)
      return store === undefined ? disk : { ...disk, index: store.index }
    }),
  }
}
