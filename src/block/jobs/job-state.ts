/**
 * The states of a job, what may follow on what, and which commands a state accepts.
 *
 * @see QEMU 7.2, job.c and qapi/job.json
 * @module
 */

/** A state of a job; QAPI's JobStatus. */
export type JobStatus =
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

/** A command on a job; QAPI's JobVerb. */
export type JobVerb =
  'cancel' | 'pause' | 'resume' | 'set-speed' | 'complete' | 'finalize' | 'dismiss'

const transitions: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  undefined: ['created'],
  created: ['running', 'aborting', 'null'],
  running: ['paused', 'ready', 'waiting', 'aborting'],
  paused: ['running'],
  ready: ['standby', 'waiting', 'aborting'],
  standby: ['ready'],
  waiting: ['pending', 'aborting'],
  pending: ['aborting', 'concluded'],
  aborting: ['aborting', 'concluded'],
  concluded: ['null'],
  null: [],
}

const whileAtWork: readonly JobStatus[] = ['created', 'running', 'paused', 'ready', 'standby']

const accepted: Readonly<Record<JobVerb, readonly JobStatus[]>> = {
  cancel: [...whileAtWork, 'waiting', 'pending'],
  pause: whileAtWork,
  resume: whileAtWork,
  'set-speed': whileAtWork,
  complete: ['ready', 'standby'],
  finalize: ['pending'],
  dismiss: ['concluded'],
}

/** True when a job may go from one state to the other. */
export function mayFollow(from: JobStatus, to: JobStatus): boolean {
  return transitions[from].includes(to)
}

/** True when a job in that state accepts the command. */
export function accepts(status: JobStatus, verb: JobVerb): boolean {
  return accepted[verb].includes(status)
}
