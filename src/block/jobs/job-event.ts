/**
 * The events of jobs, with names and fields as on the wire.
 *
 * @module
 */
import type { JobStatus } from './job-state.ts'

/** What a block job does. */
export type JobType = 'backup' | 'stream' | 'commit' | 'mirror'

/** What becomes of an I/O error: the job fails, tries again, or stops until it is resumed. */
export type BlockErrorAction = 'report' | 'ignore' | 'stop'

/** How far a block job is when it reaches a landmark. */
export interface BlockJobProgress {
  readonly type: JobType
  /** The id of the job. */
  readonly device: string
  /** Bytes to do in all; may shrink, and is rounded up to the job's cluster. */
  readonly len: number
  /** Bytes done. */
  readonly offset: number
  /** Bytes a second; 0 is unlimited. */
  readonly speed: number
}

/** An event of a job. */
export type BlockEvent =
  | {
      readonly event: 'JOB_STATUS_CHANGE'
      readonly data: { readonly id: string; readonly status: JobStatus }
    }
  | {
      readonly event: 'BLOCK_JOB_COMPLETED'
      readonly data: BlockJobProgress & { readonly error?: string }
    }
  | { readonly event: 'BLOCK_JOB_CANCELLED' | 'BLOCK_JOB_READY'; readonly data: BlockJobProgress }
  | {
      readonly event: 'BLOCK_JOB_PENDING'
      readonly data: { readonly type: JobType; readonly id: string }
    }
  | {
      readonly event: 'BLOCK_JOB_ERROR'
      readonly data: {
        readonly device: string
        readonly operation: 'read' | 'write'
        readonly action: BlockErrorAction
      }
    }

/** Receives events. It may call commands: what they emit comes after what is waiting already. */
export type BlockEventListener = (event: BlockEvent) => void

/**
 * Holds events back until the command or the slice that caused them has settled, then delivers them in order.
 *
 * So a listener never sees a job between two states.
 */
export class EventQueue {
  readonly #listener: BlockEventListener
  readonly #waiting: BlockEvent[] = []
  #depth = 0
  #delivering = false

  constructor(listener: BlockEventListener) {
    this.#listener = listener
  }

  /** Puts an event in the queue; only inside of {@link EventQueue.settle}. */
  emit(event: BlockEvent): void {
    this.#waiting.push(event)
  }

  /** Does something, then delivers what has come up. */
  settle<T>(action: () => T): T {
    this.#depth++
    const value = action()
    this.#depth--
    if (this.#depth === 0 && !this.#delivering) this.#deliver()
    return value
  }

  #deliver(): void {
    this.#delivering = true
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      this.#listener(event)
    }
    this.#delivering = false
  }
}
