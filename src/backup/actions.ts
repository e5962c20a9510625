/**
 * What has to happen in one moment for a backup to begin: bitmaps and block jobs, all or nothing.
 *
 * @module
 */
import { type BitmapAction, type BitmapSurvey, planMerge } from '../checkpoint/index.ts'
import type { PlannedDisk } from './plan.ts'

/** Starts the block job that backs a disk up. */
export interface BackupJobAction {
  readonly do: 'backup'
  /** The disk's top node. */
  readonly device: string
  readonly jobId: string
  /** The node that is written to. */
  readonly target: string
  readonly sync: PlannedDisk['sync']
  /** On the disk's top node. */
  readonly bitmap?: string
}

/** A step of the transaction that begins a backup; each is an action of QMP's `transaction`. */
export type BackupAction = BitmapAction | BackupJobAction

/** A planned disk, with the nodes that it is backed up from and to. */
export interface PlacedDisk {
  readonly planned: PlannedDisk
  /** The disk's images, the top first. */
  readonly images: readonly string[]
  /** The node of its target or scratch image. */
  readonly target: string
}

/**
 * The id of the block job of a disk: `backup-vda-libvirt-2-format`.
 *
 * QEMU names nodes by itself that nobody has named, with a character that ids must not have: `#block103`.
 */
export function backupJobId(disk: string, node: string): string {
  return `backup-${disk}-${node.replaceAll(/[^\w.-]/g, '')}`
}

/**
 * Says which actions begin the backup of a disk: in an increment, those that put its bitmaps together, and its job.
 *
 * @see libvirt 9.0.0, `qemuBackupDiskPrepareDataOne` in src/qemu/qemu_backup.c
 */
export function backupActions(
  { planned, images, target }: PlacedDisk,
  survey: BitmapSurvey,
  mustPersist: boolean,
): readonly BackupAction[] {
  const [device] = images
  if (device === undefined) return []
  const { name, incremental, bitmap, sync } = planned
  const isPull = sync === 'none'
  const merge =
    incremental === undefined || bitmap === undefined
      ? []
      : planMerge(
          {
            images,
            target: isPull ? target : device,
            name: incremental,
            result: bitmap,
            mustPersist,
          },
          survey,
        )
  return [
    ...merge,
    {
      do: 'backup',
      device,
      jobId: backupJobId(name, device),
      target,
      sync,
      ...(bitmap !== undefined && !isPull && { bitmap }),
    },
  ]
}
