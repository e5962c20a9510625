/**
 * Brings a backup document in line with the disks of a domain; libvirt's `virDomainBackupAlignDisks`.
 *
 * @module
 */
import { err, ok, Result } from 'neverthrow'
import { isDiskEmpty } from '../checkpoint/index.ts'
import { ErrorDomain, ErrorNumber, type VirResult, virError } from '../errors/index.ts'
import type {
  BackupStore,
  DomainBackupDef,
  DomainBackupDiskDef,
  DomainDiskDef,
} from '../xml/index.ts'

/** A backup document that says something of every disk of the domain: what `backupGetXMLDesc` shows. */
export interface AlignedBackupDef extends DomainBackupDef {
  readonly disks: readonly DomainBackupDiskDef[]
}

/**
 * Fills in what a backup document leaves open: which disks take part, in which mode, and where to.
 *
 * Disks that the document lists come first, in its order; then the others, in the domain's order. Where it lists none,
 * all disks take part that have a medium and can be written. A disk without a store gets a file beside its source
 * (also one that is listed: backup XML format, first example).
 *
 * @param suffix - What is put behind the source's path: name of the new checkpoint, or seconds since the epoch
 * @errors CONFIG_UNSUPPORTED, for the first disk that does not fit
 */
export function alignBackup(
  def: DomainBackupDef,
  domainDisks: readonly DomainDiskDef[],
  suffix: string,
): VirResult<AlignedBackupDef> {
  if (domainDisks.length === 0) {
    return unsupported('domain must have at least one disk to perform backup')
  }
  const byName = new Map(domainDisks.map((disk) => [disk.target.dev, disk]))
  return checkListed(def, byName)
    .andThen((listed) =>
      Result.combine(
        [...listed, ...unlisted(def, domainDisks)].map((disk) =>
          fillIn(disk, byName.get(disk.name), def, suffix),
        ),
      ),
    )
    .map((disks) => ({ ...def, disks }))
}

function checkListed(
  def: DomainBackupDef,
  byName: ReadonlyMap<string, DomainDiskDef>,
): VirResult<readonly DomainBackupDiskDef[]> {
  const { disks = [] } = def
  const seen = new Set<string>()
  for (const disk of disks) {
    const { name } = disk
    const domainDisk = byName.get(name)
    if (domainDisk === undefined) return unsupported(`no disk named '${name}'`)
    if (seen.has(name)) return unsupported(`disk '${name}' specified twice`)
    seen.add(name)
    if (
      disk.backupMode === 'incremental' &&
      disk.incremental === undefined &&
      def.incremental === undefined
    ) {
      return unsupported(
        `'incremental' backup mode of disk '${name}' requires setting 'incremental' field for disk or backup`,
      )
    }
    if (disk.backup && isDiskEmpty(domainDisk)) {
      return unsupported(`disk '${name}' has no media`)
    }
  }
  return ok(disks)
}

function unlisted(
  def: DomainBackupDef,
  domainDisks: readonly DomainDiskDef[],
): readonly DomainBackupDiskDef[] {
  const listed = new Set(def.disks?.map(({ name }) => name))
  const all = listed.size === 0
  return domainDisks
    .filter(({ target }) => !listed.has(target.dev))
    .map((disk) => ({
      name: disk.target.dev,
      backup: all && !isDiskEmpty(disk) && !disk.readonly,
    }))
}

function fillIn(
  disk: DomainBackupDiskDef,
  domainDisk: DomainDiskDef | undefined,
  def: DomainBackupDef,
  suffix: string,
): VirResult<DomainBackupDiskDef> {
  if (!disk.backup) return ok({ name: disk.name, backup: false })
  const { incremental: own, backupMode, ...rest } = disk
  const incremental = own ?? def.incremental
  const mode = backupMode ?? (incremental === undefined ? 'full' : 'incremental')
  return storeOf(disk, domainDisk, suffix).map((store) => ({
    ...rest,
    type: disk.type ?? 'file',
    backupMode: mode,
    ...(mode === 'incremental' && incremental !== undefined && { incremental }),
    format: disk.format ?? (isNbdUri(store.path) ? 'raw' : 'qcow2'),
    store,
  }))
}

/** Whether the store of a push is an NBD export, as the target of QEMU's `drive-backup` may be. */
export function isNbdUri(path: string): boolean {
  return /^nbds?(?:\+unix)?:\/\//.test(path)
}

function storeOf(
  disk: DomainBackupDiskDef,
  domainDisk: DomainDiskDef | undefined,
  suffix: string,
): VirResult<BackupStore> {
  if (disk.store !== undefined) return ok(disk.store)
  const source = domainDisk?.source
  const isFile = source?.type === 'file' && (disk.type ?? 'file') === 'file'
  return isFile && source.path !== undefined
    ? ok({ path: `${source.path}.${suffix}` })
    : unsupported(`refusing to generate file name for disk '${disk.name}'`)
}

function unsupported(detail: string): VirResult<never> {
  return err(virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.DOMAIN, detail))
}
