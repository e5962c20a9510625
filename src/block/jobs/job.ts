import { ok } from 'neverthrow'
import type { VirError } from '../../errors/index.ts'
import { Errno, strerror } from '../../errors/index.ts'
import type { BlockResult } from '../block-error.ts'
import { errnoOfError, refuse } from '../block-error.ts'
import type { Cancel, JobScheduler } from '../scheduler.ts'
import type { ErrorPolicy } from './error-policy.ts'
import { errorAction } from './error-policy.ts'
import type { BlockJobProgress, EventQueue, JobType } from './job-event.ts'
import type { JobGroup } from './job-group.ts'
import type { JobStatus, JobVerb } from './job-state.ts'
import { accepts, mayFollow } from './job-state.ts'

/** Milliseconds after which a job tries again what failed under the policy `ignore`. */
const retryMs = 100

/** What came of one slice of a job's work. */
export type StepOutcome =
  /** There is more to do, after a while. */
  | { readonly kind: 'continue'; readonly delayMs: number }
  /** There is nothing to do until the job is woken. */
  | { readonly kind: 'wait' }
  /** All is in step with the source; there is more to do, after a while. */
  | { readonly kind: 'ready'; readonly delayMs: number }
  | { readonly kind: 'done' }
  /** A request failed; the policy decides what that means. */
  | {
      readonly kind: 'error'
      readonly operation: 'read' | 'write'
      readonly error: VirError
      readonly policy: ErrorPolicy
    }

/** What a job's work can see of the job. */
export interface JobControl {
  /** True when the job has been asked to end, even softly. */
  readonly cancelRequested: boolean
  /** Lets a job that waits go on. */
  wake(): void
}

/** The work of one kind of job, behind the states that all kinds share. */
export interface JobBody {
  readonly type: JobType
  /** Bytes done, and bytes to do in all. */
  readonly progress: { readonly current: number; readonly total: number }
  /** Does the next slice of work. */
  step(control: JobControl): StepOutcome | PromiseLike<StepOutcome>
  setSpeed(speed: number): void
  /** Says whether a cancel is forced; a job without this ends by force always. */
  cancel?(force: boolean): boolean
  /** Ends a job that is ready in its own way. */
  complete?(): BlockResult<void>
  /** The last step that may fail, when all jobs of the group are done. */
  prepare?(): VirError | undefined
  commit?(): void
  abort?(): void
  /** Releases what the job holds, whatever its end. */
  clean?(): void
}

/** What a job starts with. */
export interface JobOptions {
  readonly id: string
  readonly body: JobBody
  readonly group: JobGroup
  readonly autoFinalize: boolean
  readonly autoDismiss: boolean
  readonly scheduler: JobScheduler
  readonly events: EventQueue
  /** Called when the job is gone. */
  readonly onDismissed: (job: Job) => void
}

/** Whether the last I/O error stopped the job; QAPI's BlockDeviceIoStatus. */
export type IoStatus = 'ok' | 'failed' | 'nospace'

/** A background job with QEMU's states. */
export class Job implements JobControl {
  readonly id: string
  readonly body: JobBody
  readonly autoFinalize: boolean
  readonly autoDismiss: boolean
  readonly #options: JobOptions
  readonly #group: JobGroup
  #status: JobStatus = 'undefined'
  #ioStatus: IoStatus = 'ok'
  #speed = 0
  #error: string | undefined
  #started = false
  #pauseCount = 0
  #userPaused = false
  #cancelRequested = false
  #forceCancelled = false
  #underWay = false
  #halted = false
  #timer: { readonly cancel: Cancel; readonly delayMs: number } | undefined

  constructor(options: JobOptions) {
    this.#options = options
    this.id = options.id
    this.body = options.body
    this.autoFinalize = options.autoFinalize
    this.autoDismiss = options.autoDismiss
    this.#group = options.group
    this.#group.add(this)
    this.#moveTo('created')
  }

  get status(): JobStatus {
    return this.#status
  }

  get ioStatus(): IoStatus {
    return this.#ioStatus
  }

  /** Bytes a second; 0 is unlimited. */
  get speed(): number {
    return this.#speed
  }

  /** Why the job failed, in words; absent unless it did. */
  get error(): string | undefined {
    return this.#error
  }

  get isPaused(): boolean {
    return this.#pauseCount > 0
  }

  get isUserPaused(): boolean {
    return this.#userPaused
  }

  /** True while a slice is at work or is due at once. */
  get isBusy(): boolean {
    return this.#underWay || this.#timer?.delayMs === 0
  }

