import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  listNbdExports,
  NbdClient,
  NbdErrno,
  type NbdConnectOptions,
  type NbdExtent,
} from '../../../src/nbd/index.ts'
import { need, output, uriOf, withFolder, withServer, type Program } from './programs.ts'

const KiB = 1024
const MiB = 1024 * KiB

/** Connects to a server program, and leaves it and its folder behind. */
async function connected(
  name: Program,
  args: (socket: string, folder: string) => readonly string[],
  use: (client: NbdClient, uri: string, folder: string) => Promise<void>,
  options: NbdConnectOptions & { exportName?: string } = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const socket = join(folder, 'nbd.sock')
    await withServer(name, args(socket, folder), socket, async () => {
      const uri = uriOf(socket, options.exportName ?? '')
      const client = (await NbdClient.connect(uri, options))._unsafeUnwrap()
      await use(client, uri, folder)
      await client.close()
    })
  })
}

const kit =
  (...args: string[]) =>
  (socket: string): string[] => ['-f', '-U', socket, ...args]

async function collect(extents: AsyncIterable<NbdExtent>): Promise<NbdExtent[]> {
  const list: NbdExtent[] = []
  for await (const extent of extents) list.push(extent)
  return list
}

function noise(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => ((at * 31) ^ (at >>> 8) ^ seed) & 0xff)
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const nbdkit = need('nbdkit')
describe.skipIf(nbdkit.isMissing)(`our client uses nbdkit${nbdkit.note}`, () => {
  it('reads back from memory what it wrote, zeroed and trimmed', () =>
    connected('nbdkit', kit('memory', '8M'), async (client) => {
      const expected = new Uint8Array(8 * MiB)
      expected.set(noise(3 * MiB, 1), 12_345)
      expect((await client.write(12_345, noise(3 * MiB, 1), { fua: true })).isOk()).toBe(true)
      expected.fill(0, MiB, MiB + 70_000)
      expect((await client.zero(MiB, 70_000, { noHole: true })).isOk()).toBe(true)
      expected.fill(0, 2 * MiB, 2 * MiB + 5)
      expect((await client.trim(2 * MiB, 5)).isOk()).toBe(true)
      expect((await client.flush()).isOk()).toBe(true)
      expect(same((await client.read(0, client.size))._unsafeUnwrap(), expected)).toBe(true)
      const extents = await collect(client.extents())
      expect(extents.reduce((sum, { length }) => sum + length, 0)).toBe(8 * MiB)
      expect(extents.at(-1)?.flags).toStrictEqual({ 'base:allocation': 3 })
    }))

  it('reads any range of a file, also when other reads are given up half-way', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'disk.img')
      const content = noise(20 * MiB, 7)
      writeFileSync(path, content)
      const options = { connections: 2, requests: 8 }
      await connected(
        'nbdkit',
        (socket) => ['-f', '-r', '-U', socket, 'file', path],
        async (client) => {
          expect(client.connections).toBe(2)
          const range = fc.tuple(fc.nat(20 * MiB - 1), fc.nat(3 * MiB), fc.option(fc.nat(30)))
          await fc.assert(
            fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 12 }), async (ranges) => {
              const reads = ranges.map(async ([offset, wanted, giveUp]) => {
                const length = Math.min(wanted, client.size - offset)
                const buffer = new Uint8Array(length)
                const signal = giveUp === null ? undefined : AbortSignal.timeout(giveUp)
                const how = signal === undefined ? {} : { signal }
                const read = await client.readInto(offset, buffer, how)
                if (read.isErr()) {
                  expect(read.error.kind).toBe('aborted')
                  // From now on the memory is the caller's.
                  buffer.fill(1)
                  await new Promise((resolve) => setTimeout(resolve, 5))
                  return buffer.every((byte) => byte === 1)
                }
                return same(buffer, content.subarray(offset, offset + length))
              })
              expect(await Promise.all(reads)).toStrictEqual(ranges.map(() => true))
            }),
            { numRuns: 40 },
          )
          expect(client.connections).toBe(2)
        },
        options,
      )
    }))

  it('reads the same as nbdcopy from random data with holes', () =>
    connected(
      'nbdkit',
      kit('sparse-random', '32M', 'seed=5', 'runlength=65536'),
      async (client, uri, folder) => {
        const copy = join(folder, 'copy.img')
        await output('nbdcopy', uri, copy)
        expect(same((await client.read(0, client.size))._unsafeUnwrap(), readFileSync(copy))).toBe(
          true,
        )
        for (const { offset, length, flags } of await collect(client.extents())) {
          const part = (await client.read(offset, length))._unsafeUnwrap()
          expect(part.every((byte) => byte === 0)).toBe(flags['base:allocation'] === 3)
        }
      },
    ))

  it('reads whole blocks where the server takes nothing else', () => {
    const args = [
      '--filter=blocksize-policy',
      'pattern',
      '1M',
      'blocksize-minimum=4096',
      'blocksize-preferred=65536',
      'blocksize-maximum=131072',
      'blocksize-error-policy=error',
    ]
    return connected('nbdkit', kit(...args), async (client) => {
      expect(client.blockSize).toStrictEqual({ minimum: 4096, preferred: 65_536, maximum: 131_072 })
      const all = (await client.read(0, client.size))._unsafeUnwrap()
      expect(new DataView(all.buffer).getBigUint64(500_000)).toBe(500_000n)
      const odd = (await client.read(500_001, 300_003))._unsafeUnwrap()
      expect(same(odd, all.subarray(500_001, 800_004))).toBe(true)
      expect(await collect(client.extents({ offset: 5, length: 7 }))).toStrictEqual([
        { offset: 5, length: 7, flags: { 'base:allocation': 0 } },
      ])
    })
  })

  it.each([
    ['without structured replies', ['--no-sr']],
    ['without NO_ZEROES', ['--mask-handshake=1']],
    ['without fixed newstyle', ['--mask-handshake=0']],
  ])('reads %s', (_, how) =>
    connected('nbdkit', kit(...how, 'pattern', '1M'), async (client) => {
      const all = (await client.read(0, client.size))._unsafeUnwrap()
      expect(new DataView(all.buffer).getBigUint64(1_048_568)).toBe(1_048_568n)
      if (how[0] === '--mask-handshake=1') return
      await expect(collect(client.extents())).rejects.toMatchObject({ kind: 'unsupported' })
    }),
  )

  it('says that an oldstyle server is one', () =>
    withFolder(async (folder) => {
      const socket = join(folder, 'nbd.sock')
      await withServer('nbdkit', kit('--oldstyle', 'null', '1M')(socket), socket, async () => {
        const client = await NbdClient.connect(uriOf(socket))
        expect(client._unsafeUnwrapErr().kind).toBe('unsupported')
      })
    }))

  it('gets the errors of the server, and goes on', () => {
    const args = [
      '--filter=error',
      'memory',
      '1M',
      'error-pread=ENOSPC',
      'error-pread-rate=100%',
      'error-pwrite=EIO',
      'error-pwrite-rate=100%',
      'error-extents=EPERM',
      'error-extents-rate=100%',
    ]
    return connected('nbdkit', kit(...args), async (client) => {
      expect((await client.read(0, MiB))._unsafeUnwrapErr().errno).toBe(NbdErrno.ENOSPC)
      expect((await client.write(0, new Uint8Array(5)))._unsafeUnwrapErr().errno).toBe(NbdErrno.EIO)
      await expect(collect(client.extents())).rejects.toMatchObject({ errno: NbdErrno.EPERM })
      expect((await client.zero(0, 512)).isOk()).toBe(true)
    })
  })

  it('gets through with a server that tries again', () => {
    const args = [
      '--filter=retry',
      '--filter=error',
      'pattern',
      '1M',
      'error-pread=EIO',
      'error-pread-rate=30%',
      'retries=50',
      'retry-delay=1',
      'retry-exponential=no',
    ]
    return connected('nbdkit', kit(...args), async (client) => {
      expect((await client.read(0, MiB)).isOk()).toBe(true)
    })
  })

  it('gives up on a slow server at its deadline, and does not mind the late reply', () => {
    const args = ['--filter=delay', 'pattern', '1M', 'delay-read=300ms']
    return connected('nbdkit', kit(...args), async (client) => {
      const late = await client.read(0, 512, { timeoutMs: 30 })
      expect(late._unsafeUnwrapErr().kind).toBe('timeout')
      expect((await client.read(8, 8))._unsafeUnwrap()[7]).toBe(8)
    })
  })

  it('settles everything when the server is killed', () =>
    withFolder(async (folder) => {
      const socket = join(folder, 'nbd.sock')
      const args = ['--filter=delay', 'pattern', '64M', 'delay-read=2', '--filter=noparallel']
      await withServer('nbdkit', kit(...args)(socket), socket, async (child) => {
        const client = (await NbdClient.connect(uriOf(socket), { connections: 3 }))._unsafeUnwrap()
        const reads = Array.from({ length: 100 }, (_, index) => client.read(index * 512, 512))
        child.kill('SIGKILL')
        const settled = await Promise.all(reads)
        expect(settled.map((read) => read._unsafeUnwrapErr().kind)).toStrictEqual(
          Array(100).fill('interrupted'),
        )
        expect(client.connections).toBe(0)
      })
    }))

  it('uses one connection where the server allows no more', () =>
    connected(
      'nbdkit',
      kit('--filter=multi-conn', 'memory', '1M', 'multi-conn-mode=disable'),
      async (client) => {
        expect(client.connections).toBe(1)
        expect((await client.write(0, noise(MiB, 3))).isOk()).toBe(true)
      },
      { connections: 4 },
    ))
})

