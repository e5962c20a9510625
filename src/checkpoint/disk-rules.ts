/** Rules about disks that checkpoints and backups share. @module */
import { err, ok } from 'neverthrow'
import { type ErrorDomain, ErrorNumber, virError, type VirResult } from '../errors/index.ts'
import type { DomainDiskDef } from '../xml/index.ts'

/** Whether a drive has nothing in it; libvirt's `virStorageSourceIsEmpty`. */
export function isDiskEmpty(disk: DomainDiskDef): boolean {
  const { source } = disk
  if (source === undefined) return true
  const isLocal = source.type === 'file' || source.type === 'block' || source.type === 'dir'
  return isLocal && source.path === undefined
}

/** The format of a disk's image; libvirt probes for none. */
export function diskFormat(disk: DomainDiskDef): string {
  return disk.source?.format ?? disk.driver?.type ?? 'raw'
}

/** Finds a disk by the `dev` of its target. */
export function diskByTarget(
  disks: readonly DomainDiskDef[],
  target: string,
): DomainDiskDef | undefined {
  return disks.find((disk) => disk.target.dev === target)
}

/**
 * Finds a disk by the `dev` of its target, or by the absolute path of its source if no other disk has it; libvirt's
 * `virDomainDiskByName`.
 */
export function diskByName(
  disks: readonly DomainDiskDef[],
  name: string,
): DomainDiskDef | undefined {
  if (!name.startsWith('/')) return diskByTarget(disks, name)
  const found = disks.filter(({ source }) => (source?.path ?? source?.network?.name) === name)
  return found.length === 1 ? found[0] : undefined
}

/**
 * Whether block jobs can work on a disk; libvirt's `qemuDomainDiskBlockJobIsSupported`.
 *
 * @errors OPERATION_UNSUPPORTED - they cannot
 */
export function checkBlockJobSupport(disk: DomainDiskDef, domain: ErrorDomain): VirResult<void> {
  const { dev, bus } = disk.target
  const refuse = (detail: string): VirResult<void> =>
    err(virError(ErrorNumber.OPERATION_UNSUPPORTED, domain, detail))
  if (bus === 'sd') return refuse(`block jobs are not supported on disk '${dev}' using bus 'sd'`)
  if (disk.transient) {
    return refuse(`block jobs are not supported on transient disk '${dev}'`)
  }
  if (disk.source?.type === 'vhostuser') {
    return refuse(`block jobs are not supported on vhostuser disk '${dev}'`)
  }
  return ok(undefined)
}
