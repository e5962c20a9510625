/**
 * The names under which a pull backup offers its disks.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { type ErrorDomain, ErrorNumber, type VirResult, virError } from '../errors/index.ts'
import type { BackupServer } from '../xml/index.ts'
import type { AlignedBackupDef } from './align.ts'

/** Where a pull backup listens that does not say: libvirt's own default. */
export const defaultBackupServer: BackupServer = { transport: 'tcp', name: 'localhost' }

/** Fills in the names under which a pull backup offers a disk, and what has changed on it. */
export function withExportNames(def: AlignedBackupDef): AlignedBackupDef {
  if (def.mode === 'push') return def
  return {
    ...def,
    disks: def.disks.map((disk) => {
      if (!disk.backup) return disk
      const exportBitmap =
        disk.exportBitmap ?? (disk.incremental === undefined ? undefined : `backup-${disk.name}`)
      return {
        ...disk,
        exportName: disk.exportName ?? disk.name,
        ...(exportBitmap !== undefined && { exportBitmap }),
      }
    }),
  }
}

/**
 * Refuses a name that is given twice. libvirt finds it only after the backup has begun, and leaves a checkpoint behind then.
 *
 * @errors INTERNAL_ERROR in the words of QEMU's `block-export-add`
 */
export function checkExportNames(
  { disks }: AlignedBackupDef,
  errorDomain: ErrorDomain,
): VirResult<void> {
  const names = new Set<string>()
  for (const { exportName } of disks) {
    if (exportName === undefined) continue
    if (names.has(exportName)) {
      const detail = `unable to execute QEMU command 'block-export-add': NBD server already has export named '${exportName}'`
      return err(virError(ErrorNumber.INTERNAL_ERROR, errorDomain, detail))
    }
    names.add(exportName)
  }
  return ok(undefined)
}
