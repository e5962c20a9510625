import { err, ok } from 'neverthrow'
import type { PlannedDisk } from '../../backup/index.ts'
import type { ImageKind } from '../../block/index.ts'
import { ErrorDomain, ErrorNumber, type VirResult, virError } from '../../errors/index.ts'

/** Formats that libvirt knows and never hands to QEMU. */
const neverOpened: Readonly<Record<string, string>> = {
  cow: "'cow' storage format is not supported",
  dir: "'directory' storage format is not directly supported by QEMU, use 'dir' disk type instead",
  fat: "storage format 'fat' is supported only with 'dir' storage type",
  iso: "storage format 'iso' is not directly supported by QEMU, use 'raw' instead",
}

/**
 * Checks that the format of a backup's store is one that QEMU can be asked for.
 *
 * @errors CONFIG_UNSUPPORTED
 */
export function checkStoreFormat({ format }: PlannedDisk): VirResult<void> {
  const detail = neverOpened[format]
  return detail === undefined
    ? ok(undefined)
    : err(virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.QEMU, detail))
}

/**
 * Checks that what is at a path is of the kind that the document says, as QEMU does when it opens it.
 *
 * @errors INTERNAL_ERROR
 */
export function checkStoreKind(
  { path, kind }: PlannedDisk,
  found: ImageKind | 'directory',
): VirResult<void> {
  if (kind === found) return ok(undefined)
  const detail = `unable to execute QEMU command 'blockdev-add': ${requiredKind(path, kind)}`
  return err(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, detail))
}

/** QEMU's words for what is not of the kind that the driver of its node is for. */
export function requiredKind(path: string, kind: ImageKind): string {
  return kind === 'block'
    ? `'host_device' driver requires '${path}' to be either a character or block device`
    : `'file' driver requires '${path}' to be a regular file`
}
