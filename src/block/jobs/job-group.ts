import type { Job } from './job.ts'

/**
 * The jobs that end together: all well, or none. A job outside of a grouped transaction has a group of its own.
 *
 * Everything happens to the newest job first, as in QEMU.
 */
export class JobGroup {
  #jobs: readonly Job[] = []
  #aborting = false

  /** Puts a job in. */
  add(job: Job): void {
    this.#jobs = [job, ...this.#jobs]
  }

  /** Takes a job out that is final. */
  remove(job: Job): void {
    this.#jobs = this.#jobs.filter((other) => other !== job)
  }

  /** A job's work is over. */
  completed(job: Job): void {
    job.updateResult()
    if (job.error !== undefined) {
      this.abort(job)
      return
    }
    job.wait()
    if (!this.#jobs.every((other) => other.isCompleted)) return
    for (const each of this.#jobs) each.pend()
    if (this.#jobs.every((each) => each.autoFinalize)) this.finalize()
  }

  /** Makes the results of all jobs final. */
  finalize(): void {
    for (const job of this.#jobs) {
      const error = job.body.prepare?.()
      if (error === undefined) continue
      job.fail(error)
      this.abort(job)
      return
    }
    for (const job of this.#jobs) job.finalizeSingle()
  }

  /** One job has failed or was cancelled: the others are cancelled, then all end. */
  abort(cause: Job): void {
    if (!this.#aborting) {
      this.#aborting = true
      for (const job of this.#jobs) {
        if (job !== cause) job.requestCancel(true)
      }
      this.#endAll()
      return
    }
    // A job that could not end at once has ended now.
    if (!this.#ending) this.#endAll()
  }

  #ending = false

  #endAll(): void {
    this.#ending = true
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[0]) {
      // A job with a request under way comes back here when that has been answered.
      if (!job.finishNow()) break
      job.finalizeSingle()
    }
    this.#ending = false
  }
}
