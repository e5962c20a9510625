/** The rows that are not run, with the reason. @module */

const snapshots = 'snapshots: a later issue'
const blockJobs = 'pull, commit and copy of a disk: a later issue'
const hotplug = 'attaching and detaching disks: a later issue'

/** Why a row is not run, by its number. */
export const notRun: Readonly<Record<number, string>> = {
  10: blockJobs,
  11: blockJobs,
  137: snapshots,
  139: blockJobs,
  140: blockJobs,
  142: blockJobs,
  143: blockJobs,
  157: hotplug,
  158: hotplug,
  262: snapshots,
  265: hotplug,
  269: hotplug,
  274: blockJobs,
  275: blockJobs,
  277: blockJobs,
  278: blockJobs,
  280: blockJobs,
  281: blockJobs,
  283: blockJobs,
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
  364: 'a write through the monitor of QEMU: there is no monitor in memory',
  383: 'a quit of QEMU over its monitor: there is no monitor in memory',
}
