/**
 * What becomes of a domain's checkpoints and backups after a restart of the calling process.
 *
 * @module
 */
import { rmSync } from 'node:fs'
import { okAsync, ResultAsync, safeTry } from 'neverthrow'
import {
  type BackupDiskJob,
  BackupJobList,
  backupJobId,
  endWithDomain,
  isNbdUri,
  temporaryBitmap,
} from '../../backup/index.ts'
import { DomainCheckpointDeleteFlags } from '../../constants/index.ts'
import { ErrorDomain, type VirError, type VirResultAsync } from '../../errors/index.ts'
import {
  blockDirtyBitmapRemove,
  type JobInfo,
  queryBlockExports,
  queryJobs,
} from '../../qmp/index.ts'
import type { DomainBackupDiskDef } from '../../xml/index.ts'
import { type BackupRecords, readBackups, type RecordedJob, saveBackups } from './backup-record.ts'
import { QemuBackupRun } from './backup-run.ts'
import { remoteCredentialsId } from './backup-remote.ts'
import { exportId, stopBackupServer } from './backup-server.ts'
import type { QemuStore } from './backup-storage.ts'
import { dismissCreations, endUnrecorded, removeNodes } from './backup-strays.ts'
import { readCheckpoints } from './checkpoint-files.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'
import { nodeNames } from './storage/disk-layer.ts'
import { encryptionSecretId } from './storage/secrets.ts'

const { METADATA_ONLY } = DomainCheckpointDeleteFlags

/** Reads what is kept of a domain's checkpoints and backups, and goes on with the backup that ran. */
export function restoreBackups(host: QemuHost, domain: QemuDomain): VirResultAsync<void> {
  return readCheckpoints(domain.paths.checkpoints)
    .andTee((stored) => domain.checkpoints.load(stored))
    .andThen(() =>
      // What cannot be read tells no more than what is not there.
      readBackups(domain).orElse(() => okAsync(undefined)),
    )
    .andThen((records) => {
      if (records === undefined) return withoutRecord(domain)
      const { lastId, finished, running } = records
      domain.backups = new BackupJobList(ErrorDomain.QEMU, {
        lastId,
        // The record of a push goes with the run of its domain.
        finished: domain.isActive ? finished : undefined,
        running: running?.job,
      })
      if (running === undefined) return undoPreparation(domain, records)
      return domain.running === undefined
        ? endStopped(domain, records, running)
        : resume(host, domain, domain.running, running)
    })
}

function withoutRecord({ running }: QemuDomain): VirResultAsync<void> {
  return running === undefined
    ? okAsync(undefined)
    : ResultAsync.fromSafePromise(endUnrecorded(running))
}

/** Takes away what a begin had made that was broken off before there was a job. */
function undoPreparation(
  domain: QemuDomain,
  { lastId, finished, preparation }: BackupRecords,
): VirResultAsync<void> {
  if (preparation === undefined) return okAsync(undefined)
  const { lastNode, files, hasServer } = preparation
  const takeAway = async (): Promise<void> => {
    const monitor = domain.running?.monitor
    if (monitor !== undefined) {
      if (hasServer) await stopBackupServer(monitor, { transport: 'tcp', tls: true })
      await dismissCreations(monitor, lastNode)
      await removeNodes(monitor, (_, number) => number > lastNode)
    }
    for (const path of files) rmSync(path, { force: true })
  }
  return ResultAsync.fromSafePromise<void, VirError>(takeAway()).andThen(() =>
    saveBackups(domain, () => ({ lastId, finished })),
  )
}

/** The domain stopped while nobody looked: its backup did too. */
function endStopped(
  domain: QemuDomain,
  { lastId }: BackupRecords,
  { job }: RecordedJob,
): VirResultAsync<void> {
  for (const step of endWithDomain(job, Date.now())) {
    if (step.do === 'remove-files') for (const path of step.paths) rmSync(path, { force: true })
  }
  const { socket } = job.def.server ?? {}
  if (socket !== undefined) rmSync(socket, { force: true })
  domain.backups = new BackupJobList(ErrorDomain.QEMU, { lastId })
  const saved = saveBackups(domain, () => ({ lastId }))
  const { discards } = job
  // Its bitmaps are out of reach.
  return discards === undefined
    ? saved
    : saved.andThen(() => domain.checkpoints.delete(discards, METADATA_ONLY))
}

