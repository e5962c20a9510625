/**
 * The clocks of a test hypervisor: one that moves by hand, and one that moves by itself.
 *
 * @module
 */

import type { Cancel, JobScheduler } from '../../block/index.ts'

/** What is due at some time; a promise when it waits for something outside of the hypervisor. */
export type Task = () => void | PromiseLike<void>

/** The time of a hypervisor, in milliseconds since the epoch, and what is due in it. */
export type Clock = JobScheduler

interface Due {
  readonly at: number
  readonly order: number
  readonly task: Task
  cancelled: boolean
}

/** The time at which a manual clock begins: 2024-01-01T00:00:00Z. */
const MANUAL_START_MS = 1_704_067_200_000

/**
 * A clock that stands still until it is told to move.
 *
 * Time passes only when the next task is due later than now, so a run is the same each time.
 */
export class ManualClock implements Clock {
  #now: number
  #scheduled = 0
  readonly #queue: Due[] = []
  readonly #waiting = new Set<PromiseLike<void>>()

  /** @param startMs - Milliseconds since the epoch */
  constructor(startMs: number = MANUAL_START_MS) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  schedule(task: Task, delayMs: number): Cancel {
    const due: Due = { at: this.#now + delayMs, order: this.#scheduled, task, cancelled: false }
    this.#scheduled += 1
    this.#insert(due)
    return () => {
      due.cancelled = true
    }
  }

  /** Lets time pass without running anything that is not due. */
  advance(milliseconds: number): void {
    const until = this.#now + milliseconds
    for (let next = this.#queue[0]; next !== undefined && next.at <= until; next = this.#queue[0]) {
      this.step()
    }
    this.#now = Math.max(this.#now, until)
  }

  /** Runs the next task, moving the time to when it is due; `false` when there is none. */
  step(): boolean {
    for (;;) {
      const due = this.#takeFirst()
      if (due === undefined) return false
      if (due.cancelled) continue
      this.#now = Math.max(this.#now, due.at)
      this.#run(due.task)
      return true
    }
  }

  /** Runs tasks until none is left, and gives how many ran. */
  runUntilIdle(): number {
    let steps = 0
    while (this.step()) steps += 1
    return steps
  }

  /**
   * Runs tasks until none is left, waiting for those that have to do with the world outside, such as an NBD server.
   *
   * @returns How many ran
   */
  async runUntilSettled(): Promise<number> {
    let steps = this.runUntilIdle()
    while (this.#waiting.size > 0) {
      await Promise.race(this.#waiting)
      steps += this.runUntilIdle()
    }
    return steps
  }

  #run(task: Task): void {
    const outcome = task()
    if (outcome === undefined) return
    this.#waiting.add(outcome)
    const forget = (): void => {
      this.#waiting.delete(outcome)
    }
    outcome.then(forget, forget)
  }

  // A binary heap: a hypervisor with thousands of running jobs has as many tasks waiting.
  #insert(due: Due): void {
    const heap = this.#queue
    let index = heap.length
    heap.push(due)
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || isBefore(parent, due)) break
      heap[index] = parent
      heap[parentIndex] = due
      index = parentIndex
    }
  }

  #takeFirst(): Due | undefined {
    const heap = this.#queue
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    heap[0] = last
    this.#sink(last)
    return first
  }

  #sink(due: Due): void {
    const heap = this.#queue
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      if (left === undefined) return
      const child = right !== undefined && isBefore(right, left) ? right : left
      if (isBefore(due, child)) return
      const childIndex = child === left ? 2 * index + 1 : 2 * index + 2
      heap[index] = child
      heap[childIndex] = due
      index = childIndex
    }
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** The clock of the machine: tasks run by themselves, one a turn of the event loop. */
export class AutomaticClock implements Clock {
  now(): number {
    return Date.now()
  }

  schedule(task: Task, delayMs: number): Cancel {
    // A timer of 0 ms is rounded up to 1; where there is an immediate, a job that is not throttled uses it.
    if (delayMs <= 0 && typeof setImmediate === 'function') {
      const immediate = setImmediate(() => void task())
      return () => {
        clearImmediate(immediate)
      }
    }
    const timer = setTimeout(() => void task(), delayMs)
    return () => {
      clearTimeout(timer)
    }
  }
}
