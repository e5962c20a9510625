/**
 * What beginning a backup asks of a domain of QEMU.
 *
 * @module
 */
import { err, type Result, ResultAsync } from 'neverthrow'
import type { BackupAction, BackupPort } from '../../backup/index.ts'
import type { PreparedCheckpoint } from '../../checkpoint/index.ts'
import { ErrorDomain, type VirError, type VirResultAsync } from '../../errors/index.ts'
import { transaction, type TransactionAction } from '../../qmp/index.ts'
import { whileFrozen } from './backup-quiesce.ts'
import type { RecordedCheckpoint } from './backup-record.ts'
import { QemuBackupRun } from './backup-run.ts'
import {
  checkBackupServer,
  exportDisks,
  startBackupServer,
  stopBackupServer,
} from './backup-server.ts'
import { closeStores, openStores, type QemuStore, type StorageContext } from './backup-storage.ts'
import { canBackUpIncrements, imagesOf, toQmpAction } from './checkpoint-port.ts'
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
    openStores: (plan) => openStores(context, plan, nodes),
    closeStores: (stores) => settles(closeStores(running, stores, { remove: true })),
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
    .orElse((error) => {
      const failed = (): Result<void, VirError> => err(error)
      return run.discard().andThen(failed).orElse(failed)
    })
}

function toAction(action: BackupAction): TransactionAction {
  if (action.do !== 'backup') return toQmpAction(action)
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
