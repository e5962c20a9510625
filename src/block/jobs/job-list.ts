import { err, ok } from 'neverthrow'
import type { BlockResult } from '../block-error.ts'
import { blockError, refuse } from '../block-error.ts'
import type { JobScheduler } from '../scheduler.ts'
import type { IoStatus, JobBody } from './job.ts'
import { Job } from './job.ts'
import type { EventQueue, JobType } from './job-event.ts'
import { JobGroup } from './job-group.ts'
import type { JobStatus } from './job-state.ts'

/** A block job as `query-block-jobs` lists it. */
export interface BlockJobInfo {
  readonly type: JobType
  /** The id of the job. */
  readonly device: string
  /** Bytes to do in all. */
  readonly len: number
  /** Bytes done. */
  readonly offset: number
  readonly busy: boolean
  readonly paused: boolean
  /** Bytes a second; 0 is unlimited. */
  readonly speed: number
  readonly ioStatus: IoStatus
  readonly ready: boolean
  readonly status: JobStatus
  readonly autoFinalize: boolean
  readonly autoDismiss: boolean
  readonly error?: string
}

/** A job as `query-jobs` lists it. */
export interface JobInfo {
  readonly id: string
  readonly type: JobType
  readonly status: JobStatus
  readonly currentProgress: number
  readonly totalProgress: number
  readonly error?: string
}

/** How a job is created. */
export interface CreateJobOptions {
  readonly id: string
  readonly body: JobBody
  /** Bytes a second; unlimited when absent or 0. */
  readonly speed?: number
  readonly autoFinalize?: boolean
  readonly autoDismiss?: boolean
  /** A group of its own when absent. */
  readonly group?: JobGroup
}

/** The jobs of one machine, with the commands on them: `block-job-*` and `job-*`. */
export class JobList {
  readonly #scheduler: JobScheduler
  readonly #events: EventQueue
  readonly #jobs = new Map<string, Job>()

  /** @internal */
  constructor(scheduler: JobScheduler, events: EventQueue) {
    this.#scheduler = scheduler
    this.#events = events
  }

