/**
 * Backs a virtual machine up in pull mode, fully and incrementally, restores it, and compares.
 *
 *     npx tsx examples/pull-backup.ts
 *     npx tsx examples/pull-backup.ts --uri 'qemu:///embed?root=DIR'      the same on a real QEMU
 *
 * The hypervisor serves the disk as it was when the backup began, and this program reads what it wants: all of it the
 * first time, and then only what has changed since.
 */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Domain } from '../src/index.ts'
import { unwrap } from '../src/index.ts'
import { estimateBackup, NbdClient, readBackup, writeRawFile } from '../src/nbd/index.ts'
import { drawProgress, TestHypervisor } from '../src/testing/index.ts'
import { qemuImg, QemuMachine } from './qemu-machine.ts'

const MiB = 1024 ** 2
const SIZE = 64 * MiB

/** A machine with an empty disk, and its guest. */
interface Machine extends AsyncDisposable {
  readonly domain: Domain
  /** Lets the guest write one byte over and over. */
  guestWrites(offset: number, length: number, byte: number): Promise<void>
}

const { values: options } = parseArgs({ options: { uri: { type: 'string' } } })
const folder = await mkdtemp(join(tmpdir(), 'virtdriver-'))
const file = join(folder, 'vda.raw')
const socket = join(folder, 'nbd.sock')
// What the disk must hold is known from what is written, and not from the disk.
const written = new Uint8Array(SIZE)

try {
  await using machine = await (options.uri === undefined ? inMemory() : onQemu(options.uri))

  for (let offset = 0; offset < SIZE; offset += 8 * MiB) {
    await write(machine, offset, 3 * MiB, offset / MiB + 1)
  }
  await pull(machine, 'full', undefined)

  await write(machine, 5 * MiB, MiB, 200)
  await write(machine, 16 * MiB, MiB, 0)
  const expected = written.slice()
  await pull(machine, 'incremental', 'full')

  const restored = await readFile(file)
  if (!restored.equals(expected)) throw new Error('restored: DIFFERENT')
  const { blocks } = await stat(file)
  console.log(`restored: identical (${SIZE} bytes compared, ${blocks * 512} on disk)`)
} finally {
  await rm(folder, { recursive: true })
}

async function inMemory(): Promise<Machine> {
  const hypervisor = TestHypervisor.create()
  unwrap(hypervisor.images.create('/vm/vda.qcow2', { format: 'qcow2', virtualSize: SIZE }))
  const connection = unwrap(await hypervisor.connect())
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
  return {
    domain,
    guestWrites: async (offset, length, byte) => {
      if (byte === 0) unwrap(guest.writeZeroes('vda', offset, length))
      else unwrap(guest.write('vda', offset, new Uint8Array(length).fill(byte)))
    },
    [Symbol.asyncDispose]: async () => {
      unwrap(await connection.close())
    },
  }
}

function onQemu(uri: string): Promise<Machine> {
  return QemuMachine.start(uri, 'virtdriver-pull', (place) => {
    const disk = join(place, 'vda.qcow2')
    qemuImg('create', '-q', '-f', 'qcow2', disk, String(SIZE))
    return disk
  })
}

/** Lets the guest write, and notes what the disk holds from then on. */
async function write(
  machine: Machine,
  offset: number,
  length: number,
  byte: number,
): Promise<void> {
  await machine.guestWrites(offset, length, byte)
  written.fill(byte, offset, offset + length)
}

/** Takes one backup into the file: of everything, or of what has changed since a checkpoint. */
async function pull(machine: Machine, name: string, since: string | undefined): Promise<void> {
  const backup = `
    <domainbackup mode='pull'>
      ${since === undefined ? '' : `<incremental>${since}</incremental>`}
      <server transport='unix' socket='${socket}'/>
      <disks><disk name='vda' type='file'><scratch file='${join(folder, 'vda.scratch')}'/></disk></disks>
    </domainbackup>`
  const checkpoint = `<domaincheckpoint><name>${name}</name></domaincheckpoint>`
  const id = unwrap(await machine.domain.backupBegin(backup, checkpoint))
  // What the guest writes from now on is not in this backup.
  await write(machine, 40 * MiB, MiB, since === undefined ? 201 : 202)

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
  const copied = unwrap(await writeRawFile(file, pieces, { size: client.size, mode }))
  if (process.stdout.isTTY) process.stdout.write('\r')
  console.log(`${name.padEnd(12)} ${drawProgress(1, 1)} ${copied.dataBytes} bytes of data`)
  unwrap(await client.close())
  if (!unwrap(await machine.domain.backupEnd(id))) throw new Error(`the ${name} backup was aborted`)
}
