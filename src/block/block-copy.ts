/**
 * Copying the point in time of a disk into a target, cluster by cluster, in any order.
 *
 * @module
 */
import type { DirtyBitmap } from '../bitmap/index.ts'
import type { VirError, VirResult } from '../errors/index.ts'
import type { TargetAnswer } from './backup-target.ts'
import { TargetNode } from './backup-target.ts'
import { ioError } from './block-error.ts'
import { allocateBytes } from './byte-range.ts'
import type { ChainRun, Layer } from './chain.ts'
import { chainRun, meetReads, readLayers } from './chain.ts'
import { FormatNode } from './format-node.ts'
import type { BlockNode } from './node.ts'
import { emptyBits } from './node-bitmap.ts'

const MiB = 1024 * 1024

/** What happens to a stretch of the plan: its data are copied, zeroes are written, or it is left out. */
export type CopyKind = 'data' | 'zero' | 'skip'

/** A stretch of the plan that is dealt with in one go. */
export interface CopyTask {
  readonly kind: CopyKind
  /** Bytes from the start of the disk, a multiple of the cluster. */
  readonly offset: number
  /** The byte after the last one. */
  readonly end: number
  /** The old bytes (absent: zeroes), when the source does not have them any more. */
  readonly saved?: { readonly bytes: Uint8Array | undefined }
}

/** Why a task has failed, and on which side. */
export interface CopyFailure {
  readonly operation: 'read' | 'write'
  readonly error: VirError
}

/** What a task answers: nothing when it is done, now or later. */
export type CopyAnswer = CopyFailure | undefined | PromiseLike<CopyFailure | undefined>

/** What is copied, and how. */
export interface BlockCopyOptions {
  readonly size: number
  /** Bytes; the cluster of the job. */
  readonly clusterSize: number
  readonly target: BlockNode
  /** What the source shows now, below the filter. */
  readonly source: () => Layer
  /** Bytes that one task copies at most. */
  readonly maxChunk: number
}

interface InFlight {
  readonly task: CopyTask
  readonly bytes: Uint8Array | undefined
  /** True when the guest has written there since: the bytes in memory are the only copy. */
  overwritten: boolean
}

/**
 * The state of a copy that a job and the guest's writes share.
 *
 * The plan names the clusters still to be copied. Whoever comes first copies: the job in its own order, or the
 * filter just before the guest overwrites a cluster. With a target that answers later the guest does not wait: the
 * old bytes are taken before its write, and are kept until the target has them.
 */
export class BlockCopy {
  readonly clusterSize: number
  /** The clusters that are neither copied nor on their way. */
  readonly plan: DirtyBitmap
  /** Whether clusters that the top layer does not hold are left out, for `sync=top`. */
  skipUnallocated = false
  /** Called when the target has answered to bytes that were saved for a guest's write. */
  onAnswer: () => void = () => undefined
  readonly #options: BlockCopyOptions
  readonly #inFlight = new Set<InFlight>()
  #saved: CopyTask[] = []
  #copied = 0
  #buffer: Uint8Array | undefined

  constructor(options: BlockCopyOptions) {
    this.#options = options
    this.clusterSize = options.clusterSize
    this.plan = emptyBits(options.size, options.clusterSize)
  }

  /** Bytes dealt with so far, in whole clusters. */
  get copied(): number {
    return this.#copied
  }

