/**
 * What beginning a backup asks of a domain in memory.
 *
 * @module
 */
import { err, ok, okAsync, Result, type ResultAsync } from 'neverthrow'
import type { BackupAction, BackupPort, BackupRunParts, PlannedDisk } from '../../backup/index.ts'
import { commandError, type TransactionAction } from '../../block/index.ts'
import { checkpointSemantics, toTransactionAction } from '../../checkpoint/index.ts'
import type { VirError, VirResult } from '../../errors/index.ts'
import { reachAgent } from './agent.ts'
import { BackupRun } from './backup-run.ts'
import {
  closeStores,
  connectRemotes,
  type OpenStore,
  openStores,
  type RemoteStores,
  type StorageContext,
} from './backup-storage.ts'
import { surveyOf } from './checkpoint-port.ts'
import { diskExport } from './exports.ts'
import { settled } from './member.ts'
import { type PullServer, startPullServer } from './pull-server.ts'
import { notRunning } from './state-errors.ts'
import type { TestDomain } from './test-domain.ts'

/** What one attempt to begin a backup works on. */
export interface BackupContext extends Omit<StorageContext, 'remotes'> {
  readonly domain: TestDomain
}

/** Makes the port of one attempt to begin a backup. */
export function backupPort(context: BackupContext): BackupPort<OpenStore> {
  const { world, domain, running } = context
  let server: PullServer | undefined
  return {
    errorDomain: world.semantics.errorDomain,
    bitmapsMustPersist: checkpointSemantics[world.semantics.name].bitmapsMustPersist,
    incrementalBackup: true,
    checkpoints: domain.checkpoints,
    backups: domain.backups,
    disks: domain.definition.devices.disks,
    nowMs: () => world.clock.now(),
    images: (disk) => running.disks.get(disk)?.chain,
    survey: () => okAsync(surveyOf(running.graph)),
    hasBlockJob: (disk) => running.backup?.jobIdOf(disk) !== undefined,
    checkServer: () => ok(undefined),
    openStores: (plan) =>
      connectRemotes(context, plan).andThen((remotes) =>
        settled(openWhileRunning(context, plan, remotes)).orElse((error) => {
          for (const remote of remotes.values()) remote.close()
          return err(error)
        }),
      ),
    closeStores: (stores) => done(() => closeStores(context, stores, { remove: true })),
    startServer: (described) =>
      startPullServer(world, described).map((started) => {
        server = started
        return started.server
      }),
    stopServer: () => done(() => server?.close()),
    start: (parts, actions, { quiesce }) =>
      settled(start(context, new BackupRun(context, parts, server), actions, quiesce)),
    addExports: (parts) => settled(addExports(context, parts, server)),
    begun: () => undefined,
    abandon: () => done(() => running.backup?.cancel()),
  }
}

function done(action: () => void): ResultAsync<void, VirError> {
  action()
  return okAsync(undefined)
}

/** The domain may have been stopped once the peers had answered. */
function openWhileRunning(
  context: BackupContext,
  ...stores: [plan: readonly PlannedDisk[], remotes: RemoteStores]
): VirResult<ReadonlyMap<string, OpenStore>> {
  const { domain, running } = context
  return domain.running === running ? openStores(context, ...stores) : err(notRunning())
}

/** Does what has to happen in one moment: bitmaps and backups, all or nothing. */
function start(
  { world, domain, running }: BackupContext,
  run: BackupRun,
  actions: readonly BackupAction[],
  quiesce: boolean,
): VirResult<void> {
  // It may have been stopped while the server was started.
  if (domain.running !== running) return err(notRunning())
  const begin = (): VirResult<void> =>
    running.graph
      .transaction(actions.map(toBlockAction))
      .mapErr((error) => commandError('transaction', error))
  running.backup = run
  domain.lastRun = run
  const begun = quiesce ? whileFrozen({ world, domain }, begin) : begin()
  if (begun.isErr()) running.backup = undefined
  return begun
}

/** Freezes the guest's file systems around a step; they thaw whatever comes of it. */
function whileFrozen(
  { world, domain }: Pick<BackupContext, 'world' | 'domain'>,
  step: () => VirResult<void>,
): VirResult<void> {
  return reachAgent(world, domain, 'guest-fsfreeze-freeze').andThen((agent) => {
    const frozen = agent.freeze([])
    const result = step()
    // What somebody else has frozen is not this call's to thaw.
    if (frozen > 0) agent.thaw([])
    return result
  })
}

function toBlockAction(action: BackupAction): TransactionAction {
  if (action.do !== 'backup') return toTransactionAction(action)
  const { do: _, ...data } = action
  return { type: 'blockdev-backup', data: { ...data, autoFinalize: true, autoDismiss: false } }
}

/** Offers every disk of a pull backup, as it is from now on. */
function addExports(
  { running }: BackupContext,
  { disks }: BackupRunParts<OpenStore>,
  server: PullServer | undefined,
): VirResult<void> {
  if (server === undefined) return ok(undefined)
  return Result.combine(
    disks.map(({ exportName, store, bitmap }) =>
      server.addExport(diskExport(running.graph, { name: exportName, node: store.node, bitmap })),
    ),
  ).map(() => undefined)
}
