/** Takes back what was scheduled; does nothing when it has run already. */
export type Cancel = () => void

/**
 * The clock and the queue that jobs run on; given from outside, so that a test owns every step.
 *
 * A task answers at once when all its work is in memory, and with a promise when a target answers later: whoever
 * steps through jobs by hand then waits for it.
 */
export interface JobScheduler {
  /** Milliseconds; any origin, never going back. */
  now(): number
  /** Runs a task once, after so many milliseconds; tasks that are due run in the order of their times. */
  schedule(task: () => void | PromiseLike<void>, delayMs: number): Cancel
}
