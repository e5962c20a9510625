/**
 * Making images by jobs of QEMU, as libvirt does: with a job that is waited for, and dismissed.
 *
 * @module
 */
import { err, type Result, ResultAsync } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import {
  blockdevCreate,
  type BlockdevCreateOptions,
  jobDismiss,
  type QmpClient,
  queryJobs,
} from '../../qmp/index.ts'
import { Signal } from './backup-signal.ts'
import { monitored } from './qmp-error.ts'

/**
 * Makes an image, or formats a node.
 *
 * @errors OPERATION_FAILED with QEMU's words, when the job fails
 */
export function createImage(
  monitor: QmpClient,
  jobId: string,
  options: BlockdevCreateOptions,
): VirResultAsync<void> {
  return new ResultAsync(runCreateJob(monitor, jobId, options))
}

async function runCreateJob(
  monitor: QmpClient,
  jobId: string,
  options: BlockdevCreateOptions,
): Promise<Result<void, VirError>> {
  // Listened for before it is started: the end may come before the answer.
  const concluded = jobConcluded(monitor, jobId)
  const started = await monitored(monitor.execute(blockdevCreate, { 'job-id': jobId, options }))
  if (started.isErr()) {
    concluded.giveUp()
    return err(started.error)
  }
  await concluded.promise
  // QEMU takes commands in their order, and the job goes whatever the answer says of it.
  const [jobs, dismissed] = await Promise.all([
    monitored(monitor.execute(queryJobs, {})),
    monitored(monitor.execute(jobDismiss, { id: jobId })),
  ])
  if (jobs.isErr()) return err(jobs.error)
  const error = jobs.value.find(({ id }) => id === jobId)?.error
  if (error !== undefined) {
    const detail = `failed to format image: '${error}'`
    return err(virError(ErrorNumber.OPERATION_FAILED, ErrorDomain.QEMU, detail))
  }
  return dismissed.map(() => undefined)
}

/** Waits until a job has concluded, or QEMU is gone. */
function jobConcluded(
  monitor: QmpClient,
  jobId: string,
): { readonly promise: Promise<void>; readonly giveUp: () => void } {
  const concluded = new Signal()
  const subscriptions = [
    monitor.subscribe('JOB_STATUS_CHANGE', ({ data }) => {
      if (data.id === jobId && data.status === 'concluded') finish()
    }),
    monitor.subscribe('closed', () => finish()),
  ]
  const finish = (): void => {
    for (const subscription of subscriptions) subscription[Symbol.dispose]()
    concluded.set()
  }
  return { promise: concluded.promise, giveUp: finish }
}
