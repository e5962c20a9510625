/**
 * Backs a virtual machine up, fully and incrementally, restores it, and compares.
 *
 *     npm run quickstart                          a disk image that is made up
 *     npm run quickstart -- --image disk.raw      a real disk image; it is read, never written
 *     npm run quickstart -- --uri 'qemu:///embed?root=DIR'      the same on a real QEMU
 */
import { createHash } from 'node:crypto'
import { open as openFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Domain } from '../src/index.ts'
import { DomainJobType, unwrap } from '../src/index.ts'
import { drawDirtyMap, drawProgress, drawTree, TestHypervisor } from '../src/testing/index.ts'

const MiB = 1024 ** 2
const CHUNK = MiB
const DISK = '/vm/disk.raw'

const { values: options } = parseArgs({
  options: { image: { type: 'string' }, uri: { type: 'string' } },
})
if (options.uri !== undefined) {
  const { backUpOnQemu } = await import('./qemu-backup.ts')
  await backUpOnQemu(options.uri, options.image)
  process.exit()
}

const hypervisor = TestHypervisor.create()
await loadDisk(options.image)
unwrap(
  hypervisor.images.create('/vm/disk.qcow2', {
    format: 'qcow2',
    backing: { path: DISK, format: 'raw' },
  }),
)

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
          <source file='/vm/disk.qcow2'/>
          <target dev='vda' bus='virtio'/>
        </disk>
      </devices>
    </domain>`),
)
unwrap(await domain.create())
const guest = hypervisor.guest('vm')
const size = unwrap(await domain.getBlockInfo('vda')).capacity
console.log(`domain vm runs; vda has ${size} bytes`)

guestWrites('first')
await backUp('full', undefined)
guestWrites('second')
console.log(`dirty since full ${drawDirtyMap(hypervisor.dirtyExtents('vm', 'vda', 'full'), size)}`)
const expected = digestOf((offset, length) => unwrap(guest.read('vda', offset, length)))
await backUp('incremental', 'full')
guestWrites('third')

const checkpoints = unwrap(await domain.listAllCheckpoints())
const nodes = await Promise.all(
  checkpoints.map(async (checkpoint) => {
    const parent = await checkpoint.getParent()
    return parent.isOk()
      ? { name: checkpoint.getName(), parent: parent.value.getName() }
      : { name: checkpoint.getName() }
  }),
)
console.log(drawTree(nodes))
unwrap(await connection.close())

// A push incremental names the live disk as its backing image; a restore bases it on the backup before it.
const full = unwrap(hypervisor.images.open('/backup/full.qcow2'))
const incremental = unwrap(hypervisor.images.open('/backup/incremental.qcow2'))
unwrap(incremental.rebase({ path: full.path, format: 'qcow2' }))
const restored = digestOf((offset, length) => unwrap(incremental.read(offset, length)))
const before = digestOf((offset, length) => unwrap(full.read(offset, length)))
const wrong = expected.findIndex((digest, index) => digest !== restored[index])
if (wrong !== -1) {
  console.error(`restored: DIFFERENT in the ${CHUNK} bytes from ${wrong * CHUNK}`)
  process.exit(1)
}
const changed = countChanged(before, restored)
if (changed === 0) {
  console.error('restored: the incremental backup holds no change, so nothing has been shown')
  process.exit(1)
}
console.log(`restored: identical (${size} bytes compared, ${changed} changed)`)

/** Loads a real image, or makes one up: 64 MiB of which a part has data. */
async function loadDisk(path: string | undefined): Promise<void> {
  if (path === undefined) {
    const image = unwrap(hypervisor.images.create(DISK, { format: 'raw', virtualSize: 64 * MiB }))
    for (let offset = 0; offset < 48 * MiB; offset += 3 * MiB) {
      unwrap(image.write(offset, new Uint8Array(MiB).fill(offset / MiB + 1)))
    }
    return
  }
  const file = await openFile(path)
  try {
    const { size: bytes } = await file.stat()
    if (bytes === 0) throw new Error(`${path} is empty`)
    const image = unwrap(hypervisor.images.create(DISK, { format: 'raw', virtualSize: bytes }))
    const buffer = new Uint8Array(CHUNK)
    for (let offset = 0; offset < bytes;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, offset)
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`)
      unwrap(image.write(offset, buffer.subarray(0, bytesRead)))
      offset += bytesRead
    }
  } finally {
    await file.close()
  }
}

/** Lets the guest write a few sectors here and there, never past the end. */
function guestWrites(text: string): void {
  const sector = new Uint8Array(512)
  new TextEncoder().encodeInto(`${text} `.repeat(60), sector)
  const sectors = Math.floor(size / 512)
  for (let index = 0; index < 8; index += 1) {
    const at = (index * index * 7919 + text.length * 1009) % sectors
    unwrap(guest.write('vda', at * 512, sector))
  }
}

/** Takes a push backup with a checkpoint, showing how far it is. */
async function backUp(name: string, since: string | undefined): Promise<void> {
  const sinceElement = since === undefined ? '' : `<incremental>${since}</incremental>`
  const backup = `
    <domainbackup>
      ${sinceElement}
      <disks>
        <disk name='vda' type='file'>
          <target file='/backup/${name}.qcow2'/>
          <driver type='qcow2'/>
        </disk>
      </disks>
    </domainbackup>`
  const checkpoint = `<domaincheckpoint><name>${name}</name></domaincheckpoint>`
  const id = unwrap(await domain.backupBegin(backup, checkpoint))
  await showProgress(domain, name)
  if (!unwrap(await domain.backupEnd(id))) throw new Error(`the ${name} backup was aborted`)
}

async function showProgress(of: Domain, name: string): Promise<void> {
  const label = name.padEnd(12)
  for (;;) {
    const stats = unwrap(await of.getJobStats())
    if (stats.type === DomainJobType.NONE) break
    const done = drawProgress(stats.disk_processed ?? 0, stats.disk_total ?? 0)
    if (process.stdout.isTTY) process.stdout.write(`\r${label} ${done}`)
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
  if (process.stdout.isTTY) process.stdout.write('\r')
  console.log(`${label} ${drawProgress(1, 1)}`)
}

/** One digest for each chunk, so that disks larger than memory can be compared. */
function digestOf(read: (offset: number, length: number) => Uint8Array): string[] {
  const digests: string[] = []
  for (let offset = 0; offset < size; offset += CHUNK) {
    const bytes = read(offset, Math.min(CHUNK, size - offset))
    digests.push(createHash('sha256').update(bytes).digest('hex'))
  }
  return digests
}

/** Bytes in which the two restored states differ. */
function countChanged(from: readonly string[], to: readonly string[]): number {
  let count = 0
  for (const [index, digest] of from.entries()) {
    if (digest === to[index]) continue
    const offset = index * CHUNK
    const length = Math.min(CHUNK, size - offset)
    const one = unwrap(full.read(offset, length))
    const other = unwrap(incremental.read(offset, length))
    count += one.reduce((sum, byte, at) => sum + (byte === other[at] ? 0 : 1), 0)
  }
  return count
}
