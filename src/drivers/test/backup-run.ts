/**
 * A backup while it runs: the block jobs of its disks, what their ends mean, and what is told to whom.
 *
 * @see libvirt 9.0.0, `qemuBackupNotifyBlockjobEnd` in src/qemu/qemu_backup.c
 * @module
 */
import { type BackupJob, type BackupOutcome, completedStatistics } from '../../backup/index.ts'
import type { JobInfo } from '../../block/index.ts'
import { type ConnectDomainEventBlockJobStatus, DomainBlockJobType } from '../../constants/index.ts'
import { closeStores, type OpenStore } from './backup-storage.ts'
import { imagePath } from './open-disks.ts'
import type { PullServer } from './pull-server.ts'
import type { RunningDomain } from './running-domain.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** The block job of one disk of a backup. */
export interface BackupDiskJob {
  /** Target name of the disk. */
  readonly disk: string
  /** `backup-vda-libvirt-2-format`. */
  readonly jobId: string
  readonly store: OpenStore
  /** The temporary bitmap on the disk's top node, which goes when the job has ended; absent in a full backup. */
  readonly bitmap: string | undefined
}

/** What a run is made of. */
export interface BackupRunParts {
  readonly world: World
  readonly domain: TestDomain
  readonly running: RunningDomain
  readonly job: BackupJob
  readonly disks: readonly BackupDiskJob[]
  /** Of a pull backup. */
  readonly server: PullServer | undefined
}

/** A backup while it runs. */
export class BackupRun {
  readonly job: BackupJob
  readonly #parts: BackupRunParts
  readonly #byJobId: Map<string, BackupDiskJob>
  readonly #whenReleased: (() => void)[] = []
  #released = false

  constructor(parts: BackupRunParts) {
    this.#parts = parts
    this.job = parts.job
    this.#byJobId = new Map(parts.disks.map((disk) => [disk.jobId, disk]))
  }

  /** The NBD server of a pull backup, with its exports. */
  get server(): PullServer | undefined {
    return this.#parts.server
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
    for (const info of this.#parts.running.graph.jobs.queryJobs()) {
      const disk = this.#byJobId.get(info.id)
      if (disk !== undefined) {
        this.job.progress(disk.disk, info.currentProgress, info.totalProgress)
      }
    }
  }

  /** Cancels all disks; the backup ends when their jobs have. */
  cancel(): void {
    const { graph } = this.#parts.running
    for (const disk of this.job.cancel()) {
      const jobId = this.jobIdOf(disk)
      if (jobId !== undefined) graph.jobs.cancelBlockJob(jobId, { force: true })
    }
  }

  /** Cancels one disk, and thereby the whole backup. */
  cancelDisk(disk: string): void {
    const jobId = this.jobIdOf(disk)
    if (jobId === undefined || !this.job.cancelDisk(disk)) return
    this.#parts.running.graph.jobs.cancelBlockJob(jobId, { force: true })
  }

  /** Deals with a block job that has concluded; `false` when it belongs to somebody else. */
  concluded(jobId: string): boolean {
    const disk = this.#byJobId.get(jobId)
    if (disk === undefined) return false
    const { jobs } = this.#parts.running.graph
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
    const { world, domain, job, disks, running } = this.#parts
    this.#byJobId.clear()
    this.#parts.server?.close()
    running.graph.jobs.cancelAll()
    job.domainStopped()
    const statistics = completedStatistics(job, 'cancelled', world.clock.now())
    domain.backups.domainStopped(statistics)
    const { type: _type, ...stats } = statistics
    world.events.emit('jobCompleted', { domain: domain.ref, stats })
    closeStores(
      this.#parts,
      disks.map(({ store }) => store),
      { remove: true },
    )
    this.#release()
  }

  #diskEnded(disk: BackupDiskJob, info: JobInfo): void {
    const { job } = this
    const after = job.diskEnded(disk.disk, {
      current: info.currentProgress,
      total: info.totalProgress,
      ...(info.error !== undefined && { error: info.error }),
    })
    this.#cancelOthers(after.cancel)
    // Clients are cut off, as by QEMU: whoever ends a pull backup has read what he wanted.
    this.#parts.server?.close()
    // libvirt tells that the job is complete before it has let go of the last target.
    if (after.outcome !== undefined) this.#complete(after.outcome)
    this.#detach(disk)
    this.#emitDiskEvents(disk.disk, after.status)
    if (after.outcome !== undefined) this.#release()
  }

  #cancelOthers(disks: readonly string[]): void {
    for (const other of disks) {
      const jobId = this.jobIdOf(other)
      if (jobId !== undefined) {
        this.#parts.running.graph.jobs.cancelBlockJob(jobId, { force: true })
      }
    }
  }

  #complete(outcome: BackupOutcome): void {
    const { world, domain, running } = this.#parts
    const statistics = completedStatistics(this.job, outcome, world.clock.now())
    running.backup = undefined
    domain.backups.complete(statistics)
    const { type: _type, ...stats } = statistics
    world.events.emit('jobCompleted', { domain: domain.ref, stats })
    if (outcome !== 'completed' && this.job.mode === 'push') this.#removeTargets()
  }

  /** A push that did not complete leaves none of its targets behind, whether they were finished or not. */
  #removeTargets(): void {
    const { world, disks } = this.#parts
    for (const { store } of disks) {
      if (store.created) world.images.remove(store.path)
    }
  }

  /** Closes the store of a disk whose job has ended, and takes its temporary bitmap away. */
  #detach({ disk, store, bitmap }: BackupDiskJob): void {
    const { running } = this.#parts
    closeStores(this.#parts, [store], { remove: this.job.mode === 'pull' })
    const node = running.disks.get(disk)?.node
    // The bitmap of a pull backup is on the scratch node, and has gone with it.
    if (this.job.mode === 'push' && bitmap !== undefined && node !== undefined) {
      running.graph.removeBitmap({ node, name: bitmap })
    }
  }

  #emitDiskEvents(disk: string, status: ConnectDomainEventBlockJobStatus): void {
    const { world, domain, running } = this.#parts
    const type = DomainBlockJobType.BACKUP
    const source = running.disks.get(disk)?.def.source
    const path = source === undefined ? undefined : imagePath(source)
    if (path !== undefined) {
      world.events.emit('blockJob', { domain: domain.ref, path, type, status })
    }
    world.events.emit('blockJob2', { domain: domain.ref, dst: disk, type, status })
  }

  #release(): void {
    this.#released = true
    for (const callback of this.#whenReleased.splice(0)) callback()
  }
}
