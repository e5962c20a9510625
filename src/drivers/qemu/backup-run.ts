/**
 * A backup while it runs: the block jobs of its disks, what their ends mean, and what is told to whom.
 *
 * @module
 */
import { rmSync } from 'node:fs'
import { ResultAsync } from 'neverthrow'
import {
  type BackupDiskJob,
  type BackupEndStep,
  type BackupJob,
  type BackupStatistics,
  endDisk,
  endWithDomain,
  resumeEnding,
} from '../../backup/index.ts'
import {
  type ConnectDomainEventBlockJobStatus,
  DomainBlockJobType,
  DomainCheckpointDeleteFlags,
} from '../../constants/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import {
  blockDirtyBitmapRemove,
  blockJobCancel,
  jobDismiss,
  type JobInfo,
  queryJobs,
} from '../../qmp/index.ts'
import { type RecordedCheckpoint, saveBackups } from './backup-record.ts'
import { stopBackupServer } from './backup-server.ts'
import { Signal } from './backup-signal.ts'
import { closeStores, type QemuStore } from './backup-storage.ts'
import { safeNumber } from './checkpoint-survey.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu, RunPart } from './running-qemu.ts'
import { removeFile } from './state/state-files.ts'

const { METADATA_ONLY } = DomainCheckpointDeleteFlags

/** What a run works on. */
export interface BackupRunContext {
  readonly host: QemuHost
  readonly domain: QemuDomain
  readonly running: RunningQemu
}

/** What a run is made of. */
export interface QemuBackupParts {
  readonly job: BackupJob
  readonly disks: readonly BackupDiskJob<QemuStore>[]
  readonly checkpoint: RecordedCheckpoint | undefined
}

/** A backup from the moment before its block jobs start until its last target is free. */
export class QemuBackupRun implements RunPart {
  readonly job: BackupJob
  readonly #context: BackupRunContext
  readonly #checkpoint: RecordedCheckpoint | undefined
  readonly #disks: ReadonlyMap<string, BackupDiskJob<QemuStore>>
  /** Those whose block job has not ended, by the id of that. */
  readonly #byJobId: Map<string, BackupDiskJob<QemuStore>>
  readonly #released = new Signal()
  readonly #begun = new Signal()
  readonly #subscription: Disposable
  readonly #free: () => void
  /** What remains to be done of an ending. */
  readonly #steps: BackupEndStep[] = []
  readonly #diskEnds = new Map<string, Signal>()
  /** Endings are dealt with one after the other, and none before the backup has begun. */
  #endings: Promise<void>
  #isDown = false
  /** Whether its end was told, or nobody is to know of it. */
  #isOver = false

