import { setTimeout as sleep } from 'node:timers/promises'
import { err, ok, ResultAsync } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../../errors/index.ts'
import { QmpClient, QmpError } from '../../../qmp/index.ts'
import { qmpToVirError } from '../qmp-error.ts'
import type { OutputLog } from './output-log.ts'
import type { QemuProcess } from './qemu-process.ts'

/** A QEMU that was just started. */
export interface StartingQemu {
  readonly process: QemuProcess
  readonly log: OutputLog
  readonly monitorPath: string
}

/** How long QEMU may take until it talks; large guests take long to set up. */
const startTimeoutMs = 60_000
const pollMs = 3

/**
 * Connects to the monitor of a QEMU that starts.
 *
 * @errors INTERNAL_ERROR with what QEMU wrote, when it ends before it talks
 */
export function connectMonitor(
  qemu: StartingQemu,
  prepare: (client: QmpClient) => void,
): VirResultAsync<QmpClient> {
  return new ResultAsync(connectWhenUp(qemu, prepare))
}

async function connectWhenUp(
  qemu: StartingQemu,
  prepare: (client: QmpClient) => void,
): Promise<VirResult<QmpClient>> {
  const { process, monitorPath } = qemu
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    const options = { handshakeTimeoutMs: startTimeoutMs, prepare }
    // oxlint-disable-next-line no-await-in-loop -- the socket is not there yet
    const connected = await QmpClient.connect({ path: monitorPath }, options)
    if (connected.isOk()) return ok(connected.value)
    const { error } = connected
    const isEarly = error.kind === 'unreachable' && process.isAlive
    if (!isEarly || performance.now() > deadline) {
      // oxlint-disable-next-line no-await-in-loop -- the last step
      return err(await startError(qemu, qmpToVirError(error)))
    }
    // oxlint-disable-next-line no-await-in-loop -- nobody tells when the socket is there
    await sleep(pollMs)
  }
}

/** How long a QEMU that has hung up takes to end. */
const endTimeoutMs = 5_000

/** What QEMU wrote is what the caller wants to know; how the connection failed is not. */
export async function startError(
  { process, log }: StartingQemu,
  cause: VirError,
): Promise<VirError> {
  // A QEMU that refuses a command is in good health.
  if (cause.cause instanceof QmpError && cause.cause.kind === 'refused') return cause
  const hasEnded = await process.waitForEnd(endTimeoutMs)
  if (!hasEnded) return cause
  const wrote = await log.excerpt()
  // A QEMU that gives up hangs up first; one that is killed is gone at once.
  const what =
    process.end?.signal === undefined
      ? 'qemu unexpectedly closed the monitor'
      : 'process exited while connecting to monitor'
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, `${what}: ${wrote}`, { cause })
}
