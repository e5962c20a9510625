import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DirtyBitmap } from '../../../src/bitmap/index.ts'
import { NbdClient } from '../../../src/nbd/index.ts'
import {
  blockDirtyBitmapAdd,
  blockDirtyBitmapMerge,
  blockExportAdd,
  blockExportDel,
  blockResize,
  queryNamedBlockNodes,
  QmpClient,
  xDebugBlockDirtyBitmapSha256,
} from '../../../src/qmp/index.ts'
import { whenUp, withProcess } from '../qmp/process.ts'
import { requireProgram } from '../require.ts'

const daemon = requireProgram('qemu', 'QEMU_STORAGE_DAEMON', 'qemu-storage-daemon')
const granularities = [512, 4096, 65536, 1 << 20]

/** A disk in a storage daemon, and our own bitmaps of what is written to it. */
class Disk {
  readonly #qmp: QmpClient
  readonly #folder: string
  readonly #ours = new Map<string, DirtyBitmap>()
  #size: number

  constructor(qmp: QmpClient, folder: string, size: number) {
    this.#qmp = qmp
    this.#folder = folder
    this.#size = size
  }

  async add(name: string, granularity: number, recording: boolean): Promise<void> {
    const args = { node: 'disk', name, granularity, disabled: !recording }
    ;(await this.#qmp.execute(blockDirtyBitmapAdd, args))._unsafeUnwrap()
    const ours = DirtyBitmap.create({ size: this.#size, granularity })._unsafeUnwrap()
    this.#ours.set(name, ours)
  }

  async merge(source: string, target: string): Promise<void> {
    const args = { node: 'disk', target, bitmaps: [source] }
    ;(await this.#qmp.execute(blockDirtyBitmapMerge, args))._unsafeUnwrap()
    this.#bitmap(target).merge(this.#bitmap(source))._unsafeUnwrap()
  }

  async resize(size: number): Promise<void> {
    ;(await this.#qmp.execute(blockResize, { 'node-name': 'disk', size }))._unsafeUnwrap()
    this.#size = size
    for (const bitmap of this.#ours.values()) bitmap.resize(size)._unsafeUnwrap()
  }

  async change(changes: readonly Change[], names: readonly string[]): Promise<void> {
    const add = { type: 'nbd', id: 'e', 'node-name': 'disk', writable: true } as const
    ;(await this.#qmp.execute(blockExportAdd, add))._unsafeUnwrap()
    const uri = `nbd+unix:///disk?socket=${join(this.#folder, 'nbd.sock')}`
    const nbd = (await NbdClient.connect(uri))._unsafeUnwrap()
    for (const { how, offset, length } of changes) {
      const start = offset % this.#size
      const bytes = Math.min(length, this.#size - start)
      const result =
        how === 'write' ? nbd.write(start, new Uint8Array(bytes)) : nbd[how](start, bytes)
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as a guest's
      ;(await result)._unsafeUnwrap()
      for (const name of names) this.#bitmap(name).set(start, bytes)
    }
    await nbd.close()
    const deleted = new Promise((resolve) => {
      this.#qmp.on('BLOCK_EXPORT_DELETED', resolve)
    })
    ;(await this.#qmp.execute(blockExportDel, { id: 'e', mode: 'hard' }))._unsafeUnwrap()
    await deleted
  }

  /** Count and hash of each bitmap, in QEMU and here. */
  async compare(): Promise<readonly [qemu: unknown, ours: unknown]> {
    const nodes = (await this.#qmp.execute(queryNamedBlockNodes, { flat: true }))._unsafeUnwrap()
    const infos = nodes.find((node) => node['node-name'] === 'disk')?.['dirty-bitmaps'] ?? []
    const theirs: unknown[] = []
    const ours: unknown[] = []
    for (const [name, bitmap] of this.#ours) {
      const args = { node: 'disk', name }
      // oxlint-disable-next-line no-await-in-loop -- a handful
      const hashed = await this.#qmp.execute(xDebugBlockDirtyBitmapSha256, args)
      const count = infos.find((info) => info.name === name)?.count
      theirs.push([name, count, hashed._unsafeUnwrap().sha256])
      ours.push([name, bitmap.dirtyBytes, hashOf(bitmap)])
    }
    return [theirs, ours]
  }

  #bitmap(name: string): DirtyBitmap {
    const bitmap = this.#ours.get(name)
    if (bitmap === undefined) throw new Error(`No bitmap ${name}`)
    return bitmap
  }
}

/** QEMU hashes the bits in words of 64, of which there is at least one. */
function hashOf(bitmap: DirtyBitmap): string {
  const bits = Math.ceil(bitmap.size / bitmap.granularity)
  const bytes = new Uint8Array(Math.max(Math.ceil(bits / 64), 1) * 8)
  for (let bit = 0; bit < bits; bit++) {
    if (!bitmap.has(bit * bitmap.granularity)) continue
    bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) | (1 << (bit & 7))
  }
  return createHash('sha256').update(bytes).digest('hex')
}

interface Change {
  readonly how: 'write' | 'zero' | 'trim'
  readonly offset: number
  readonly length: number
}

async function withDisk(size: number, use: (disk: Disk) => Promise<void>): Promise<void> {
  await withProcess(
    daemon.path,
    (folder) => {
      const image = join(folder, 'image')
      writeFileSync(image, '')
      truncateSync(image, size)
      const args = [
        ['--blockdev', `driver=file,node-name=disk,filename=${image},discard=unmap`],
        ['--nbd-server', `addr.type=unix,addr.path=${folder}/nbd.sock`],
        ['--chardev', `socket,id=m,path=${folder}/qmp.sock,server=on,wait=off`],
        ['--monitor', 'chardev=m'],
      ]
      return args.flat()
    },
    'qmp.sock',
    async ({ folder, child }) => {
      const address = { path: join(folder, 'qmp.sock') }
      const qmp = await whenUp(() => QmpClient.connect(address))
      await use(new Disk(qmp, folder, size))
      await qmp.close()
      child.kill()
      await once(child, 'exit')
    },
  )
}

// A size that no granularity but the least divides.
const size = 5 * (1 << 20) + 3 * 512
const change: fc.Arbitrary<Change> = fc.record({
  how: fc.constantFrom('write', 'zero', 'trim'),
  offset: fc.nat(size / 512 - 1).map((sector) => sector * 512),
  length: fc.oneof(
    fc.constant(512),
    fc.integer({ min: 1, max: 600 }).map((n) => n * 512),
  ),
})
const sizes = fc
  .array(fc.integer({ min: 1, max: (2 * size) / 512 }), { maxLength: 3 })
  .map((all) => all.map((sectors) => sectors * 512))

describe.skipIf(daemon.isMissing)(
  `DirtyBitmap beside a real QEMU${daemon.note}`,
  { timeout: 120_000 },
  () => {
    it('has the same bits and counts after writes, merges and resizes', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 8 }), sizes, async (changes, newSizes) => {
          await withDisk(size, async (disk) => {
            const names = granularities.map((granularity) => `g${granularity}`)
            for (const granularity of granularities) {
              // oxlint-disable-next-line no-await-in-loop -- a handful
              await disk.add(`g${granularity}`, granularity, true)
            }
            await disk.change(changes, names)
            for (const target of granularities) {
              for (const source of names) {
                const name = `${source}-into-${target}`
                // oxlint-disable-next-line no-await-in-loop -- a handful
                await disk.add(name, target, false)
                // oxlint-disable-next-line no-await-in-loop -- a handful
                await disk.merge(source, name)
              }
            }
            const [theirs, ours] = await disk.compare()
            expect(ours).toEqual(theirs)
            for (const newSize of newSizes) {
              // oxlint-disable-next-line no-await-in-loop -- one builds on the other
              await disk.resize(newSize)
              // oxlint-disable-next-line no-await-in-loop -- one builds on the other
              const [resized, oursResized] = await disk.compare()
              expect(oursResized).toEqual(resized)
            }
          })
        }),
        { numRuns: 25 },
      )
    })
  },
)
