import { addElement, createXml, toTree } from '../builder.ts'
import type { XmlTarget } from '../builder.ts'
import { writeXml } from '../writer.ts'
import type {
  BackupPrivateData,
  BackupServer,
  DomainBackupDef,
  DomainBackupDiskDef,
} from './backup-def.ts'
import { writeStore } from './backup-store.ts'

/** How a `<domainbackup>` document is written. */
export interface FormatDomainBackupOptions {
  /** For a status file: with states and private data. */
  readonly internal?: boolean
}

/**
 * Writes a `<domainbackup>` document; libvirt's `virDomainBackupDefFormat`.
 *
 * @throws a `VirError` `INVALID_ARG` when a text holds what XML cannot, such as a control character
 */
export function formatDomainBackup(
  def: DomainBackupDef,
  options: FormatDomainBackupOptions = {},
): string {
  const root = createXml('domainbackup')
  fill(root, def, options.internal === true)
  return writeXml(toTree(root))
}

function fill(root: XmlTarget, def: DomainBackupDef, internal: boolean): void {
  root.setAttribute('mode', def.mode)
  if (def.incremental !== undefined) addElement(root, 'incremental', undefined, def.incremental)
  if (def.server !== undefined) writeServer(root, def.server)
  if (def.disks !== undefined && def.disks.length > 0) {
    const disks = addElement(root, 'disks')
    for (const disk of def.disks) writeDisk(disks, disk, def.mode, internal)
  }
  if (internal && def.privateData !== undefined) writePrivateData(root, def.privateData)
}

function writeServer(root: XmlTarget, { transport, tls, name, port, socket }: BackupServer): void {
  addElement(root, 'server', {
    transport,
    tls: tls === undefined ? undefined : yesOrNo(tls),
    name,
    port,
    socket,
  })
}

function writeDisk(
  disks: XmlTarget,
  disk: DomainBackupDiskDef,
  mode: 'push' | 'pull',
  internal: boolean,
): void {
  const { name, backup, format, store } = disk
  if (!backup) {
    addElement(disks, 'disk', { name, backup: 'no' })
    return
  }
  const target = addElement(disks, 'disk', {
    name,
    backup: 'yes',
    state: internal ? (disk.state ?? '') : undefined,
    type: disk.type,
    backupmode: disk.backupMode,
    incremental: disk.incremental,
    exportname: disk.exportName,
    exportbitmap: disk.exportBitmap,
    index: disk.index,
  })
  if (format !== undefined) addElement(target, 'driver', { type: format })
  if (store === undefined) return
  writeStore(target, mode === 'push' ? 'target' : 'scratch', disk.type ?? 'file', store, internal)
}

function writePrivateData(
  root: XmlTarget,
  { tlsKeySecretAlias, tlsAlias }: BackupPrivateData,
): void {
  const objects = addElement(addElement(root, 'privateData'), 'objects')
  if (tlsKeySecretAlias !== undefined) {
    addElement(objects, 'secret', { type: 'tlskey', alias: tlsKeySecretAlias })
  }
  if (tlsAlias !== undefined) addElement(objects, 'TLSx509', { alias: tlsAlias })
}

function yesOrNo(value: boolean): 'yes' | 'no' {
  return value ? 'yes' : 'no'
}