  constructor(context: BackupRunContext, { job, disks, checkpoint }: QemuBackupParts) {
    this.#context = context
    this.job = job
    this.#checkpoint = checkpoint
    this.#disks = new Map(disks.map((disk) => [disk.disk, disk]))
    this.#byJobId = new Map(
      disks.filter(({ disk }) => !job.hasEnded(disk)).map((disk) => [disk.jobId, disk]),
    )
    this.#endings = this.#begun.promise
    const { running } = context
    running.add(this)
    running.backup = this
    this.#free = running.occupy()
    this.#subscription = running.monitor.subscribe('JOB_STATUS_CHANGE', ({ data }) => {
      // libvirt listens to nothing else either.
      if (data.status === 'concluded') this.#concluded(data.id)
    })
  }

  /** Whether it is going on; false as soon as its end is told. */
  get isRunning(): boolean {
    return !this.#isOver
  }

  /** The id of the block job of a disk, while it has one. */
  jobIdOf(disk: string): string | undefined {
    for (const { disk: name, jobId } of this.#byJobId.values()) {
      if (name === disk) return jobId
    }
    return undefined
  }

  /** Settles once the targets are free. */
  released(): VirResultAsync<void> {
    return ResultAsync.fromSafePromise(this.#released.promise)
  }

  /** Settles once the block job of a disk is over and told of. */
  diskEnded(disk: string): VirResultAsync<void> {
    const signal = this.#diskEnds.get(disk) ?? new Signal()
    this.#diskEnds.set(disk, signal)
    if (!this.#disks.has(disk) || this.job.hasEnded(disk)) signal.set()
    return ResultAsync.fromSafePromise(Promise.race([signal.promise, this.#released.promise]))
  }

  /** Deals with the ends of block jobs from now on. */
  begin(): void {
    this.#begun.set()
    if (this.#isDown) this.stopped()
  }

  /** Ends what could not begin after all; settles once its targets are free. */
  abandon(): VirResultAsync<void> {
    this.begin()
    return this.cancel().andThen(() => this.released())
  }

  /** Forgets all about it: its block jobs did not start. */
  discard(): VirResultAsync<void> {
    this.#isOver = true
    this.#leave()
    this.#released.set()
    return this.save()
  }

  /** Notes how far the block jobs are. */
  refreshProgress(): VirResultAsync<void> {
    const { monitor } = this.#context.running
    return monitored(monitor.execute(queryJobs, {})).map((jobs) => {
      for (const info of jobs) {
        const disk = this.#byJobId.get(info.id)
        if (disk === undefined) continue
        const { current, total } = progressOf(info)
        this.job.progress(disk.disk, current, total)
      }
    })
  }

  /** Cancels all disks; the backup ends when their jobs have. Settles when QEMU knows. */
  cancel(): VirResultAsync<void> {
    // In turn, so that no ending is dealt with before all jobs are told.
    this.#endings = this.#endings.then(() => this.#cancelAll())
    return ResultAsync.fromSafePromise(this.#endings)
  }

  async #cancelAll(): Promise<void> {
    const disks = this.#isDown ? [] : this.job.cancel()
    if (disks.length === 0) return
    await this.save()
    await this.#cancelJobs(disks)
  }

  /** Cancels one disk, and thereby the whole backup. */
  cancelDisk(disk: string): VirResultAsync<void> {
    const jobId = this.jobIdOf(disk)
    const { monitor } = this.#context.running
    if (jobId !== undefined) this.job.cancelDisk(disk)
    return monitored(monitor.execute(blockJobCancel, { device: jobId ?? '' })).map(() => undefined)
  }

  /** Writes down how far it is, for after a restart. */
  save(): VirResultAsync<void> {
    const { domain } = this.#context
    return saveBackups(domain, () => {
      const { lastId, finished } = domain.backups
      if (this.#isOver) return { lastId, finished }
      const nodes = new Map(Array.from(this.#disks.values(), ({ disk, node }) => [disk, node]))
      const running = { job: this.job, nodes, checkpoint: this.#checkpoint }
      return { lastId: Math.max(lastId, this.job.id), running, finished }
    })
  }

  /** Goes on after a restart: with what QEMU says of its jobs now. */
  async resume(jobs: readonly JobInfo[]): Promise<void> {
    const { monitor } = this.#context.running
    for (const { jobId, disk } of this.#disks.values()) {
      const info = jobs.find(({ id }) => id === jobId)
      if (this.job.hasEnded(disk)) {
        // oxlint-disable-next-line no-await-in-loop -- as libvirt does
        if (info !== undefined) await monitor.execute(jobDismiss, { id: jobId })
      } else if (info === undefined || info.status === 'concluded') this.#concluded(jobId)
    }
    // That they are to be cancelled was written down; whether QEMU was told is not known.
    const cancelled = [...this.job.disks].filter(({ state }) => state === 'cancelling')
    await this.#cancelJobs(cancelled.map(({ name }) => name))
    this.#steps.push(...resumeEnding(this.job, Date.now()))
    await this.#takeAll()
    this.begin()
  }

  /** QEMU is gone. */
  stopped(): void {
    this.#isDown = true
    // What has not begun for its caller yet is ended by him, once he knows.
    if (!this.#begun.isSet) return
    this.#byJobId.clear()
    const steps = this.#steps.splice(0)
    if (this.job.outcome === undefined) steps.push(...endWithDomain(this.job, Date.now()))
    for (const step of steps) this.#takeWithoutQemu(step)
  }

  #concluded(jobId: string): void {
    if (!this.#byJobId.has(jobId)) return
    this.#endings = this.#endings.then(() => this.#diskConcluded(jobId))
  }

  async #diskConcluded(jobId: string): Promise<void> {
    const disk = this.#byJobId.get(jobId)
    const { monitor, saidShutdown, beingDestroyed } = this.#context.running
    // A QEMU that ends cancels its jobs itself; the backup ends with the domain then.
    if (disk === undefined || this.#isDown || saidShutdown || beingDestroyed) return
    const jobs = await monitor.execute(queryJobs, {})
    if (jobs.isErr() || this.#isDown) return
    const info = jobs.value.find(({ id }) => id === jobId)
    const end =
      info === undefined
        ? { current: 0, total: 0, error: `block job '${jobId}' has disappeared` }
        : { ...progressOf(info), ...(info.error !== undefined && { error: info.error }) }
    this.#byJobId.delete(jobId)
    this.#steps.push(...endDisk(this.job, disk.disk, end, Date.now()))
    // Written down before the job is dismissed, since afterwards nobody knows how it ended.
    await this.save()
    await monitor.execute(jobDismiss, { id: jobId })
    await this.#takeAll()
  }

  async #takeAll(): Promise<void> {
    for (;;) {
      if (this.#isDown) return
      const step = this.#steps.shift()
      if (step === undefined) return
      // oxlint-disable-next-line no-await-in-loop -- their order is their meaning
      await this.#take(step)
    }
  }

  async #take(step: BackupEndStep): Promise<void> {
    const { monitor } = this.#context.running
    const { server } = this.job.def
    switch (step.do) {
      case 'stop-server':
        if (server !== undefined) await stopBackupServer(monitor, server)
        return
      case 'cancel':
        await this.#cancelJobs(step.disks)
        return
      case 'remove-files':
        await Promise.all(step.paths.map((path) => removeFile(path)))
        return
      case 'detach':
        await this.#detach(step.disk)
        return
      case 'remove-bitmap':
        await this.#removeBitmap(step.disk)
        return
      case 'discard-checkpoint':
        await this.#context.domain.checkpoints.delete(step.name, 0)
        return
      case 'release':
        await this.#saveEnd()
        this.#takeWithoutQemu(step)
        return
      case 'complete':
      case 'report':
        this.#takeWithoutQemu(step)
    }
  }

  /**
   * Writes down that nothing remains to be done. Not earlier, or a process that is killed leaves the last store open; and
   * not when the next backup has begun, whose record it is now.
   */
  async #saveEnd(): Promise<void> {
    this.#isOver = true
    const next = this.#context.domain.backups.running
    if (next === undefined || next === this.job) await this.save()
  }

  /** Takes what can be taken of a step without QEMU, at once. */
  #takeWithoutQemu(step: BackupEndStep): void {
    switch (step.do) {
      case 'remove-files':
        for (const path of step.paths) removeNow(path)
        return
      case 'discard-checkpoint':
        // Its bitmaps are out of reach.
        void this.#context.domain.checkpoints.delete(step.name, METADATA_ONLY)
        return
      case 'complete':
        this.#complete(step.statistics)
        if (this.#isDown) void this.save()
        return
      case 'report':
        this.#report(step.disk, step.status)
        return
      case 'release':
        this.#release()
        return
      case 'stop-server':
      case 'cancel':
      case 'detach':
      case 'remove-bitmap':
    }
  }

  async #cancelJobs(disks: readonly string[]): Promise<void> {
    const { monitor } = this.#context.running
    for (const disk of disks) {
      const device = this.jobIdOf(disk)
      // oxlint-disable-next-line no-await-in-loop -- in libvirt's order, which is mostly that of their ends
      if (device !== undefined) await monitor.execute(blockJobCancel, { device, force: true })
    }
  }

  #complete(statistics: BackupStatistics): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#free()
    const { host, domain } = this.#context
    domain.backups.complete(statistics)
    const { type: _type, ...stats } = statistics
    host.events.emit('jobCompleted', { domain: domain.ref, stats })
  }

  /** Closes the store of a disk whose job has ended. */
  async #detach(disk: string): Promise<void> {
    const store = this.#disks.get(disk)?.store
    if (store !== undefined) await closeStores(this.#context.running, [store], { remove: false })
  }

  async #removeBitmap(disk: string): Promise<void> {
    const { node, bitmap } = this.#disks.get(disk) ?? {}
    if (node === undefined || bitmap === undefined) return
    await this.#context.running.monitor.execute(blockDirtyBitmapRemove, { node, name: bitmap })
  }

  #report(disk: string, status: ConnectDomainEventBlockJobStatus): void {
    const { host, domain, running } = this.#context
    const type = DomainBlockJobType.BACKUP
    const path = running.disks.get(disk)?.layers[0]?.source.path
    if (path !== undefined) {
      host.events.emit('blockJob', { domain: domain.ref, path, type, status })
    }
    host.events.emit('blockJob2', { domain: domain.ref, dst: disk, type, status })
    this.#diskEnds.get(disk)?.set()
  }

  #release(): void {
    this.#removeSocket()
    this.#leave()
    this.#released.set()
    if (this.#isOver) return
    this.#isOver = true
    void this.save()
  }

  /** QEMU leaves the socket behind when it is killed. */
  #removeSocket(): void {
    const socket = this.job.def.server?.socket
    if (this.#isDown && socket !== undefined) removeNow(socket)
  }

  #leave(): void {
    this.#subscription[Symbol.dispose]()
    this.#context.running.remove(this)
    this.#free()
  }
}

function progressOf(info: JobInfo): { readonly current: number; readonly total: number } {
  return {
    current: safeNumber(info['current-progress']),
    total: safeNumber(info['total-progress']),
  }
}

/** Removes a file; nobody is left to be told when that fails. */
function removeNow(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // libvirt only logs it.
  }
}
