/**
 * A backup while it runs: the block jobs of its disks, what their ends mean, and what is told to whom.
 *
 * @see libvirt 9.0.0, `qemuBackupNotifyBlockjobEnd` in src/qemu/qemu_backup.c
 * @module
 */
import {
  type BackupDiskJob,
  type BackupEndStep,
  type BackupJob,
  type BackupRunParts,
  type BackupStatistics,
  endDisk,
  endWithDomain,
} from '../../backup/index.ts'
import type { JobInfo } from '../../block/index.ts'
import {
  type ConnectDomainEventBlockJobStatus,
  DomainBlockJobType,
  DomainCheckpointDeleteFlags,
} from '../../constants/index.ts'
import { closeStores, type OpenStore } from './backup-storage.ts'
import { imagePath } from './open-disks.ts'
import type { PullServer } from './pull-server.ts'
import type { RunningDomain } from './running-domain.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

const { METADATA_ONLY } = DomainCheckpointDeleteFlags

/** What a run works on. */
export interface BackupRunContext {
  readonly world: World
  readonly domain: TestDomain
  readonly running: RunningDomain
}

/** A backup while it runs. */
export class BackupRun {
  readonly job: BackupJob
  /** The NBD server of a pull backup, with its exports. */
  readonly server: PullServer | undefined
  readonly #context: BackupRunContext
  readonly #disks: ReadonlyMap<string, BackupDiskJob<OpenStore>>
  /** Those whose block job has not ended, by the id of that. */
  readonly #byJobId: Map<string, BackupDiskJob<OpenStore>>
  readonly #whenReleased: (() => void)[] = []
  #released = false

  constructor(
    context: BackupRunContext,
    { job, disks }: BackupRunParts<OpenStore>,
    server: PullServer | undefined,
  ) {
    this.#context = context
    this.job = job
    this.server = server
    this.#disks = new Map(disks.map((disk) => [disk.disk, disk]))
    this.#byJobId = new Map(disks.map((disk) => [disk.jobId, disk]))
  }

  /** The block job of a disk, while it has one. */
  jobIdOf(disk: string): string | undefined {
    for (const { disk: name, jobId } of this.#byJobId.values()) {
      if (name === disk) return jobId
    }
    return undefined
  }

  /** Notes how far the block jobs are. */
  refreshProgress(): void {
    for (const info of this.#context.running.graph.jobs.queryJobs()) {
      const disk = this.#byJobId.get(info.id)
      if (disk !== undefined) {
        this.job.progress(disk.disk, info.currentProgress, info.totalProgress)
      }
    }
  }

  /** Cancels all disks; the backup ends when their jobs have. */
  cancel(): void {
    this.#cancelJobs(this.job.cancel())
  }

  /** Cancels one disk, and thereby the whole backup. */
  cancelDisk(disk: string): void {
    const jobId = this.jobIdOf(disk)
    if (jobId === undefined || !this.job.cancelDisk(disk)) return
    this.#context.running.graph.jobs.cancelBlockJob(jobId, { force: true })
  }

  /** Deals with a block job that has concluded; `false` when it belongs to somebody else. */
  concluded(jobId: string): boolean {
    const disk = this.#byJobId.get(jobId)
    if (disk === undefined) return false
    const { jobs } = this.#context.running.graph
    const info = jobs.queryJobs().find(({ id }) => id === jobId)
    jobs.dismiss(jobId)
    this.#byJobId.delete(jobId)
    if (info !== undefined) this.#diskEnded(disk, info)
    return true
  }

  /** Calls back once the targets are free: at once when they are. */
  whenReleased(callback: () => void): void {
    if (this.#released) callback()
    else this.#whenReleased.push(callback)
  }

  /** Ends everything because the domain stops; its block graph is about to be closed. */
  domainStops(): void {
    const { world, running } = this.#context
    this.#byJobId.clear()
    this.server?.close()
    running.graph.jobs.cancelAll()
    for (const { store } of this.#disks.values()) running.graph.removeNode(store.node)
    for (const step of endWithDomain(this.job, world.clock.now())) {
      if (step.do === 'discard-checkpoint') void this.#discard(step.name, METADATA_ONLY)
      else this.#takeStep(step)
    }
  }

  #diskEnded({ disk }: BackupDiskJob, info: JobInfo): void {
    const end = {
      current: info.currentProgress,
      total: info.totalProgress,
      ...(info.error !== undefined && { error: info.error }),
    }
    this.#take(endDisk(this.job, disk, end, this.#context.world.clock.now()))
  }

  #take(steps: readonly BackupEndStep[]): void {
    for (const [index, step] of steps.entries()) {
      if (step.do === 'discard-checkpoint') {
        void this.#discard(step.name, 0).then(() => this.#take(steps.slice(index + 1)))
        return
      }
      this.#takeStep(step)
    }
  }

  /** Deletes the checkpoint that began with the backup; who has deleted it before is content too. */
  #discard(name: string, flags: DomainCheckpointDeleteFlags): Promise<unknown> {
    return Promise.resolve(this.#context.domain.checkpoints.delete(name, flags))
  }

  #takeStep(step: Exclude<BackupEndStep, { readonly do: 'discard-checkpoint' }>): void {
    switch (step.do) {
      case 'stop-server':
        this.server?.close()
        break
      case 'cancel':
        this.#cancelJobs(step.disks)
        break
      case 'remove-files':
        for (const path of step.paths) this.#context.world.images.remove(path)
        break
      case 'complete':
        this.#complete(step.statistics)
        break
      case 'detach':
        this.#detach(step.disk)
        break
      case 'remove-bitmap':
        this.#removeBitmap(step.disk)
        break
      case 'report':
        this.#report(step.disk, step.status)
        break
      case 'release':
        this.#release()
        break
    }
  }

  #cancelJobs(disks: readonly string[]): void {
    const { graph } = this.#context.running
    for (const disk of disks) {
      const jobId = this.jobIdOf(disk)
      if (jobId !== undefined) graph.jobs.cancelBlockJob(jobId, { force: true })
    }
  }

  #complete(statistics: BackupStatistics): void {
    const { world, domain, running } = this.#context
    running.backup = undefined
    domain.backups.complete(statistics)
    const { type: _type, ...stats } = statistics
    world.events.emit('jobCompleted', { domain: domain.ref, stats })
  }

  /** Closes the store of a disk whose job has ended. */
  #detach(disk: string): void {
    const store = this.#disks.get(disk)?.store
    if (store !== undefined) closeStores(this.#context, [store], { remove: false })
  }

  #removeBitmap(disk: string): void {
    const { node, bitmap } = this.#disks.get(disk) ?? {}
    if (node === undefined || bitmap === undefined) return
    this.#context.running.graph.removeBitmap({ node, name: bitmap })
  }

  #report(disk: string, status: ConnectDomainEventBlockJobStatus): void {
    const { world, domain, running } = this.#context
    const type = DomainBlockJobType.BACKUP
    const source = running.disks.get(disk)?.def.source
    const path = source === undefined ? undefined : imagePath(source)
    if (path !== undefined) {
      world.events.emit('blockJob', { domain: domain.ref, path, type, status })
    }
    world.events.emit('blockJob2', { domain: domain.ref, dst: disk, type, status })
  }

  #release(): void {
    const { running } = this.#context
    if (running.backup === this) running.backup = undefined
    this.#released = true
    for (const callback of this.#whenReleased.splice(0)) callback()
  }
}
