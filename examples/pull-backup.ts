/**
 * Backs a virtual machine up in pull mode, fully and incrementally, restores it, and compares.
 *
 *     npx tsx examples/pull-backup.ts
 *
 * The hypervisor serves the disk as it was when the backup began, and this program reads what it wants: all of it the
 * first time, and then only what has changed since.
 */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unwrap } from '../src/index.ts'
import { estimateBackup, NbdClient, readBackup, writeRawFile } from '../src/nbd/index.ts'
import { drawProgress, TestHypervisor } from '../src/testing/index.ts'

const MiB = 1024 ** 2
const SIZE = 64 * MiB

const folder = await mkdtemp(join(tmpdir(), 'virtdriver-'))
const file = join(folder, 'vda.raw')
const socket = join(folder, 'nbd.sock')

const hypervisor = TestHypervisor.create()
unwrap(hypervisor.images.create('/vm/vda.qcow2', { format: 'qcow2', virtualSize: SIZE }))
await using connection = unwrap(await hypervisor.connect())
const domain = unwrap(
  await connection.domainDefineXML(`
    <domain type='test'>
      <name>vm</name>
      <memory unit='MiB'>512</memory>
      <os><type>hvm</type></os>
      <devices>
        <disk type='file' device='disk'>
          <driver name='qemu' type='qcow2'/>
          <source file='/vm/vda.qcow2'/>
          <target dev='vda' bus='virtio'/>
        </disk>
      </devices>
    </domain>`),
)
unwrap(await domain.create())
const guest = hypervisor.guest('vm')

try {
  for (let offset = 0; offset < SIZE; offset += 8 * MiB) {
    unwrap(guest.write('vda', offset, new Uint8Array(3 * MiB).fill(offset / MiB + 1)))
  }
  await pull('full', undefined)

  unwrap(guest.write('vda', 5 * MiB, new Uint8Array(MiB).fill(200)))
  unwrap(guest.writeZeroes('vda', 16 * MiB, MiB))
  const expected = unwrap(guest.read('vda', 0, SIZE))
  await pull('incremental', 'full')

  const restored = new Uint8Array(await readFile(file))
  if (Buffer.compare(restored, expected) !== 0) throw new Error('restored: DIFFERENT')
  const { blocks } = await stat(file)
  console.log(`restored: identical (${SIZE} bytes compared, ${blocks * 512} on disk)`)
} finally {
  await rm(folder, { recursive: true })
}

/** Takes one backup into the file: of everything, or of what has changed since a checkpoint. */
async function pull(name: string, since: string | undefined): Promise<void> {
  const backup = `
    <domainbackup mode='pull'>
      ${since === undefined ? '' : `<incremental>${since}</incremental>`}
      <server transport='unix' socket='${socket}'/>
      <disks><disk name='vda' type='file'><scratch file='/vm/vda.scratch'/></disk></disks>
    </domainbackup>`
  const checkpoint = `<domaincheckpoint><name>${name}</name></domaincheckpoint>`
  const id = unwrap(await domain.backupBegin(backup, checkpoint))
  // What the guest writes from now on is not in this backup.
  unwrap(guest.write('vda', 40 * MiB, new TextEncoder().encode(`written during ${name}`)))

  const bitmap = since === undefined ? undefined : 'qemu:dirty-bitmap:backup-vda'
  const contexts = ['base:allocation', ...(bitmap === undefined ? [] : [bitmap])]
  const client = unwrap(await NbdClient.connect(`nbd+unix:///vda?socket=${socket}`, { contexts }))
  const what = bitmap === undefined ? {} : { bitmap }
  const { dataBytes } = unwrap(await estimateBackup(client, what))
  const pieces = readBackup(client, {
    ...what,
    reuseBuffers: true,
    onProgress: (progress) => {
      if (process.stdout.isTTY) {
        process.stdout.write(`\r${name.padEnd(12)} ${drawProgress(progress.dataBytes, dataBytes)}`)
      }
    },
  })
  const mode = since === undefined ? 'create' : 'update'
  const written = unwrap(await writeRawFile(file, pieces, { size: client.size, mode }))
  if (process.stdout.isTTY) process.stdout.write('\r')
  console.log(`${name.padEnd(12)} ${drawProgress(1, 1)} ${written.dataBytes} bytes of data`)
  unwrap(await client.close())
  if (!unwrap(await domain.backupEnd(id))) throw new Error(`the ${name} backup was aborted`)
}
