/**
 * Several changes as one: all happen at the same instant, or none.
 *
 * @see QEMU 7.2, blockdev.c (qmp_transaction)
 * @module
 */
import { err, ok } from 'neverthrow'
import type {
  BitmapAddArguments,
  BitmapMergeArguments,
  BitmapReference,
  PreparedChange,
} from './bitmap-commands.ts'
import {
  prepareAdd,
  prepareClear,
  prepareMerge,
  prepareRemove,
  prepareToggle,
} from './bitmap-commands.ts'
import type { BlockResult } from './block-error.ts'
import { refuse } from './block-error.ts'
import type { BlockdevBackupArguments, DriveBackupArguments } from './jobs/backup-arguments.ts'
import { prepareDriveBackup } from './jobs/drive-backup.ts'
import { JobGroup } from './jobs/job-group.ts'
import type { BackupSurroundings } from './jobs/start-backup.ts'
import { prepareBlockdevBackup } from './jobs/start-backup.ts'

/** One action of a transaction; the types are QAPI's. */
export type TransactionAction =
  | { readonly type: 'abort' }
  | { readonly type: 'block-dirty-bitmap-add'; readonly data: BitmapAddArguments }
  | {
      readonly type:
        | 'block-dirty-bitmap-remove'
        | 'block-dirty-bitmap-clear'
        | 'block-dirty-bitmap-enable'
        | 'block-dirty-bitmap-disable'
      readonly data: BitmapReference
    }
  | { readonly type: 'block-dirty-bitmap-merge'; readonly data: BitmapMergeArguments }
  | { readonly type: 'blockdev-backup'; readonly data: BlockdevBackupArguments }
  | { readonly type: 'drive-backup'; readonly data: DriveBackupArguments }

/** How the jobs of a transaction end. */
export interface TransactionOptions {
  /**
   * `individual` when absent: each job for itself. `grouped`: all jobs well or none; only backups and `abort` may be in
   * the list then.
   */
  readonly completionMode?: 'individual' | 'grouped'
}

const types: readonly TransactionAction['type'][] = [
  'abort',
  'block-dirty-bitmap-add',
  'block-dirty-bitmap-remove',
  'block-dirty-bitmap-clear',
  'block-dirty-bitmap-enable',
  'block-dirty-bitmap-disable',
  'block-dirty-bitmap-merge',
  'blockdev-backup',
  'drive-backup',
]

/**
 * Prepares the actions in their order, each seeing the effects of those before it, then commits all of them; the
 * first failure undoes what was prepared, last first.
 */
export function runTransaction(
  surroundings: BackupSurroundings,
  actions: readonly TransactionAction[],
  options: TransactionOptions = {},
): BlockResult<void> {
  const unknown = actions.find(({ type }) => !types.includes(type))
  if (unknown !== undefined) {
    return refuse(`Parameter 'type' does not accept value '${unknown.type}'`)
  }
  const { completionMode = 'individual' } = options
  if (completionMode !== 'individual' && completionMode !== 'grouped') {
    return refuse(`Parameter 'completion-mode' does not accept value '${String(completionMode)}'`)
  }
  const group = completionMode === 'grouped' ? new JobGroup() : undefined
  const prepared: PreparedChange[] = []
  for (const action of actions) {
    const result = checkGrouping(action, group).andThen(() => prepare(surroundings, action, group))
    if (result.isErr()) {
      for (const change of prepared.toReversed()) change.abort?.()
      for (const change of prepared) change.clean?.()
      return err(result.error)
    }
    prepared.push(result.value)
  }
  for (const change of prepared) change.commit?.()
  for (const change of prepared) change.clean?.()
  return ok(undefined)
}

function checkGrouping(
  { type }: TransactionAction,
  group: JobGroup | undefined,
): BlockResult<void> {
  const mayBeGrouped = type === 'abort' || type === 'blockdev-backup' || type === 'drive-backup'
  return group === undefined || mayBeGrouped
    ? ok(undefined)
    : refuse(`Action '${type}' does not support Transaction property completion-mode = grouped`)
}

function prepare(
  surroundings: BackupSurroundings,
  action: TransactionAction,
  group: JobGroup | undefined,
): BlockResult<PreparedChange> {
  const { nodes } = surroundings
  switch (action.type) {
    case 'abort':
      return refuse('Transaction aborted using Abort action')
    case 'block-dirty-bitmap-add':
      return prepareAdd(nodes, action.data)
    case 'block-dirty-bitmap-remove':
      return prepareRemove(nodes, action.data)
    case 'block-dirty-bitmap-clear':
      return prepareClear(nodes, action.data)
    case 'block-dirty-bitmap-enable':
      return prepareToggle(nodes, action.data, true)
    case 'block-dirty-bitmap-disable':
      return prepareToggle(nodes, action.data, false)
    case 'block-dirty-bitmap-merge':
      return prepareMerge(nodes, action.data)
    case 'blockdev-backup':
      return prepareBlockdevBackup(surroundings, action.data, group)
    case 'drive-backup':
      return prepareDriveBackup(surroundings, action.data, group)
  }
}
