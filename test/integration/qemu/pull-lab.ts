/**
 * Pull backups: their documents, and reading what they serve.
 */
import { unwrap } from '../../../src/index.ts'
import { NbdClient, readBackup, writeRawFile } from '../../../src/nbd/index.ts'
import type { BackupLab } from './backup-lab.ts'

/** A document that serves disks from scratch files. */
export function pullXml(
  lab: BackupLab,
  options: { readonly since?: string; readonly server?: string; readonly disks?: string } = {},
): string {
  const {
    since,
    server = `<server transport='unix' socket='${lab.path('nbd.sock')}'/>`,
    disks = lab.disks
      .map(
        ({ dev }) => `<disk name='${dev}'><scratch file='${lab.path(`scratch.${dev}`)}'/></disk>`,
      )
      .join(''),
  } = options
  const incremental = since === undefined ? '' : `<incremental>${since}</incremental>`
  return `<domainbackup mode='pull'>${incremental}${server}<disks>${disks}</disks></domainbackup>`
}

/** Where a disk is served when nothing else is asked for. */
export function exportUri(lab: BackupLab, dev: string): string {
  return `nbd+unix:///${dev}?socket=${lab.path('nbd.sock')}`
}

/** The port on which a backup is served. */
export async function portOf(lab: BackupLab, id: number): Promise<number> {
  const xml = unwrap(await lab.domain.backupGetXMLDesc(id))
  return Number(/port='(\d+)'/.exec(xml)?.[1])
}

/** Reads a disk into a file: all of it, or onto the last backup what has changed. */
export async function readPull(uri: string, file: string, bitmap?: string): Promise<void> {
  const context = bitmap && `qemu:dirty-bitmap:${bitmap}`
  const contexts = ['base:allocation', ...(context === undefined ? [] : [context])]
  const client = unwrap(await NbdClient.connect(uri, { contexts }))
  const pieces = readBackup(client, context === undefined ? {} : { bitmap: context })
  const mode = context === undefined ? 'create' : 'update'
  unwrap(await writeRawFile(file, pieces, { size: client.size, mode }))
  unwrap(await client.close())
}
