/**
 * The backup job: copies the point in time of its start into a target.
 *
 * @see QEMU 7.2, block/backup.c
 * @module
 */
import type { BlockCopy, CopyFailure, CopyTask } from '../block-copy.ts'
import type { CopyBeforeWrite } from '../copy-before-write.ts'
import type { NodeBitmap } from '../node-bitmap.ts'
import type { NodeBitmaps } from '../node-bitmaps.ts'
import type { JobBody, JobControl, StepOutcome } from './job.ts'
import type { ErrorPolicy } from './error-policy.ts'
import { RateLimit } from './rate-limit.ts'

const GiB = 1024 * 1024 * 1024

/** How many pieces of a disk one slice looks at when it drops what the top layer does not hold. */
const scanPerSlice = 1024

/** What a backup copies; QAPI's MirrorSyncMode. */
export type BackupSync = 'full' | 'top' | 'none' | 'incremental' | 'bitmap'

/** What becomes of the bitmap at the end; QAPI's BitmapSyncMode. */
export type BitmapMode = 'on-success' | 'never' | 'always'

/** A bitmap that a backup uses, on its node. */
export interface BackupBitmap {
  readonly bitmap: NodeBitmap
  readonly bitmaps: NodeBitmaps
  readonly mode: BitmapMode
}

/** What a backup job works with. */
export interface BackupJobOptions {
  readonly sync: BackupSync
  readonly size: number
  readonly copy: BlockCopy
  readonly filter: CopyBeforeWrite
  readonly bitmap: BackupBitmap | undefined
  readonly onSourceError: ErrorPolicy
  readonly onTargetError: ErrorPolicy
  /** How many requests may be under way at a target that answers later. */
  readonly maxWorkers: number
  /** Bytes that one task handles at most while a speed is set. */
  readonly maxChunk: number
  /** Milliseconds. */
  readonly now: () => number
  /** Takes the graph apart again. */
  readonly release: () => void
}

/** The work of a backup job. */
export class BackupJob implements JobBody {
  readonly type = 'backup'
  readonly #options: BackupJobOptions
  readonly #limit = new RateLimit()
  #scanned: number

  constructor(options: BackupJobOptions) {
    this.#options = options
    this.#scanned = options.sync === 'top' ? 0 : options.size
  }

  get progress(): { readonly current: number; readonly total: number } {
    const { copied, remaining } = this.#options.copy
    return { current: copied, total: copied + remaining }
  }

  setSpeed(speed: number): void {
    this.#limit.speed = speed
  }

  step(control: JobControl): StepOutcome | PromiseLike<StepOutcome> {
    const { copy, sync, now } = this.#options
    copy.onAnswer = () => control.wake()
    if (this.#scanned < this.#options.size) return this.#scan()
    const isFinished = copy.plan.isEmpty && !copy.hasSaved
    const delayMs = isFinished ? 0 : this.#limit.delay(now())
    if (delayMs > 0) return { kind: 'continue', delayMs }
    const task = this.#next()
    if (task === undefined) {
      // With sync=none the job stands by for the guest's writes until it is cancelled.
      return { kind: copy.isWaiting || sync === 'none' ? 'wait' : 'done' }
    }
    return copy.isAsynchronous ? this.#runMany(task) : this.#runOne(task)
  }

  commit(): void {
    this.#settleBitmap(true)
  }

  abort(): void {
    this.#settleBitmap(false)
  }

  clean(): void {
    this.#options.release()
  }

  #next(): CopyTask | undefined {
    const { copy, sync, maxChunk } = this.#options
    if (sync === 'none') return copy.nextSaved()
    // QEMU goes over zeroes in steps of 1 MiB too. Without a limit that is only slow on huge sparse disks.
    return copy.next(this.#limit.speed === 0 ? GiB : maxChunk)
  }

  #scan(): StepOutcome {
    const { copy, size } = this.#options
    for (let i = 0; i < scanPerSlice && this.#scanned < size; i++) {
      this.#scanned = copy.dropUnallocated(this.#scanned)
    }
    if (this.#scanned >= size) copy.skipUnallocated = false
    return { kind: 'continue', delayMs: 0 }
  }

  #runOne(task: CopyTask): StepOutcome | PromiseLike<StepOutcome> {
    const answer = this.#start(task)
    if (answer !== undefined && 'then' in answer) return answer.then((it) => this.#outcome(it))
    return this.#outcome(answer)
  }

  /** Keeps several requests under way, and answers when all of them have been answered. */
  #runMany(first: CopyTask): StepOutcome | PromiseLike<StepOutcome> {
    const answers = [this.#start(first)]
    const limit = this.#limit.speed === 0 ? this.#options.maxWorkers : 1
    while (answers.length < limit) {
      const task = this.#next()
      if (task === undefined) break
      answers.push(this.#start(task))
    }
    return Promise.all(answers.map((answer) => Promise.resolve(answer))).then((all) =>
      this.#outcome(all.find((failure) => failure !== undefined)),
    )
  }

  #start(task: CopyTask): ReturnType<BlockCopy['run']> {
    if (task.kind !== 'skip') this.#limit.account(this.#options.now(), task.end - task.offset)
    return this.#options.copy.run(task)
  }

  #outcome(failure: CopyFailure | undefined): StepOutcome {
    if (failure === undefined) return { kind: 'continue', delayMs: 0 }
    const { onSourceError, onTargetError } = this.#options
    const policy = failure.operation === 'read' ? onSourceError : onTargetError
    return { kind: 'error', ...failure, policy }
  }

  /** Decides what the bitmap is afterwards; the table is in QEMU's docs/interop/bitmaps.rst. */
  #settleBitmap(isSuccess: boolean): void {
    const { bitmap: used, copy } = this.#options
    if (used === undefined) return
    const { bitmap, bitmaps, mode } = used
    const moveOn = (isSuccess || mode === 'always') && mode !== 'never'
    bitmaps.thaw(bitmap, moveOn ? 'abdicate' : 'reclaim')
    if (!isSuccess && mode === 'always') bitmap.bits.merge(copy.uncopied())
  }
}
