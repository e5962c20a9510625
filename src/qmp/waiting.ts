import { err, type Result } from 'neverthrow'
import { QmpError } from './error.ts'

/** When to stop waiting. */
export interface WaitLimits {
  readonly signal?: AbortSignal
  /** For ever when absent. */
  readonly timeoutMs?: number
}

/** What is waited for, as far as stopping is concerned. */
export interface Awaited {
  /** Whether the request has left, so that its outcome is unknown when nobody waits for it. */
  readonly wasSent: () => boolean
  /** Called once when the waiting ends before the answer. */
  readonly giveUp: () => void
}

/** Longer delays overflow in timers, which then fire at once. */
const MAX_DELAY_MS = 2_147_483_647

/**
 * Waits for one outcome, a deadline or a signal, whichever comes first, and cleans up after all three.
 *
 * @param name - The command, for the error
 * @param start - Begins the work and is given how to settle; all calls after the first have no effect. Not called when the
 * signal is aborted already
 */
export function waitFor<T>(
  name: string,
  limits: WaitLimits,
  start: (settle: (outcome: Result<T, QmpError>) => void) => Awaited,
): Promise<Result<T, QmpError>> {
  const { signal, timeoutMs } = limits
  if (signal?.aborted === true) return Promise.resolve(err(aborted(name, false)))
  return new Promise((resolve) => {
    // A promise settles only once by itself, and most are not watched.
    if (signal === undefined && timeoutMs === undefined) {
      start(resolve)
      return
    }
    let settled = false
    let stopWatching: (() => void) | undefined
    const settle = (outcome: Result<T, QmpError>): void => {
      settled = true
      stopWatching?.()
      resolve(outcome)
    }
    const awaited = start(settle)
    if (settled) return
    stopWatching = watch(limits, (toError) => {
      awaited.giveUp()
      settle(err(toError(name, awaited.wasSent())))
    })
  })
}

type ToError = (name: string, sent: boolean) => QmpError

function watch(limits: WaitLimits, stop: (toError: ToError) => void): () => void {
  const { signal, timeoutMs } = limits
  const onAbort = (): void => stop(aborted)
  signal?.addEventListener('abort', onAbort)
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => stop(timedOut(timeoutMs)), Math.min(timeoutMs, MAX_DELAY_MS))
  return () => {
    signal?.removeEventListener('abort', onAbort)
    clearTimeout(timer)
  }
}

function aborted(command: string, sent: boolean): QmpError {
  return new QmpError('aborted', `The wait for '${command}' was aborted`, { command, sent })
}

function timedOut(timeoutMs: number): ToError {
  return (command, sent) =>
    new QmpError('timeout', `'${command}' got no answer within ${timeoutMs} ms`, { command, sent })
}