  /** Bytes still to be dealt with, in whole clusters. */
  get remaining(): number {
    const underWay = [...this.#inFlight].map(({ task }) => task)
    return [...underWay, ...this.#saved].reduce(
      (bytes, task) => bytes + this.#rounded(task),
      this.plan.dirtyBytes,
    )
  }

  /** True while the target owes an answer. */
  get isWaiting(): boolean {
    return this.#inFlight.size > 0
  }

  /** True when bytes that exist in memory only wait to be written. */
  get hasSaved(): boolean {
    return this.#saved.length > 0
  }

  /** True when the target answers later than at once. */
  get isAsynchronous(): boolean {
    return this.#options.target instanceof TargetNode
  }

  /** The next task of the plan; the job asks. Bytes that exist in memory only come first. */
  next(maxZero: number): CopyTask | undefined {
    const saved = this.nextSaved()
    if (saved !== undefined) return saved
    const offset = this.plan.nextDirty(0)
    return offset === undefined ? undefined : this.#taskAt(offset, this.#options.size, maxZero)
  }

  /** The next task whose bytes exist in memory only. */
  nextSaved(): CopyTask | undefined {
    return this.#saved.shift()
  }

  /** Leaves out clusters from `offset` on that the top layer does not hold; gives where to go on. */
  dropUnallocated(offset: number): number {
    const { size } = this.#options
    const run = this.#allocationRun(offset)
    if (run.allocated) return this.#clusterEnd(run.end)
    const end = run.end === size ? size : this.#clusterStart(run.end)
    // A cluster that is allocated in part stays in the plan as a whole.
    if (end === offset) return this.#clusterEnd(offset + 1)
    this.plan.clear(offset, end - offset)
    return end
  }

  /**
   * Saves what the guest is about to overwrite.
   *
   * @returns The failure of a target that answers at once; a later one leaves the bytes to the job
   */
  beforeWrite(offset: number, length: number): CopyFailure | undefined {
    if (length === 0) return undefined
    const end = this.#clusterEnd(offset + length)
    for (let at = this.#clusterStart(offset); at < end;) {
      const dirty = this.plan.nextDirty(at)
      if (dirty === undefined || dirty >= end) break
      const task = this.#taskAt(dirty, end, end - dirty)
      const answer = this.run(task)
      if (isLater(answer)) this.#followUp(answer)
      else if (answer !== undefined) return answer
      at = task.end
    }
    for (const each of this.#inFlight) {
      if (each.task.offset < end && this.#clusterStart(offset) < each.task.end) {
        each.overwritten = true
      }
    }
    return undefined
  }

  /** Carries out a task; what fails goes back into the plan. */
  run(task: CopyTask): CopyAnswer {
    if (task.kind === 'skip') {
      this.plan.clear(task.offset, task.end - task.offset)
      return undefined
    }
    const { target } = this.#options
    if (target instanceof TargetNode) return this.#send(task, target)
    const failure =
      task.kind === 'zero'
        ? written(target.writeZeroes(task.offset, task.end - task.offset))
        : this.#copyData(task, target)
    if (failure === undefined) this.#done(task)
    return failure
  }

  /** What has not reached the target: the plan, and what was on its way. */
  uncopied(): DirtyBitmap {
    const bits = this.plan.clone()
    const underWay = [...this.#inFlight].map(({ task }) => task)
    for (const { offset, end } of [...underWay, ...this.#saved]) bits.set(offset, end - offset)
    return bits
  }

  #copyData(task: CopyTask, target: BlockNode): CopyFailure | undefined {
    const layer = this.#options.source()
    const length = task.end - task.offset
    if (target instanceof FormatNode && target.canCopyFrom(layer, task.offset, length)) {
      const errno = meetReads(layer, task.offset, length)
      if (errno !== undefined) return { operation: 'read', error: ioError(errno) }
      return written(target.copyFrom(layer, task.offset, length))
    }
    // The target copies what it is given, so one buffer serves for all tasks.
    if (this.#buffer === undefined || this.#buffer.length < length) {
      this.#buffer = new Uint8Array(length)
    }
    const bytes = this.#buffer.subarray(0, length)
    const read = readLayers(layer, task.offset, bytes)
    if (read.isErr()) return { operation: 'read', error: read.error }
    return written(target.write(task.offset, bytes))
  }

  #send(task: CopyTask, { target }: TargetNode): CopyAnswer {
    const length = task.end - task.offset
    let bytes = task.saved?.bytes
    if (task.kind === 'data' && bytes === undefined) {
      const read = allocateBytes(length).andThen((memory) =>
        readLayers(this.#options.source(), task.offset, memory).map(() => memory),
      )
      if (read.isErr()) return { operation: 'read', error: read.error }
      bytes = read.value
    }
    const record: InFlight = { task, bytes, overwritten: task.saved !== undefined }
    this.plan.clear(task.offset, length)
    this.#inFlight.add(record)
    const answer: TargetAnswer =
      bytes === undefined
        ? target.writeZeroes(task.offset, length)
        : target.write(task.offset, bytes)
    return 'then' in answer
      ? answer.then((result) => this.#settle(record, result))
      : this.#settle(record, answer)
  }

  #settle(record: InFlight, result: VirResult<void>): CopyFailure | undefined {
    const { task, bytes, overwritten } = record
    this.#inFlight.delete(record)
    if (result.isOk()) {
      this.#copied += this.#rounded(task)
      return undefined
    }
    if (overwritten) this.#saved.push({ ...task, saved: { bytes } })
    else this.plan.set(task.offset, task.end - task.offset)
    return { operation: 'write', error: result.error }
  }

  #followUp(answer: PromiseLike<CopyFailure | undefined>): void {
    void answer.then(() => this.onAnswer())
  }

  #done(task: CopyTask): void {
    this.plan.clear(task.offset, task.end - task.offset)
    this.#copied += this.#rounded(task)
  }

  /** The task that begins at a dirty cluster and ends at the latest at `limit`. */
  #taskAt(offset: number, limit: number, maxZero: number): CopyTask {
    const clean = this.plan.nextClean(offset) ?? this.#options.size
    const last = Math.min(limit, clean)
    const chunkEnd = Math.min(last, offset + this.#chunk())
    const near = this.#kindRun(offset, chunkEnd)
    // Zeroes cost nothing, so their task may be longer than a chunk.
    const run =
      near.kind === 'data' || near.end < chunkEnd
        ? near
        : this.#kindRun(offset, Math.min(last, offset + Math.max(maxZero, this.#chunk())))
    const { size } = this.#options
    if (run.end - offset >= this.clusterSize || run.end === size) {
      const end = run.end === size ? size : this.#clusterStart(run.end)
      return { kind: run.kind, offset, end }
    }
    // QEMU 7.2 copies one cluster as data when what it learns is about less than a cluster.
    return { kind: 'data', offset, end: Math.min(size, offset + this.clusterSize) }
  }

  #kindRun(offset: number, end: number): { readonly kind: CopyKind; readonly end: number } {
    const layer = this.#options.source()
    const first = chainRun(layer, offset, end)
    const isHeld = first.depth !== undefined
    const kind = this.#kindOf(first)
    let at = first.end
    while (at < end) {
      const run = chainRun(layer, at, end)
      // QEMU tells zeroes that an image holds from those that none holds, and ends a stretch between them.
      if (this.#kindOf(run) !== kind || (run.depth !== undefined) !== isHeld) break
      at = run.end
    }
    return { kind, end: at }
  }

  #kindOf(run: ChainRun): CopyKind {
    return this.skipUnallocated && run.depth !== 0 ? 'skip' : run.state
  }