  get isReady(): boolean {
    return this.#status === 'ready' || this.#status === 'standby'
  }

  /** True when the work is over, well or not. */
  get isCompleted(): boolean {
    const over: readonly JobStatus[] = ['waiting', 'pending', 'aborting', 'concluded', 'null']
    return over.includes(this.#status)
  }

  get cancelRequested(): boolean {
    return this.#cancelRequested
  }

  /** Where the job is, as its events say it. */
  get landmark(): BlockJobProgress {
    const { current, total } = this.body.progress
    return {
      type: this.body.type,
      device: this.id,
      len: total,
      offset: current,
      speed: this.#speed,
    }
  }

  /** Lets the work begin; the first slice is due at once. */
  start(): void {
    this.#started = true
    this.#moveTo('running')
    this.#settlePause()
    if (!this.isPaused) this.#schedule(0)
  }

  wake(): void {
    const isIdle = this.#started && !this.isCompleted && !this.isPaused && !this.#underWay
    if (isIdle && !this.#halted) this.#schedule(0)
  }

  /** Refuses a command that the state does not accept. */
  apply(verb: JobVerb): BlockResult<void> {
    return accepts(this.#status, verb)
      ? ok(undefined)
      : refuse(`Job '${this.id}' in state '${this.#status}' cannot accept command verb '${verb}'`)
  }

  /** Pauses on a user's behalf. */
  pause(): BlockResult<void> {
    return this.apply('pause').andThen(() => {
      if (this.#userPaused) return refuse('Job is already paused')
      this.#pauseAsUser()
      return ok(undefined)
    })
  }

  /** Ends the user's pause, and forgives the last I/O error. */
  resume(): BlockResult<void> {
    if (!this.#userPaused) return refuse("Can't resume a job that was not paused")
    return this.apply('resume').map(() => this.#resumeAsUser())
  }

  /** Limits the bytes a second from now on. */
  setSpeed(speed: number): BlockResult<void> {
    return this.apply('set-speed').andThen(() => {
      if (!(speed >= 0)) return refuse("Parameter 'speed' expects a non-negative value")
      this.limit(speed)
      // A job that sleeps off its old speed is woken, to see the new one.
      if (this.#timer !== undefined) this.#schedule(0)
      return ok(undefined)
    })
  }

  /** Sets the speed without asking the state. */
  limit(speed: number): void {
    this.#speed = speed
    this.body.setSpeed(speed)
  }

  /** Lets a job that is ready end in its own way. */
  complete(): BlockResult<void> {
    return this.apply('complete').andThen(() => {
      const { body } = this
      if (this.#cancelRequested || body.complete === undefined) {
        return refuse(`The active block job '${this.id}' cannot be completed`)
      }
      return body.complete().map(() => this.wake())
    })
  }

  /** Makes the results of the job's whole group final. */
  finalize(): BlockResult<void> {
    return this.apply('finalize').map(() => this.#group.finalize())
  }

  /** Ends the job. One that is at work ends with its next slice, one that waits or is pending at once. */
  cancel(force: boolean): void {
    if (this.#status === 'null') return
    if (this.#status === 'concluded') {
      this.dismiss()
      return
    }
    this.requestCancel(force)
    if (!this.#started) this.#group.completed(this)
    else if (this.isCompleted) {
      if (this.#cancelRequested) this.#group.abort(this)
    } else this.wake()
  }

  /** Marks the job for its end. */
  requestCancel(force: boolean): void {
    const isForced = this.body.cancel?.(force) ?? true
    if (this.#userPaused) this.#resumeAsUser()
    if (!isForced && this.isCompleted) return
    this.#cancelRequested = true
    this.#forceCancelled ||= isForced
  }

  /** Ends a job that is marked for it now, if nothing is under way; says whether it has ended. */
  finishNow(): boolean {
    if (this.isCompleted) return true
    if (this.#underWay) return false
    this.#stopTimer()
    this.#group.completed(this)
    return true
  }

  /** Stops the job where it is; nothing happens to it any more. */
  halt(): void {
    this.#stopTimer()
    this.#halted = true
  }

  /** Takes note of a cancel or an error; from then on the job is aborting. */
  updateResult(): void {
    if (this.#error === undefined && this.#forceCancelled) {
      this.#error = strerror(Errno.ECANCELED)
    }
    if (this.#error !== undefined) this.#moveTo('aborting')
  }

  /** Gives the job an error before it ends. */
  fail(error: VirError): void {
    this.#error = strerror(errnoOfError(error))
  }

  /** Done with its work; waits for its group. */
  wait(): void {
    this.#moveTo('waiting')
  }

  /** The whole group is done; waits to be finalized. */
  pend(): void {
    this.#moveTo('pending')
    if (this.autoFinalize) return
    const { type } = this.body
    this.#options.events.emit({ event: 'BLOCK_JOB_PENDING', data: { type, id: this.id } })
  }

  /** Makes the result final, for this job alone. */
  finalizeSingle(): void {
    this.updateResult()
    if (this.#error === undefined) this.body.commit?.()
    else this.body.abort?.()
    this.body.clean?.()
    if (this.#started) this.#emitEnd()
    this.#group.remove(this)
    this.#moveTo('concluded')
    if (this.autoDismiss || !this.#started) this.dismiss()
  }

  /** Forgets the job. */
  dismiss(): void {
    this.#moveTo('null')
    this.#options.onDismissed(this)
  }

  #emitEnd(): void {
    const { events } = this.#options
    const data = this.landmark
    if (this.#forceCancelled) events.emit({ event: 'BLOCK_JOB_CANCELLED', data })
    else {
      const error = this.#error
      events.emit({
        event: 'BLOCK_JOB_COMPLETED',
        data: error === undefined ? data : { ...data, error },
      })
    }
  }

  #moveTo(status: JobStatus): void {
    if (status === this.#status) return
    if (!mayFollow(this.#status, status)) {
      throw new Error(`job '${this.id}' cannot go from ${this.#status} to ${status}`)
    }
    this.#status = status
    this.#options.events.emit({ event: 'JOB_STATUS_CHANGE', data: { id: this.id, status } })
  }

  #pauseAsUser(): void {
    this.#pauseCount++
    this.#userPaused = true
    this.#settlePause()
  }

  #resumeAsUser(): void {
    this.#ioStatus = 'ok'
    this.#userPaused = false
    this.#pauseCount--
    if (this.isPaused) return
    if (this.#status === 'paused') this.#moveTo('running')
    if (this.#status === 'standby') this.#moveTo('ready')
    this.wake()
  }

  /** Brings the state in line with the pause, unless a slice is at work: then its end does. */
  #settlePause(): void {
    if (!this.isPaused || this.#underWay) return
    if (this.#status === 'running') this.#moveTo('paused')
    if (this.#status === 'ready') this.#moveTo('standby')
    if (this.#started) this.#stopTimer()
  }

  #schedule(delayMs: number): void {
    this.#stopTimer()
    const tick = (): void | PromiseLike<void> => {
      this.#timer = undefined
      return this.#options.events.settle(() => this.#advance())
    }
    this.#timer = { cancel: this.#options.scheduler.schedule(tick, delayMs), delayMs }
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #advance(): void | PromiseLike<void> {
    if (this.isCompleted || this.isPaused || this.#underWay) return undefined
    if (this.#forceCancelled) {
      this.#group.completed(this)
      return undefined
    }
    const outcome = this.body.step(this)
    if (!('then' in outcome)) {
      this.#take(outcome)
      return undefined
    }
    this.#underWay = true
    return outcome.then((later) => {
      this.#underWay = false
      if (!this.#halted) this.#options.events.settle(() => this.#take(later))
      return undefined
    })
  }

  #take(outcome: StepOutcome): void {
    if (this.#forceCancelled) this.#group.completed(this)
    else if (outcome.kind === 'done') this.#group.completed(this)
    else if (outcome.kind === 'error') this.#takeError(outcome)
    else if (outcome.kind !== 'wait') {
      if (outcome.kind === 'ready') this.#becomeReady()
      this.#schedule(outcome.delayMs)
    }
    if (!this.isCompleted) this.#settlePause()
  }

  #takeError(outcome: Extract<StepOutcome, { readonly kind: 'error' }>): void {
    const errno = errnoOfError(outcome.error)
    const action = errorAction(outcome.policy, errno)
    this.#options.events.emit({
      event: 'BLOCK_JOB_ERROR',
      data: { device: this.id, operation: outcome.operation, action },
    })
    if (action === 'report') {
      this.fail(outcome.error)
      this.#group.completed(this)
    } else if (action === 'ignore') this.#schedule(retryMs)
    else {
      if (this.#ioStatus === 'ok') this.#ioStatus = errno === Errno.ENOSPC ? 'nospace' : 'failed'
      if (!this.#userPaused) this.#pauseAsUser()
    }
  }

  #becomeReady(): void {
    if (this.#status !== 'running') return
    this.#moveTo('ready')
    this.#options.events.emit({ event: 'BLOCK_JOB_READY', data: this.landmark })
  }
}