  /** Checks what QEMU checks of a new job: the id, then the speed. @internal */
  checkNew(id: string, speed: number | undefined): BlockResult<void> {
    if (!/^[a-zA-Z][a-zA-Z0-9_.-]*$/.test(id)) return refuse(`Invalid job ID '${id}'`)
    if (this.#jobs.has(id)) return refuse(`Job ID '${id}' already in use`)
    if (speed === undefined || speed >= 0) return ok(undefined)
    // QEMU sets the speed of a job that exists already, and drops it again.
    for (const status of ['created', 'null'] as const) {
      this.#events.emit({ event: 'JOB_STATUS_CHANGE', data: { id, status } })
    }
    return refuse("Parameter 'speed' expects a non-negative value")
  }

  /** Creates a job that {@link JobList.checkNew} has nothing against. It does not start by itself. @internal */
  create(options: CreateJobOptions): Job {
    const job = new Job({
      id: options.id,
      body: options.body,
      group: options.group ?? new JobGroup(),
      autoFinalize: options.autoFinalize ?? true,
      autoDismiss: options.autoDismiss ?? true,
      scheduler: this.#scheduler,
      events: this.#events,
      onDismissed: () => this.#jobs.delete(options.id),
    })
    job.limit(options.speed ?? 0)
    this.#jobs.set(options.id, job)
    return job
  }

  /** `query-block-jobs`: all of them, newest first. */
  queryBlockJobs(): readonly BlockJobInfo[] {
    return [...this.#jobs.values()].toReversed().map((job) => ({
      ...job.landmark,
      busy: job.isBusy,
      paused: job.isPaused,
      ioStatus: job.ioStatus,
      ready: job.isReady,
      status: job.status,
      autoFinalize: job.autoFinalize,
      autoDismiss: job.autoDismiss,
      ...(job.error !== undefined && { error: job.error }),
    }))
  }

  /** `query-jobs`: all of them, newest first. */
  queryJobs(): readonly JobInfo[] {
    return [...this.#jobs.values()].toReversed().map((job) => ({
      id: job.id,
      type: job.body.type,
      status: job.status,
      currentProgress: job.body.progress.current,
      totalProgress: job.body.progress.total,
      ...(job.error !== undefined && { error: job.error }),
    }))
  }

  /** `block-job-cancel`. */
  cancelBlockJob(id: string, options: { readonly force?: boolean } = {}): BlockResult<void> {
    const force = options.force ?? false
    return this.#blockJob(id, (job) => {
      if (job.isUserPaused && !force) {
        return refuse(`The block job for device '${id}' is currently paused`)
      }
      return job.apply('cancel').map(() => job.cancel(force))
    })
  }

  /** `block-job-pause`. */
  pauseBlockJob(id: string): BlockResult<void> {
    return this.#blockJob(id, (job) => job.pause())
  }

  /** `block-job-resume`. */
  resumeBlockJob(id: string): BlockResult<void> {
    return this.#blockJob(id, (job) => job.resume())
  }

  /** `block-job-set-speed`: bytes a second, 0 for unlimited, at once. */
  setBlockJobSpeed(id: string, speed: number): BlockResult<void> {
    return this.#blockJob(id, (job) => job.setSpeed(speed))
  }

  /** `block-job-complete`. */
  completeBlockJob(id: string): BlockResult<void> {
    return this.#blockJob(id, (job) => job.complete())
  }

  /** `block-job-finalize`: for the whole group of the job. */
  finalizeBlockJob(id: string): BlockResult<void> {
    return this.#blockJob(id, (job) => job.finalize())
  }

  /** `block-job-dismiss`. */
  dismissBlockJob(id: string): BlockResult<void> {
    return this.#blockJob(id, (job) => job.apply('dismiss').map(() => job.dismiss()))
  }

  /** `job-cancel`: always by force. */
  cancel(id: string): BlockResult<void> {
    return this.#job(id, (job) => job.apply('cancel').map(() => job.cancel(true)))
  }

  /** `job-pause`. */
  pause(id: string): BlockResult<void> {
    return this.#job(id, (job) => job.pause())
  }

  /** `job-resume`. */
  resume(id: string): BlockResult<void> {
    return this.#job(id, (job) => job.resume())
  }

  /** `job-complete`. */
  complete(id: string): BlockResult<void> {
    return this.#job(id, (job) => job.complete())
  }

  /** `job-finalize`: for the whole group of the job. */
  finalize(id: string): BlockResult<void> {
    return this.#job(id, (job) => job.finalize())
  }

  /** `job-dismiss`. */
  dismiss(id: string): BlockResult<void> {
    return this.#job(id, (job) => job.apply('dismiss').map(() => job.dismiss()))
  }

  /**
   * Cancels all jobs by force and ends them now, as a machine that goes away does. A job with a request under way at
   * a target that answers later ends when that has answered.
   */
  cancelAll(): void {
    this.#events.settle(() => {
      for (const job of [...this.#jobs.values()].toReversed()) {
        job.cancel(true)
        job.finishNow()
      }
    })
  }

  /** Drops all jobs where they are, without an event: their machine is gone. @internal */
  forgetAll(): void {
    for (const job of this.#jobs.values()) job.halt()
    this.#jobs.clear()
  }

  #blockJob(id: string, use: (job: Job) => BlockResult<void>): BlockResult<void> {
    const job = this.#jobs.get(id)
    if (job === undefined) return err(blockError(`Block job '${id}' not found`, 'DeviceNotActive'))
    return this.#events.settle(() => use(job))
  }

  #job(id: string, use: (job: Job) => BlockResult<void>): BlockResult<void> {
    const job = this.#jobs.get(id)
    return job === undefined ? refuse('Job not found') : this.#events.settle(() => use(job))
  }
}
