/**
 * A program that begins a backup and does nothing more, to be killed.
 *
 *     backup-child.ts ROOT BACKUP_XML CHECKPOINT_XML
 */
import { open, unwrap } from '../../../src/index.ts'

const [root = '', backup = '', checkpoint = ''] = process.argv.slice(2)
const connection = unwrap(await open(`qemu:///embed?root=${root}`))
const domain = unwrap(await connection.domainLookupByName('vm'))
process.stdout.write('ready\n')
const id = unwrap(await domain.backupBegin(backup, checkpoint === '' ? undefined : checkpoint))
// Slow enough to be still at it when it is looked at.
await domain.blockJobSetSpeed('vda', 4)
process.stdout.write(`begun ${id}\n`)
setInterval(() => undefined, 1000)
