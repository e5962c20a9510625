import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import {
  dirtyDescriptors,
  memoryExport,
  NbdServer,
  type MemoryExport,
  type NbdExport,
} from '../../../src/nbd/index.ts'
import { need, output, run, uriOf, withFolder } from './programs.ts'

const MiB = 1024 * 1024
const SIZE = 64 * MiB
const BITMAP = 'qemu:dirty-bitmap:backup-vda'

function noise(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => ((at * 7919 + seed) % 255) + 1)
}

function filled(name: string): MemoryExport {
  const source = memoryExport(name, SIZE, { readOnly: true })._unsafeUnwrap()
  source.fill(MiB, noise(8 * MiB, 1))
  source.fill(40 * MiB, noise(MiB, 2))
  return source
}

/** A pull backup's export: memory with a bitmap that was frozen when it began. */
function pullOf(source: MemoryExport): NbdExport {
  const dirty = [
    { offset: MiB, length: MiB },
    { offset: 40 * MiB, length: 65_536 },
    { offset: 50 * MiB, length: 524_288 },
  ]
  return {
    name: source.name,
    size: source.size,
    contexts: [BITMAP],
    read: (offset, length) => source.read(offset, length),
    extents: (context, offset, length) =>
      context === BITMAP
        ? ok(dirtyDescriptors(dirty, offset, length))
        : source.extents(context, offset, length),
  }
}

/** Serves a pull export, another, and one that can be written. */
async function serving(
  use: (
    uri: (name: string) => string,
    folder: string,
    exports: { vda: MemoryExport; disk: MemoryExport; server: NbdServer },
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const [vda, vdb] = [filled('vda'), filled('exp-vdb')]
    const disk = memoryExport('disk', SIZE)._unsafeUnwrap()
    const socket = join(folder, 'nbd.sock')
    const exports = [pullOf(vda), vdb, disk]
    const server = (await NbdServer.listen({ path: socket }, { exports }))._unsafeUnwrap()
    try {
      await use((name) => uriOf(socket, name), folder, { vda, disk, server })
    } finally {
      await server.close()
    }
  })
}

const contentOf = (source: MemoryExport): Uint8Array => source.read(0, SIZE)._unsafeUnwrap()
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const nbdinfo = need('nbdinfo')
describe.skipIf(nbdinfo.isMissing)(`nbdinfo reads our server${nbdinfo.note}`, () => {
  it('lists what QEMU would have listed, field by field', () =>
    serving(async (uri) => {
      const listed: unknown = JSON.parse(await output('nbdinfo', '--list', '--json', uri('')))
      const common = {
        is_rotational: false,
        can_cache: true,
        can_df: true,
        can_flush: true,
        can_fua: true,
        can_multi_conn: true,
        block_size_minimum: 1,
        block_size_preferred: 4096,
        block_size_maximum: 33_554_432,
        'export-size': 67_108_864,
        'export-size-str': '64M',
      }
      const readOnly = {
        is_read_only: true,
        can_fast_zero: false,
        can_trim: false,
        can_zero: false,
      }
      const writable = { is_read_only: false, can_fast_zero: true, can_trim: true, can_zero: true }
      expect(listed).toStrictEqual({
        protocol: 'newstyle-fixed',
        TLS: false,
        structured: true,
        exports: [
          {
            'export-name': 'vda',
            uri: uri('vda'),
            contexts: ['base:allocation', BITMAP],
            ...readOnly,
            ...common,
          },
          {
            'export-name': 'exp-vdb',
            uri: uri('exp-vdb'),
            contexts: ['base:allocation'],
            ...readOnly,
            ...common,
          },
          {
            'export-name': 'disk',
            uri: uri('disk'),
            contexts: ['base:allocation'],
            ...writable,
            ...common,
          },
        ],
      })
    }))

  it('maps both contexts', () =>
    serving(async (uri) => {
      const map = async (context: string): Promise<number[][]> => {
        const text = await output('nbdinfo', '--json', `--map=${context}`, uri('vda'))
        const list: unknown = JSON.parse(text)
        if (!Array.isArray(list)) throw new Error('no list')
        return list.map(({ offset, length, type }) => [offset, length, type])
      }
      expect(await map('base:allocation')).toStrictEqual([
        [0, MiB, 3],
        [MiB, 8 * MiB, 0],
        [9 * MiB, 31 * MiB, 3],
        [40 * MiB, MiB, 0],
        [41 * MiB, 23 * MiB, 3],
      ])
      expect(await map(BITMAP)).toStrictEqual([
        [0, MiB, 0],
        [MiB, MiB, 1],
        [2 * MiB, 38 * MiB, 0],
        [40 * MiB, 65_536, 1],
        [40 * MiB + 65_536, 10 * MiB - 65_536, 0],
        [50 * MiB, 524_288, 1],
        [50 * MiB + 524_288, 14 * MiB - 524_288, 0],
      ])
      const totals = await output('nbdinfo', '--totals', `--map=${BITMAP}`, uri('vda'))
      expect(totals).toMatch(/1638400\s+2\.4%\s+1 dirty/)
    }))

  it('is told what is not there', () =>
    serving(async (uri) => {
      const unknown = await run('nbdinfo', uri('nosuch'))
      expect(unknown.errors).toContain('No such file or directory for export: nosuch')
      const none = await run('nbdinfo', uri(''))
      expect(none.errors).toContain('No such file or directory for the default export')
      const context = await run('nbdinfo', '--map=qemu:allocation-depth', uri('vda'))
      expect(context.errors).toContain(
        'server does not support metadata context "qemu:allocation-depth"',
      )
    }))
})

