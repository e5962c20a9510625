/**
 * What a backup will do to which disk: decided here for all drivers, which only carry it out.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { checkBlockJobSupport } from '../checkpoint/index.ts'
import {
  type ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  virError,
} from '../errors/index.ts'
import type { DomainBackupDiskDef, DomainDiskDef } from '../xml/index.ts'
import type { AlignedBackupDef } from './align.ts'

/** What a planner asks about the domain; each answer is of the moment in which the backup begins. */
export interface BackupSurroundings {
  /** The error domain of the driver. */
  readonly errorDomain: ErrorDomain
  /** Whether there is a checkpoint of that name; the one that this backup makes counts. */
  hasCheckpoint(name: string): boolean
  /** Whether the checkpoint's bitmap can be used: in the top image, without a gap below, recording and consistent. */
  hasValidBitmap(disk: string, checkpoint: string): boolean
  /** Whether a block job runs on the disk. */
  hasBlockJob(disk: string): boolean
}

/** The backup of one disk. */
export interface PlannedDisk {
  /** Target name of the disk. */
  readonly name: string
  /** The disk as the domain has it. */
  readonly disk: DomainDiskDef
  /** The disk as the document has it, with everything filled in. */
  readonly def: DomainBackupDiskDef
  /** Absolute path of the target, or of the scratch image of a pull backup. */
  readonly path: string
  readonly kind: 'file' | 'block'
  /** Format of the target or scratch image. */
  readonly format: string
  /** How QEMU's backup job copies: `none` in a pull backup. */
  readonly sync: 'full' | 'incremental' | 'none'
  /** The checkpoint since which changes count; absent in a full backup. */
  readonly incremental?: string
  /** Name of the bitmap into which that checkpoint's are merged while the backup runs; absent in a full backup. */
  readonly bitmap?: string
  /** Whether the image that is written is based on the disk's own image. */
  readonly hasBacking: boolean
}

/** Formats in which an image can be based on another one. */
const backingFormats: ReadonlySet<string> = new Set(['qcow', 'qcow2', 'qed', 'vmdk'])

/**
 * Decides for each disk that takes part how it is backed up.
 *
 * @errors Of the first disk that cannot be: OPERATION_UNSUPPORTED, NO_DOMAIN_CHECKPOINT, CHECKPOINT_INCONSISTENT,
 * INTERNAL_ERROR when a block job runs on it. CONFIG_UNSUPPORTED when no disk takes part.
 */
export function planBackup(
  def: AlignedBackupDef,
  domainDisks: readonly DomainDiskDef[],
  surroundings: BackupSurroundings,
): VirResult<readonly PlannedDisk[]> {
  const byName = new Map(domainDisks.map((disk) => [disk.target.dev, disk]))
  const planned: PlannedDisk[] = []
  for (const disk of def.disks) {
    const domainDisk = byName.get(disk.name)
    const { store } = disk
    if (!disk.backup || domainDisk === undefined || store === undefined) continue
    const problem = problemOf(disk, domainDisk, surroundings)
    if (problem !== undefined) return err(problem)
    planned.push(planDisk(def.mode, disk, domainDisk, store.path))
  }
  if (planned.length > 0) return ok(planned)
  return err(
    virError(
      ErrorNumber.CONFIG_UNSUPPORTED,
      surroundings.errorDomain,
      'no disks selected for backup',
    ),
  )
}

/** The first reason for which a disk cannot be backed up. */
function problemOf(
  disk: DomainBackupDiskDef,
  domainDisk: DomainDiskDef,
  surroundings: BackupSurroundings,
): VirError | undefined {
  const { name, incremental } = disk
  const raise = (code: ErrorNumber, detail: string): VirError =>
    virError(code, surroundings.errorDomain, detail)
  const supported = checkBlockJobSupport(domainDisk, surroundings.errorDomain)
  if (supported.isErr()) return supported.error
  if (incremental !== undefined) {
    if (!surroundings.hasCheckpoint(incremental)) {
      return raise(
        ErrorNumber.NO_DOMAIN_CHECKPOINT,
        `Checkpoint '${incremental}' for incremental backup of disk '${name}' not found`,
      )
    }
    if (!surroundings.hasValidBitmap(name, incremental)) {
      return raise(
        ErrorNumber.CHECKPOINT_INCONSISTENT,
        `missing or broken bitmap '${incremental}' for disk '${name}'`,
      )
    }
  }
  return surroundings.hasBlockJob(name)
    ? raise(ErrorNumber.INTERNAL_ERROR, `disk '${name}' has a blockjob assigned`)
    : undefined
}

/** The bitmap into which those of a checkpoint are merged while an increment is made. */
export function temporaryBitmap(
  mode: AlignedBackupDef['mode'],
  { name, exportBitmap }: DomainBackupDiskDef,
): string {
  return (mode === 'pull' ? exportBitmap : undefined) ?? `backup-${name}`
}

function planDisk(
  mode: AlignedBackupDef['mode'],
  def: DomainBackupDiskDef,
  disk: DomainDiskDef,
  path: string,
): PlannedDisk {
  const { name, incremental, format = 'qcow2' } = def
  const isPull = mode === 'pull'
  const plain = incremental === undefined ? 'full' : 'incremental'
  return {
    name,
    disk,
    def,
    path,
    kind: def.type ?? 'file',
    format,
    sync: isPull ? 'none' : plain,
    ...(incremental !== undefined && { incremental, bitmap: temporaryBitmap(mode, def) }),
    hasBacking: isPull || (incremental !== undefined && backingFormats.has(format)),
  }
}
