/**
 * What beginning a backup asks of a domain of QEMU.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { err, type Result, ResultAsync } from 'neverthrow'
import type { BackupAction, BackupPort, PlannedDisk } from '../../backup/index.ts'
import { type PreparedCheckpoint, toTransactionAction } from '../../checkpoint/index.ts'
import { ErrorDomain, type VirError, type VirResultAsync } from '../../errors/index.ts'
import { transaction, type TransactionAction } from '../../qmp/index.ts'
import { whileFrozen } from './backup-quiesce.ts'
import { type RecordedCheckpoint, saveBackups, saveFinished } from './backup-record.ts'
import { QemuBackupRun } from './backup-run.ts'
import {
  checkBackupServer,
  exportDisks,
  startBackupServer,
  stopBackupServer,
} from './backup-server.ts'
import { closeStores, openStores, type QemuStore, type StorageContext } from './backup-storage.ts'
import { canBackUpIncrements, imagesOf } from './checkpoint-port.ts'
import { NodeSurvey, surveyNodes } from './checkpoint-survey.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored } from './qmp-error.ts'

/** What one attempt to begin a backup works on. */
export interface BackupContext extends StorageContext {
  readonly domain: QemuDomain
}

/** Makes the port of one attempt to begin a backup. */
export function backupPort(context: BackupContext): BackupPort<QemuStore> {
  const { host, domain, running } = context
  const { monitor } = running
  let nodes = new NodeSurvey([])
  let run: QemuBackupRun | undefined
  return {
    errorDomain: ErrorDomain.QEMU,
    bitmapsMustPersist: true,
    incrementalBackup: canBackUpIncrements(running),
    checkpoints: domain.checkpoints,
    backups: domain.backups,
    disks: domain.definition.devices.disks,
    nowMs: () => Date.now(),
    images: (disk) => imagesOf(running, disk),
    survey: () => surveyNodes(monitor).andTee((survey) => (nodes = survey)),
    hasBlockJob: (disk) =>
      running.backup?.isRunning === true && running.backup.jobIdOf(disk) !== undefined,
    checkServer: (server) => checkBackupServer(host, server),
    openStores: (plan) =>
      notePreparation(context, plan)
        .andThen(() => openStores(context, plan, nodes))
        .orElse((error) => afterwards(saveFinished(domain), error)),
    closeStores: (stores) =>
      settles(closeStores(running, stores, { remove: true })).andThen(() => saveFinished(domain)),
    startServer: (server) => startBackupServer(host, running, server),
    stopServer: (server) => settles(stopBackupServer(monitor, server)),
    start: (parts, actions, { quiesce }) => {
      run = new QemuBackupRun(context, { ...parts, checkpoint: recorded(parts.checkpoint) })
      return start(context, run, actions, quiesce)
    },
    addExports: ({ disks }) => exportDisks(monitor, disks),
    begun: () => run?.begin(),
    abandon: () => run?.abandon() ?? settles(Promise.resolve()),
  }
}

function settles(promise: Promise<void>): VirResultAsync<void> {
  return ResultAsync.fromSafePromise(promise)
}

/** What is needed to take the checkpoint back when we are killed before it is stored. */
function recorded(checkpoint: PreparedCheckpoint | undefined): RecordedCheckpoint | undefined {
  return (
    checkpoint && {
      name: checkpoint.definition.name,
      listed: checkpoint.listed,
      nodes: checkpoint.actions.map(({ node }) => node),
    }
  )
}

/** Does what has to happen in one moment: bitmaps and backups, all or nothing. */
function start(
  { domain, running }: BackupContext,
  run: QemuBackupRun,
  actions: readonly BackupAction[],
  quiesce: boolean,
): VirResultAsync<void> {
  const begin = (): VirResultAsync<void> =>
    monitored(running.monitor.execute(transaction, { actions: actions.map(toAction) })).map(
      () => undefined,
    )
  // Written down before, so that it is found again whenever we are killed.
  return run
    .save()
    .andThen(() => (quiesce ? whileFrozen(domain, begin) : begin()))
    .orElse((error) => afterwards(run.discard(), error))
}

/** Writes down which files are about to be made, for the case that we are killed before there is a job. */
function notePreparation(
  { domain, running, reuse }: BackupContext,
  plan: readonly PlannedDisk[],
): VirResultAsync<void> {
  const { lastId, finished } = domain.backups
  const files = plan
    .filter(({ kind, path }) => !reuse && kind === 'file' && !existsSync(path))
    .map(({ path }) => path)
  const hasServer = plan.some(({ sync }) => sync === 'none')
  const preparation = { lastNode: running.lastNode, files, hasServer }
  return saveBackups(domain, () => ({ lastId, finished, preparation }))
}

/** Gives an error once something is done about it, whatever comes of that. */
function afterwards(done: VirResultAsync<void>, error: VirError): VirResultAsync<never> {
  const failed = (): Result<never, VirError> => err(error)
  return done.andThen(failed).orElse(failed)
}

function toAction(action: BackupAction): TransactionAction {
  if (action.do !== 'backup') return toTransactionAction(action)
  const { device, jobId, target, sync, bitmap } = action
  return {
    type: 'blockdev-backup',
    data: {
      device,
      'job-id': jobId,
      target,
      sync,
      ...(bitmap !== undefined && { bitmap }),
      'auto-finalize': true,
      'auto-dismiss': false,
    },
  }
}
