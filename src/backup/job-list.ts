/**
 * The backup jobs of one domain: the one that runs, the one that is remembered, and the last one's statistics.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { type ErrorDomain, ErrorNumber, type VirResult, virError } from '../errors/index.ts'
import type { BackupJob } from './job.ts'
import type { BackupStatistics } from './statistics.ts'

/** What is kept of a domain's backup jobs over a restart. */
export interface RestoredBackups {
  /** The last id that was handed out. */
  readonly lastId: number
  readonly running?: BackupJob | undefined
  readonly finished?: BackupJob | undefined
}

/** The backup jobs of one domain. */
export class BackupJobList {
  readonly #errorDomain: ErrorDomain
  #lastId = 0
  #running: BackupJob | undefined
  #finished: BackupJob | undefined
  #completed: BackupStatistics | undefined

  /**
   * @param errorDomain - Of the driver
   * @param restored - What was kept from before a restart
   */
  constructor(errorDomain: ErrorDomain, restored: RestoredBackups = { lastId: 0 }) {
    this.#errorDomain = errorDomain
    this.#lastId = restored.lastId
    this.#running = restored.running
    this.#finished = restored.finished
  }

  /** The job that runs. */
  get running(): BackupJob | undefined {
    return this.#running
  }

  /** The push that is over and waits for its `backupEnd`. */
  get finished(): BackupJob | undefined {
    return this.#finished
  }

  /** The last id that was handed out. */
  get lastId(): number {
    return this.#lastId
  }

  /** The id of the next job; ids of jobs that could not begin are used again. */
  get nextId(): number {
    return this.#lastId + 1
  }

  /** Remembers a job that has begun, and forgets the one before it. */
  begin(job: BackupJob): void {
    this.#lastId = job.id
    this.#finished = undefined
    this.#completed = undefined
    this.#running = job
  }

  /** Notes that the running job is over. A push stays as a record, as does a pull that failed by itself. */
  complete(statistics: BackupStatistics): void {
    this.#completed = statistics
    const job = this.#running
    if (job?.mode === 'push' || job?.outcome === 'failed') this.#finished = job
    this.#running = undefined
  }

  /** Forgets the record of a push. */
  forget(): void {
    this.#finished = undefined
  }

  /**
   * Notes that the domain stopped: a running job and the record of a push are gone.
   *
   * @param statistics - Of the job that ran, if one did; without, those of the last job stay
   */
  domainStopped(statistics?: BackupStatistics): void {
    if (statistics !== undefined) this.#completed = statistics
    this.#running = undefined
    this.#finished = undefined
  }

  /** Statistics of the last job. @param keep - Otherwise they can be read only once */
  completedStatistics(keep: boolean): BackupStatistics | undefined {
    const statistics = this.#running === undefined ? this.#completed : undefined
    if (!keep && statistics !== undefined) this.#completed = undefined
    return statistics
  }

  /**
   * Finds a job that can be described.
   *
   * @param id - 0 for the running one
   * @errors NO_DOMAIN_BACKUP
   */
  find(id: number): VirResult<BackupJob> {
    if (id === 0) {
      return this.#running === undefined
        ? err(virError(this.#code, this.#errorDomain, 'no domain backup job present'))
        : ok(this.#running)
    }
    const job = [this.#running, this.#finished].find((each) => each?.id === id)
    return job === undefined ? err(this.#unknown(id)) : ok(job)
  }

  /**
   * Finds a job that can be ended.
   *
   * @param id - 0 for the present one: the running one, else the one whose end is awaited
   * @errors NO_DOMAIN_BACKUP
   */
  findToEnd(id: number): VirResult<BackupJob> {
    const present = this.#running ?? this.#finished
    if (id === 0 && present !== undefined) return ok(present)
    return id === 0 ? err(this.#unknown(id)) : this.find(id)
  }

  /**
   * Whether a job can be ended now: a pull always, a push that still copies only when it is to be given up.
   *
   * @errors OPERATION_INVALID
   */
  checkEnd(job: BackupJob, abort: boolean): VirResult<void> {
    if (job.mode === 'pull' || job.isEnding || abort) return ok(undefined)
    const detail = `backup job with id '${job.id}' is not complete`
    return err(virError(ErrorNumber.OPERATION_INVALID, this.#errorDomain, detail))
  }

  /**
   * Says how a job ended, and forgets it.
   *
   * @returns Whether it is complete
   * @errors OPERATION_FAILED with the reason
   */
  conclude(job: BackupJob): VirResult<boolean> {
    if (this.#finished === job) this.#finished = undefined
    return job.outcome === 'failed'
      ? err(virError(ErrorNumber.OPERATION_FAILED, this.#errorDomain, job.error))
      : ok(job.outcome === 'completed')
  }

  get #code(): typeof ErrorNumber.NO_DOMAIN_BACKUP {
    return ErrorNumber.NO_DOMAIN_BACKUP
  }

  #unknown(id: number): ReturnType<typeof virError> {
    return virError(this.#code, this.#errorDomain, `no domain backup job with id '${id}'`)
  }
}