const qemuNbd = need('qemuNbd', 'qemuImg')
describe.skipIf(qemuNbd.isMissing)(`our client uses qemu-nbd${qemuNbd.note}`, () => {
  it('writes an image that QEMU finds to be the same', () =>
    withFolder(async (folder) => {
      const image = join(folder, 'disk.qcow2')
      const expected = join(folder, 'expected.raw')
      const socket = join(folder, 'nbd.sock')
      await output('qemuImg', 'create', '-q', '-f', 'qcow2', image, '32M')
      writeFileSync(expected, new Uint8Array(0))
      truncateSync(expected, 32 * MiB)
      const args = [
        '-f',
        'qcow2',
        '-x',
        'disk',
        '-k',
        socket,
        '-e',
        '8',
        '-t',
        '--discard=unmap',
        image,
      ]
      const content = new Uint8Array(32 * MiB)
      await withServer('qemuNbd', args, socket, async () => {
        const uri = uriOf(socket, 'disk')
        const client = (await NbdClient.connect(uri, { connections: 2 }))._unsafeUnwrap()
        content.set(noise(5 * MiB, 9), 3_000_001)
        expect((await client.write(3_000_001, noise(5 * MiB, 9))).isOk()).toBe(true)
        content.fill(0, 4 * MiB, 6 * MiB)
        expect((await client.zero(4 * MiB, 2 * MiB)).isOk()).toBe(true)
        expect((await client.cache(0, 32 * MiB)).isOk()).toBe(true)
        expect((await client.flush()).isOk()).toBe(true)
        expect(same((await client.read(0, client.size))._unsafeUnwrap(), content)).toBe(true)
        expect(await collect(client.extents({ offset: 16 * MiB }))).toStrictEqual([
          { offset: 16 * MiB, length: 16 * MiB, flags: { 'base:allocation': 3 } },
        ])
        await client.close()
      })
      writeFileSync(expected, content)
      const compared = await output(
        'qemuImg',
        'compare',
        '-f',
        'qcow2',
        '-F',
        'raw',
        image,
        expected,
      )
      expect(compared).toContain('Images are identical.')
    }))

  it('is told what does not exist', () =>
    withFolder(async (folder) => {
      const image = join(folder, 'disk.raw')
      const socket = join(folder, 'nbd.sock')
      await output('qemuImg', 'create', '-q', '-f', 'raw', image, '1M')
      const args = [
        '-f',
        'raw',
        '-r',
        '-x',
        'disk',
        '-D',
        'a disk',
        '-e',
        '4',
        '-k',
        socket,
        '-t',
        image,
      ]
      await withServer('qemuNbd', args, socket, async () => {
        const client = await NbdClient.connect(uriOf(socket, 'nosuch'))
        expect(client._unsafeUnwrapErr()).toMatchObject({
          kind: 'refused',
          message: "Server refused export 'nosuch': export 'nosuch' not present",
        })
        const contexts = { contexts: ['qemu:dirty-bitmap:nosuch'] }
        const dirty = await NbdClient.connect(uriOf(socket, 'disk'), contexts)
        expect(dirty._unsafeUnwrapErr().kind).toBe('unsupported')
        const listed = (await listNbdExports(uriOf(socket)))._unsafeUnwrap()
        expect(listed).toStrictEqual([
          {
            name: 'disk',
            description: 'a disk',
            size: 1_048_576n,
            flags: 0x58f,
            blockSize: { minimum: 1, preferred: 4096, maximum: 0x200_0000 },
            contexts: ['base:allocation'],
          },
        ])
      })
    }))
})