const nbdcopy = need('nbdcopy')
describe.skipIf(nbdcopy.isMissing)(`nbdcopy reads and writes our server${nbdcopy.note}`, () => {
  it.each([
    ['by default', []],
    ['over 8 connections with 64 requests each', ['--connections=8', '--requests=64']],
    ['over one connection, one request at a time', ['--connections=1', '--requests=1']],
    ['in requests of 32 MiB', ['--request-size=33554432', '--sparse=0']],
  ])('copies %s', (_, options) =>
    serving(async (uri, folder, { vda }) => {
      const target = join(folder, 'copy.img')
      await output('nbdcopy', ...options, uri('vda'), target)
      expect(same(readFileSync(target), contentOf(vda))).toBe(true)
    }),
  )

  it('copies sparsely, since the map tells what is a hole', () =>
    serving(async (uri, folder) => {
      const target = join(folder, 'copy.img')
      await output('nbdcopy', uri('vda'), target)
      expect(statSync(target).blocks * 512).toBeLessThan(12 * MiB)
    }))

  it('copies several times at once', () =>
    serving(async (uri, folder, { vda }) => {
      const targets = [1, 2, 3].map((number) => join(folder, `copy${number}.img`))
      await Promise.all(targets.map((target) => output('nbdcopy', uri('vda'), target)))
      for (const target of targets) expect(same(readFileSync(target), contentOf(vda))).toBe(true)
    }))

  it('writes data, zeroes and holes', () =>
    serving(async (uri, folder, { disk }) => {
      const old = noise(8 * MiB, 5)
      for (let at = 0; at < SIZE; at += 8 * MiB) disk.fill(at, old)
      const source = join(folder, 'source.img')
      writeFileSync(source, noise(5 * MiB, 3))
      truncateSync(source, SIZE)
      await output('nbdcopy', '--flush', source, uri('disk'))
      expect(same(readFileSync(source), contentOf(disk))).toBe(true)
    }))
})

const qemu = need('qemuImg', 'qemuIo')
describe.skipIf(qemu.isMissing)(`QEMU's tools use our server${qemu.note}`, () => {
  it('convert and compare', () =>
    serving(async (uri, folder, { vda }) => {
      const target = join(folder, 'copy.qcow2')
      await output('qemuImg', 'convert', '-f', 'raw', '-O', 'qcow2', uri('vda'), target)
      const compared = await output(
        'qemuImg',
        'compare',
        '-f',
        'qcow2',
        '-F',
        'raw',
        target,
        uri('vda'),
      )
      expect(compared).toContain('Images are identical.')
      const raw = join(folder, 'copy.raw')
      await output('qemuImg', 'convert', '-f', 'qcow2', '-O', 'raw', target, raw)
      expect(same(readFileSync(raw), contentOf(vda))).toBe(true)
    }))

  it('map what is allocated, and, upside down, what is dirty', () =>
    serving(async (uri, folder) => {
      const map = async (...args: string[]): Promise<unknown[][]> => {
        const list: unknown = JSON.parse(await output('qemuImg', 'map', '--output=json', ...args))
        if (!Array.isArray(list)) throw new Error('no list')
        return list.map(({ start, length, zero, data }) => [start, length, zero, data])
      }
      expect(await map(uri('vda'))).toStrictEqual([
        [0, MiB, true, false],
        [MiB, 8 * MiB, false, true],
        [9 * MiB, 31 * MiB, true, false],
        [40 * MiB, MiB, false, true],
        [41 * MiB, 23 * MiB, true, false],
      ])
      const server = `driver=nbd,server.type=unix,server.path=${join(folder, 'nbd.sock')}`
      const dirty = await map('--image-opts', `${server},export=vda,x-dirty-bitmap=${BITMAP}`)
      // QEMU reads bit 0 as "hole", so what is dirty appears as no data.
      const notData = dirty.filter(([, , , data]) => data === false)
      expect(notData.map(([start, length]) => [start, length])).toStrictEqual([
        [MiB, MiB],
        [40 * MiB, 65_536],
        [50 * MiB, 524_288],
      ])
    }))

  it('read, and cannot open a read-only export to write', () =>
    serving(async (uri) => {
      const read = await output('qemuIo', '-r', '-f', 'raw', '-c', 'read -P 0 0 1M', uri('vda'))
      expect(read).toContain('read 1048576/1048576 bytes at offset 0')
      const write = await run('qemuIo', '-f', 'raw', '-c', 'write 0 1M', uri('vda'))
      expect(write.errors).toContain('Permission denied')
    }))

  it('write, zero, discard and flush', () =>
    serving(async (uri, _, { disk }) => {
      const commands = [
        'write -P 17 0 4M',
        'write -f -P 34 1000 5000',
        'write -z 2M 1M',
        'write -z -u 3M 512k',
        'discard 100k 300k',
        'flush',
        'read -P 34 1000 5000',
      ]
      const args = commands.flatMap((command) => ['-c', command])
      const printed = await output('qemuIo', '-d', 'unmap', '-f', 'raw', ...args, uri('disk'))
      expect(printed).not.toContain('failed')
      const expected = new Uint8Array(SIZE)
      expected
        .fill(17, 0, 4 * MiB)
        .fill(34, 1000, 6000)
        .fill(0, 2 * MiB, 3.5 * MiB)
      expected.fill(0, 102_400, 409_600)
      expect(same(contentOf(disk), expected)).toBe(true)
    }))
})

