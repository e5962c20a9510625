import type { NoArguments, OpenEnum, QmpCommand } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import { isArrayOf, isInteger, isObject, isRecord, isString, optional } from '../guard.ts'

/** QAPI `JobType` (qapi/job.json). */
export type JobType = OpenEnum<
  | 'commit'
  | 'stream'
  | 'mirror'
  | 'backup'
  | 'create'
  | 'amend'
  | 'snapshot-load'
  | 'snapshot-save'
  | 'snapshot-delete'
>

/** QAPI `JobStatus` (qapi/job.json, since 2.12). */
export type JobStatus = OpenEnum<
  | 'undefined'
  | 'created'
  | 'running'
  | 'paused'
  | 'ready'
  | 'standby'
  | 'waiting'
  | 'pending'
  | 'aborting'
  | 'concluded'
  | 'null'
>

/** QAPI `JobInfo` (qapi/job.json, since 3.0). */
export interface JobInfo {
  readonly id: string
  readonly type: JobType
  readonly status: JobStatus
  /** Without unit; only the ratio to `total-progress` means something in general. Bytes for block jobs. */
  readonly 'current-progress': QmpInteger
  /** May change while the job runs. */
  readonly 'total-progress': QmpInteger
  /** Why a job that ended did not succeed; `Operation canceled` after a cancel. */
  readonly error?: string
}

/** Lists all jobs, also those that are no block jobs. */
export const queryJobs: QmpCommand<NoArguments, readonly JobInfo[]> = {
  name: 'query-jobs',
  accepts: isArrayOf(
    isRecord<JobInfo>({
      id: isString,
      type: isString,
      status: isString,
      'current-progress': isInteger,
      'total-progress': isInteger,
      error: optional(isString),
    }),
  ),
}

/** The one argument of the `job-*` verbs. */
export interface JobReference {
  readonly id: string
}

/** Pauses a job; refused when it is paused by a user already. */
export const jobPause: QmpCommand<JobReference, JsonObject> = {
  name: 'job-pause',
  accepts: isObject,
}

/** Resumes a job that a user paused. */
export const jobResume: QmpCommand<JobReference, JsonObject> = {
  name: 'job-resume',
  accepts: isObject,
}

/** Cancels a job by force, also one that is paused. */
export const jobCancel: QmpCommand<JobReference, JsonObject> = {
  name: 'job-cancel',
  accepts: isObject,
}

/** Completes a job that is ready: a mirror or an active commit, which pivots. */
export const jobComplete: QmpCommand<JobReference, JsonObject> = {
  name: 'job-complete',
  accepts: isObject,
}

/** Takes a concluded job off the list; only then its id is free. */
export const jobDismiss: QmpCommand<JobReference, JsonObject> = {
  name: 'job-dismiss',
  accepts: isObject,
}

/** Lets a pending job, and with it its transaction group, take effect. */
export const jobFinalize: QmpCommand<JobReference, JsonObject> = {
  name: 'job-finalize',
  accepts: isObject,
}
