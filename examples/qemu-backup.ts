/**
 * The main job on a real QEMU: a machine is backed up fully and incrementally while it runs, restored, and compared.
 *
 *     npm run quickstart -- --uri 'qemu:///embed?root=DIR'
 *
 * The machine, its disk and its backups are made for this run, and removed at its end. It needs QEMU and qemu-img.
 */
import { copyFile, open as openFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Domain } from '../src/index.ts'
import { DomainJobType, unwrap } from '../src/index.ts'
import { drawProgress } from '../src/testing/index.ts'
import { qemuImg, QemuMachine } from './qemu-machine.ts'

const MiB = 1024 ** 2
const NAME = 'virtdriver-quickstart'

/** Runs the main job on the connection with this URI, with a copy of `image`, or with a disk that is made up. */
export async function backUpOnQemu(uri: string, image: string | undefined): Promise<void> {
  await using machine = await QemuMachine.start(uri, NAME, async (folder) => {
    const base = join(folder, 'base.raw')
    const disk = join(folder, 'disk.qcow2')
    await prepareDisk(base, image)
    qemuImg('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, disk)
    return disk
  })
  await backUpAndCompare(machine)
}

async function backUpAndCompare(machine: QemuMachine): Promise<void> {
  const { domain } = machine
  const path = (name: string): string => join(machine.folder, name)
  const { size } = await stat(path('base.raw'))
  console.log(`domain ${NAME} runs on QEMU; vda has ${size} bytes`)

  // What the disk must hold is known from what is written, and not from the disk.
  const expected = await openFile(path('base.raw'), 'r')
  try {
    const first = await guestWrites(machine, size, 0x11)
    await backUp(domain, path('full.qcow2'), 'full', undefined)
    const second = await guestWrites(machine, size, 0x22)
    await backUp(domain, path('incremental.qcow2'), 'incremental', 'full')
    await guestWrites(machine, size, 0x33)

    // A push incremental names the live disk as its backing image; a restore bases it on the backup before it.
    qemuImg('rebase', '-u', '-F', 'qcow2', '-b', path('full.qcow2'), path('incremental.qcow2'))
    qemuImg('convert', '-O', 'raw', path('incremental.qcow2'), path('restored.raw'))
    await compare(path('restored.raw'), expected, size, [...first, ...second])
    const changed = second.reduce((sum, { length }) => sum + length, 0)
    console.log(`restored: identical (${size} bytes compared, ${changed} changed)`)
  } finally {
    await expected.close()
  }
}

/** The disk before the machine starts: a copy of an image, or 64 MiB of which a part has data. */
async function prepareDisk(path: string, image: string | undefined): Promise<void> {
  if (image !== undefined) return copyFile(image, path)
  const file = await openFile(path, 'wx')
  try {
    await file.truncate(64 * MiB)
    for (let offset = 0; offset < 48 * MiB; offset += 3 * MiB) {
      await file.write(new Uint8Array(MiB).fill(offset / MiB + 1), 0, MiB, offset)
    }
  } finally {
    await file.close()
  }
}

/** A range of the disk that holds one byte over and over. */
interface Written {
  readonly offset: number
  readonly length: number
  readonly byte: number
}

/** Lets the guest write a few sectors here and there. */
async function guestWrites(machine: QemuMachine, size: number, byte: number): Promise<Written[]> {
  const sectors = Math.floor(size / 512)
  const writes: Written[] = []
  for (let index = 0; index < 8; index += 1) {
    const offset = ((index * index * 7919 + byte * 1009) % sectors) * 512
    writes.push({ offset, length: 512, byte })
    await machine.guestWrites(offset, 512, byte)
  }
  return writes
}

/** Takes a push backup with a checkpoint, and waits for its end. */
async function backUp(
  domain: Domain,
  target: string,
  name: string,
  since: string | undefined,
): Promise<void> {
  const backup = `
    <domainbackup>
      ${since === undefined ? '' : `<incremental>${since}</incremental>`}
      <disks>
        <disk name='vda' type='file'>
          <target file='${target}'/>
          <driver type='qcow2'/>
        </disk>
      </disks>
    </domainbackup>`
  const checkpoint = `<domaincheckpoint><name>${name}</name></domaincheckpoint>`
  const id = unwrap(await domain.backupBegin(backup, checkpoint))
  while (unwrap(await domain.getJobStats()).type !== DomainJobType.NONE) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20)
    })
  }
  if (!unwrap(await domain.backupEnd(id))) throw new Error(`the ${name} backup was aborted`)
  console.log(`${name.padEnd(12)} ${drawProgress(1, 1)}`)
}

/** Compares every byte with the disk as it was made, and then written to. */
async function compare(
  path: string,
  base: Awaited<ReturnType<typeof openFile>>,
  size: number,
  writes: readonly Written[],
): Promise<void> {
  const restored = await openFile(path)
  try {
    for (let offset = 0; offset < size; offset += MiB) {
      const length = Math.min(MiB, size - offset)
      const want = Buffer.alloc(length)
      const found = Buffer.alloc(length)
      await base.read(want, 0, length, offset)
      await restored.read(found, 0, length, offset)
      for (const write of writes) {
        const start = Math.max(write.offset - offset, 0)
        const end = Math.min(write.offset + write.length - offset, length)
        if (start < end) want.fill(write.byte, start, end)
      }
      if (!want.equals(found)) {
        throw new Error(`restored: DIFFERENT in the ${length} bytes from ${offset}`)
      }
    }
  } finally {
    await restored.close()
  }
}
