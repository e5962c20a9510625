/**
 * What has to be done when a disk of a backup is through, or all of them at once, and in which order.
 *
 * @see libvirt 9.0.0, `qemuBackupNotifyBlockjobEnd` and `qemuBackupJobTerminate` in src/qemu/qemu_backup.c
 * @module
 */
import type { ConnectDomainEventBlockJobStatus } from '../constants/index.ts'
import { isNbdUri } from './align.ts'
import type { BackupDiskEnd, BackupJob, BackupOutcome } from './job.ts'
import { type BackupStatistics, completedStatistics } from './statistics.ts'

/** One step of an ending; a driver takes them one after the other, and goes on when one fails. */
export type BackupEndStep =
  /** Cancels the block jobs of disks. */
  | { readonly do: 'cancel'; readonly disks: readonly string[] }
  /** Cuts the clients of a pull backup off: whoever ends it has read what he wanted. */
  | { readonly do: 'stop-server' }
  /** Removes the files that the backup has made and that are of no use. */
  | { readonly do: 'remove-files'; readonly paths: readonly string[] }
  /** Deletes the checkpoint that began with the backup. */
  | { readonly do: 'discard-checkpoint'; readonly name: string }
  /** Notes that the job is over, and tells so; the last target is not free yet. */
  | { readonly do: 'complete'; readonly statistics: BackupStatistics }
  /** Closes the target of a disk. */
  | { readonly do: 'detach'; readonly disk: string }
  /** Takes the temporary bitmap off the disk, if it has one there. */
  | { readonly do: 'remove-bitmap'; readonly disk: string }
  /** Tells how the disk's block job ended. */
  | {
      readonly do: 'report'
      readonly disk: string
      readonly status: ConnectDomainEventBlockJobStatus
    }
  /** All targets are free now. */
  | { readonly do: 'release' }

/** Notes that the block job of a disk ended, and says what follows from that. */
export function endDisk(
  job: BackupJob,
  disk: string,
  end: BackupDiskEnd,
  nowMs: number,
): readonly BackupEndStep[] {
  const { cancel, outcome, status } = job.diskEnded(disk, end)
  return [
    ...(job.mode === 'pull' ? [{ do: 'stop-server' } as const] : []),
    ...(cancel.length > 0 ? [{ do: 'cancel', disks: cancel } as const] : []),
    ...(outcome === undefined ? [] : completion(job, outcome, nowMs)),
    { do: 'detach', disk },
    // The bitmap of a pull backup is on the scratch node, and has gone with it.
    ...(job.mode === 'push' ? [{ do: 'remove-bitmap', disk } as const] : []),
    { do: 'report', disk, status },
    ...(outcome === undefined ? [] : [{ do: 'release' } as const]),
  ]
}

/**
 * Says what is left to do of a job after a restart: the targets of disks that ended before it are freed, and where all did
 * the job is over.
 */
export function resumeEnding(job: BackupJob, nowMs: number): readonly BackupEndStep[] {
  const outcome = job.conclude()
  const ended = [...job.disks].filter(({ name }) => job.hasEnded(name))
  return [
    // While a disk is offered its store cannot be closed.
    ...(ended.length > 0 && job.mode === 'pull' ? [{ do: 'stop-server' } as const] : []),
    ...(outcome === undefined ? [] : completion(job, outcome, nowMs)),
    ...ended.flatMap(({ name: disk }): BackupEndStep[] => [
      { do: 'detach', disk },
      ...(job.mode === 'push' ? [{ do: 'remove-bitmap', disk } as const] : []),
    ]),
    ...(outcome === undefined ? [] : [{ do: 'release' } as const]),
  ]
}

/** Ends a job because its domain stopped, and says what follows from that; nodes and bitmaps are gone already. */
export function endWithDomain(job: BackupJob, nowMs: number): readonly BackupEndStep[] {
  job.domainStopped()
  return [...completion(job, 'cancelled', nowMs), { do: 'release' }]
}

function completion(
  job: BackupJob,
  outcome: BackupOutcome,
  nowMs: number,
): readonly BackupEndStep[] {
  const paths = uselessFiles(job, outcome)
  const statistics = completedStatistics(job, outcome, nowMs)
  const { discards: name } = job
  const isDiscarded = name !== undefined && outcome !== 'completed' && !job.isAbandoned
  return [
    // Gone before anybody is told, who might begin an increment.
    ...(isDiscarded ? [{ do: 'discard-checkpoint', name } as const] : []),
    ...(paths.length > 0 ? [{ do: 'remove-files', paths } as const] : []),
    ...(job.isAbandoned ? [] : [{ do: 'complete', statistics } as const]),
  ]
}

/** Scratch images always; of a push that did not complete all targets, whether they were finished or not. */
function uselessFiles(job: BackupJob, outcome: BackupOutcome): readonly string[] {
  if (job.mode === 'push' && outcome === 'completed' && !job.isAbandoned) return []
  return createdFiles(job)
}

/** The files that a backup makes; devices, exports, and images that were there before, stay whatever happens. */
export function createdFiles(job: BackupJob): readonly string[] {
  if (job.reusesExternal) return []
  return job.def.disks.flatMap(({ backup, type, store }) =>
    backup && type !== 'block' && store !== undefined && !isNbdUri(store.path) ? [store.path] : [],
  )
}
