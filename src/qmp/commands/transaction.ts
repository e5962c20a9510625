import type { QmpCommand } from '../command.ts'
import type { JsonObject } from '../json.ts'
import type {
  BlockDirtyBitmap,
  BlockDirtyBitmapAdd,
  BlockDirtyBitmapMerge,
} from './block-core-bitmap.ts'
import type { BlockdevBackup, DriveBackup } from './block-core-job.ts'
import type {
  BlockdevSnapshot,
  BlockdevSnapshotInternal,
  BlockdevSnapshotSync,
} from './block-core-snapshot.ts'
import { isObject } from '../guard.ts'
import { objectionToMerge } from './block-core-bitmap.ts'

/** QAPI `TransactionAction` (qapi/transaction.json): all that QEMU 7.2 knows. */
export type TransactionAction =
  /** Always fails, and with it the transaction, without a trace of the other actions. */
  | { readonly type: 'abort'; readonly data: Readonly<Record<string, never>> }
  | { readonly type: 'block-dirty-bitmap-add'; readonly data: BlockDirtyBitmapAdd }
  | {
      readonly type:
        | 'block-dirty-bitmap-remove'
        | 'block-dirty-bitmap-clear'
        | 'block-dirty-bitmap-enable'
        | 'block-dirty-bitmap-disable'
      readonly data: BlockDirtyBitmap
    }
  | { readonly type: 'block-dirty-bitmap-merge'; readonly data: BlockDirtyBitmapMerge }
  | { readonly type: 'blockdev-backup'; readonly data: BlockdevBackup }
  | { readonly type: 'blockdev-snapshot'; readonly data: BlockdevSnapshot }
  | { readonly type: 'blockdev-snapshot-internal-sync'; readonly data: BlockdevSnapshotInternal }
  | { readonly type: 'blockdev-snapshot-sync'; readonly data: BlockdevSnapshotSync }
  | { readonly type: 'drive-backup'; readonly data: DriveBackup }

/** QAPI `TransactionProperties` (qapi/transaction.json, since 2.5). */
export interface TransactionProperties {
  /**
   * `grouped`: the jobs of the transaction succeed together or not at all. Only `blockdev-backup` and `drive-backup` can be
   * in such a transaction. `individual` when absent.
   */
  readonly 'completion-mode'?: 'individual' | 'grouped'
}

/** QAPI `transaction` (qapi/transaction.json). */
export interface Transaction {
  readonly actions: readonly TransactionAction[]
  readonly properties?: TransactionProperties
}

/**
 * Carries actions out together, at one instant for all disks, or none of them.
 *
 * Two requests that crash QEMU 7.2 are not sent: a merge of no bitmaps, and `block-dirty-bitmap-enable` in a grouped
 * transaction. A third cannot be seen from here: enabling a bitmap that does not exist.
 */
export const transaction: QmpCommand<Transaction, JsonObject> = {
  name: 'transaction',
  accepts: isObject,
  objection: ({ actions, properties }) => {
    const grouped = properties?.['completion-mode'] === 'grouped'
    for (const action of actions) {
      if (grouped && action.type === 'block-dirty-bitmap-enable') {
        return 'enabling a bitmap in a grouped transaction crashes QEMU'
      }
      const objection =
        action.type === 'block-dirty-bitmap-merge' ? objectionToMerge(action.data) : undefined
      if (objection !== undefined) return objection
    }
    return undefined
  },
}
