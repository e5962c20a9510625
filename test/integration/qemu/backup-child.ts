/**
 * A program that begins a backup and does nothing more, to be killed.
 *
 *     backup-child.ts ROOT BACKUP_XML CHECKPOINT_XML [FATAL_COMMAND]
 *
 * With a fatal command it ends the backup, and dies when it is about to send QEMU that command.
 */
import { subscribe } from 'node:diagnostics_channel'
import { open, unwrap } from '../../../src/index.ts'
import { QMP_SEND_CHANNEL } from '../../../src/qmp/index.ts'

const [root = '', backup = '', checkpoint = '', fatal] = process.argv.slice(2)
const connection = unwrap(await open(`qemu:///embed?root=${root}`))
const domain = unwrap(await connection.domainLookupByName('vm'))
process.stdout.write('ready\n')
const id = unwrap(await domain.backupBegin(backup, checkpoint === '' ? undefined : checkpoint))
// Slow enough to be still at it when it is looked at.
await domain.blockJobSetSpeed('vda', 4)
process.stdout.write(`begun ${id}\n`)
if (fatal !== undefined) {
  subscribe(QMP_SEND_CHANNEL, (message) => {
    if (Object(message).command === fatal) process.kill(process.pid, 'SIGKILL')
  })
  await domain.backupEnd(id)
}
setInterval(() => undefined, 1000)