function resume(
  host: QemuHost,
  domain: QemuDomain,
  running: RunningQemu,
  recorded: RecordedJob,
): VirResultAsync<void> {
  const disks = diskJobsOf(recorded)
  for (const { store } of disks) running.noteNodeNumber(store.index)
  const { job, checkpoint } = recorded
  // Listens from before QEMU is asked, so that no end is missed.
  const run = new QemuBackupRun({ host, domain, running }, { job, disks, checkpoint })
  return safeTry(async function* () {
    const jobs = yield* monitored(running.monitor.execute(queryJobs, {}))
    const begun = yield* hasBegun(domain, running, recorded, disks, jobs)
    if (begun) yield* ResultAsync.fromSafePromise<void, VirError>(run.resume(jobs))
    else yield* undo(domain, running, recorded, run, jobs)
    return okAsync(undefined)
  })
}

/**
 * Whether the begin of a backup had come so far that its caller may know of it: then its checkpoint is stored, its jobs are
 * there, and a pull is offered.
 */
function hasBegun(
  domain: QemuDomain,
  { monitor }: RunningQemu,
  { job, checkpoint }: RecordedJob,
  disks: readonly BackupDiskJob[],
  jobs: readonly JobInfo[],
): VirResultAsync<boolean> {
  const anyEnded = disks.some(({ disk }) => job.hasEnded(disk))
  if (anyEnded) return okAsync(true)
  if (checkpoint?.listed === true) return okAsync(domain.checkpoints.has(checkpoint.name))
  if (!disks.every(({ jobId }) => jobs.some(({ id }) => id === jobId))) return okAsync(false)
  if (job.mode === 'push') return okAsync(true)
  return monitored(monitor.execute(queryBlockExports, {})).map((exports) =>
    disks.every(({ store }) => exports.some(({ id }) => id === exportId(store.node))),
  )
}

/** Takes back what a begin did that was broken off. */
function undo(
  domain: QemuDomain,
  running: RunningQemu,
  { job, checkpoint }: RecordedJob,
  run: QemuBackupRun,
  jobs: readonly JobInfo[],
): VirResultAsync<void> {
  const { lastId, finished } = domain.backups
  job.abandon()
  domain.backups = new BackupJobList(ErrorDomain.QEMU, {
    lastId: Math.min(lastId, job.id - 1),
    finished,
  })
  const removeBitmaps = async (): Promise<void> => {
    for (const node of checkpoint?.nodes ?? []) {
      // oxlint-disable-next-line no-await-in-loop -- they are few
      await running.monitor.execute(blockDirtyBitmapRemove, { node, name: checkpoint?.name ?? '' })
    }
  }
  return ResultAsync.fromSafePromise<void, VirError>(removeBitmaps())
    .andThen(() => ResultAsync.fromSafePromise(run.resume(jobs)))
    .andThen(() => run.cancel())
    .andThen(() => run.released())
}

function diskJobsOf({ job, nodes }: RecordedJob): BackupDiskJob<QemuStore>[] {
  return job.def.disks.flatMap((disk): BackupDiskJob<QemuStore>[] => {
    const node = nodes.get(disk.name)
    if (!disk.backup || node === undefined) return []
    return [
      {
        disk: disk.name,
        jobId: backupJobId(disk.name, node),
        node,
        store: storeOf(disk, job.reusesExternal),
        bitmap: disk.incremental === undefined ? undefined : temporaryBitmap(job.mode, disk),
        exportName: disk.exportName ?? disk.name,
      },
    ]
  })
}

function storeOf(
  { index = 0, type, store }: DomainBackupDiskDef,
  reusesExternal: boolean,
): QemuStore {
  const { formatNode, storageNode } = nodeNames(index)
  const path = store?.path ?? ''
  return {
    index,
    node: formatNode,
    storage: storageNode,
    path,
    created: type !== 'block' && !reusesExternal && !isNbdUri(path),
    objects: [
      ...(store?.encryption === undefined ? [] : [encryptionSecretId(formatNode)]),
      ...(path.startsWith('nbds') ? [remoteCredentialsId(storageNode)] : []),
    ],
  }
}