const nbdsh = need('nbdsh')
describe.skipIf(nbdsh.isMissing)(`libnbd uses our server${nbdsh.note}`, () => {
  const shell = (uri: string, ...lines: string[]): Promise<string> => {
    const setUp = [
      `h.add_meta_context("base:allocation")`,
      `h.add_meta_context("${BITMAP}")`,
      `h.set_strict_mode(0)`,
      `h.connect_uri("${uri}")`,
      `def refused(call, *args):`,
      `    try: call(*args)`,
      `    except nbd.Error as error: print(error.errno, error.string.split(": ", 1)[1])`,
    ]
    return output('nbdsh', '-c', [...setUp, ...lines].join('\n'))
  }

  it('finds the terms of QEMU', () =>
    serving(async (uri) => {
      const printed = await shell(
        uri('vda'),
        'print(h.get_size(), h.is_read_only(), h.get_structured_replies_negotiated())',
        'print([h.get_block_size(which) for which in range(3)])',
        `print(h.can_meta_context("base:allocation"), h.can_meta_context("${BITMAP}"))`,
      )
      expect(printed.trim().split('\n')).toStrictEqual([
        '67108864 True True',
        '[1, 4096, 33554432]',
        'True True',
      ])
    }))

  it('is refused with the errors of QEMU', () =>
    serving(async (uri) => {
      const printed = await shell(
        uri('vda'),
        'refused(h.pwrite, b"abc", 0)',
        'refused(h.trim, 512, 0)',
        'refused(h.zero, 512, 0)',
        'refused(h.pread, 512, 67108864)',
        'refused(h.pread, 34603008, 0)',
        'print(len(h.pread(1, 67108863)))',
      )
      const invalid = (command: string): string =>
        `EINVAL ${command}: command failed: Invalid argument`
      expect(printed.trim().split('\n')).toStrictEqual([
        invalid('write'),
        invalid('trim'),
        invalid('write-zeroes'),
        invalid('read'),
        invalid('read'),
        '1',
      ])
    }))

  it('asks for one extent', () =>
    serving(async (uri) => {
      const printed = await shell(
        uri('vda'),
        'def show(context, offset, extents, error): print(context, offset, extents)',
        'h.block_status(67108864, 0, show, nbd.CMD_FLAG_REQ_ONE)',
      )
      expect(printed.trim().split('\n')).toStrictEqual([
        'base:allocation 0 [1048576, 3]',
        `${BITMAP} 0 [1048576, 0]`,
      ])
    }))

  it('is disconnected when the server closes', () =>
    serving(async (uri, folder, { server }) => {
      const [connected, closed] = [join(folder, 'connected'), join(folder, 'closed')]
      const printing = shell(
        uri('vda'),
        'import os, time',
        'h.pread(512, 0)',
        `open("${connected}", "w").close()`,
        `while not os.path.exists("${closed}"): time.sleep(0.01)`,
        'refused(h.pread, 512, 0)',
      )
      await expect.poll(() => existsSync(connected), { timeout: 10_000 }).toBe(true)
      expect(server.connections).toBe(1)
      await server.close()
      writeFileSync(closed, '')
      expect((await printing).trim()).toMatch(/^ENOTCONN /)
    }))
})
