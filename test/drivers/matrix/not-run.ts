/** The rows that run on no driver yet, with the reason. @module */

const snapshots = 'snapshots: a later issue'
const blockJobs = 'pull, commit and copy of a disk: a later issue'

/** Why a row is not run, by its number. */
export const notRun: Readonly<Record<number, string>> = {
  10: blockJobs,
  11: blockJobs,
  137: snapshots,
  139: blockJobs,
  140: blockJobs,
  142: blockJobs,
  143: blockJobs,
  274: blockJobs,
  275: blockJobs,
  277: blockJobs,
  278: blockJobs,
  280: blockJobs,
  281: blockJobs,
  284: blockJobs,
  286: blockJobs,
  287: blockJobs,
  289: blockJobs,
  290: blockJobs,
  292: blockJobs,
  293: snapshots,
  295: snapshots,
  296: snapshots,
  301: snapshots,
  302: snapshots,
  308: snapshots,
  313: snapshots,
  344: snapshots,
  352: snapshots,
  353: blockJobs,
}