  #chunk(): number {
    return Math.max(this.clusterSize, this.#clusterStart(this.#options.maxChunk))
  }

  #allocationRun(offset: number): { readonly allocated: boolean; readonly end: number } {
    const layer = this.#options.source()
    let run = chainRun(layer, offset, this.#options.size)
    const allocated = run.depth === 0
    while (run.end < this.#options.size) {
      const next = chainRun(layer, run.end, this.#options.size)
      if ((next.depth === 0) !== allocated) break
      run = next
    }
    return { allocated, end: run.end }
  }

  #clusterStart(offset: number): number {
    return offset - (offset % this.clusterSize)
  }

  #clusterEnd(offset: number): number {
    return Math.min(this.#options.size, this.#clusterStart(offset + this.clusterSize - 1))
  }

  #rounded({ offset, end }: CopyTask): number {
    return Math.ceil((end - offset) / this.clusterSize) * this.clusterSize
  }
}

/** Bytes that one task of data copies at most, unless told otherwise. */
export const defaultChunk: number = MiB

function written(result: VirResult<void>): CopyFailure | undefined {
  return result.isErr() ? { operation: 'write', error: result.error } : undefined
}

function isLater(answer: CopyAnswer): answer is PromiseLike<CopyFailure | undefined> {
  return answer !== undefined && 'then' in answer
}
