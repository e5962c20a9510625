import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  estimateBackup,
  NbdClient,
  NbdError,
  readBackup,
  writeRawFile,
  type BackupPiece,
} from '../../../src/nbd/index.ts'
import { need, output, uriOf, withFolder, withServer } from './programs.ts'

const KiB = 1024
const MiB = 1024 * KiB
const BITMAP = 'qemu:dirty-bitmap:b0'

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

async function* given(...pieces: BackupPiece[]): AsyncGenerator<BackupPiece> {
  yield* pieces
}

const qemu = need('storageDaemon', 'qemuImg', 'qemuIo')
describe.skipIf(qemu.isMissing)(`reading a backup that QEMU exports${qemu.note}`, () => {
  it('gives a full copy, and then what changed, zeroes included', () =>
    withFolder(async (folder) => {
      const file = (name: string): string => join(folder, name)
      const image = file('disk.qcow2')
      const io = (...commands: string[]): Promise<string> =>
        output('qemuIo', '-f', 'qcow2', ...commands.flatMap((command) => ['-c', command]), image)
      const exporting = async (
        bitmap: boolean,
        use: (client: NbdClient) => Promise<void>,
      ): Promise<void> => {
        const socket = file('nbd.sock')
        const args = [
          `--blockdev=driver=file,node-name=f,filename=${image}`,
          '--blockdev=driver=qcow2,node-name=q,file=f',
          `--nbd-server=addr.type=unix,addr.path=${socket},max-connections=10`,
          `--export=type=nbd,id=e,node-name=q,name=vda${bitmap ? ',bitmaps.0=b0' : ''}`,
        ]
        await withServer('storageDaemon', args, socket, async () => {
          const contexts = bitmap ? ['base:allocation', BITMAP] : ['base:allocation']
          const options = { contexts, connections: 2 }
          const client = (await NbdClient.connect(uriOf(socket, 'vda'), options))._unsafeUnwrap()
          await use(client)
          await client.close()
        })
      }
      const restored = file('restored.raw')
      const expected = async (): Promise<Uint8Array> => {
        await output('qemuImg', 'convert', '-f', 'qcow2', '-O', 'raw', image, file('expected.raw'))
        return readFileSync(file('expected.raw'))
      }

      await output('qemuImg', 'create', '-q', '-f', 'qcow2', image, '64M')
      await io('write -P 17 1M 8M', 'write -P 34 41943040 1M', 'write -P 51 67100000 8864')
      await exporting(false, async (client) => {
        const { dataBytes, zeroBytes } = (await estimateBackup(client))._unsafeUnwrap()
        expect(dataBytes + zeroBytes).toBe(64 * MiB)
        const pieces = readBackup(client, { reuseBuffers: true })
        const written = await writeRawFile(restored, pieces, { size: client.size, mode: 'create' })
        expect(written._unsafeUnwrap().dataBytes).toBeLessThanOrEqual(dataBytes)
      })
      expect(same(readFileSync(restored), await expected())).toBe(true)
      expect(statSync(restored).blocks * 512).toBeLessThan(12 * MiB)

      await output('qemuImg', 'bitmap', '--add', '-g', '65536', image, 'b0')
      await io(
        'write -P 68 2M 128k',
        'write -z 3M 64k',
        'write -z -u 41943040 256k',
        'discard 5M 1M',
      )
      await output('qemuImg', 'bitmap', '--disable', image, 'b0')
      await exporting(true, async (client) => {
        const estimate = (await estimateBackup(client, { bitmap: BITMAP }))._unsafeUnwrap()
        expect(estimate.dataBytes).toBe(128 * KiB)
        expect(estimate.zeroBytes).toBeGreaterThanOrEqual(320 * KiB)
        const pieces = readBackup(client, { bitmap: BITMAP, reuseBuffers: true })
        const written = await writeRawFile(restored, pieces, { size: client.size, mode: 'update' })
        expect(written.isOk()).toBe(true)
      })
      expect(same(readFileSync(restored), await expected())).toBe(true)
    }))
})

describe('writeRawFile', () => {
  const piece = fc.record({
    gap: fc.nat(9000),
    length: fc.integer({ min: 1, max: 20_000 }),
    fill: fc.constantFrom('zero' as const, 'zeroes' as const, 'data' as const, 'mixed' as const),
  })

  function pieceOf(offset: number, length: number, fill: string): BackupPiece {
    if (fill === 'zero') return { offset, length, zero: true }
    const data = new Uint8Array(length)
    if (fill === 'data') data.fill(7)
    if (fill === 'mixed') for (let at = 0; at < length; at++) data[at] = at % 9000 < 4200 ? 0 : 5
    return { offset, length, data }
  }

  it('makes a file, or changes one, so that it has what the pieces say', () =>
    withFolder(async (folder) => {
      await fc.assert(
        fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.boolean(), async (list, update) => {
          const path = join(folder, 'disk.raw')
          const size = 200_000
          const before = new Uint8Array(size)
          if (update) for (let at = 0; at < size; at++) before[at] = at % 30_000 < 12_000 ? 0 : 9
          if (update) writeFileSync(path, before)
          const expected = before.slice()
          const pieces: BackupPiece[] = []
          let at = 0
          for (const { gap, length, fill } of list) {
            const made = pieceOf(at + gap, length, fill)
            at += gap + length
            pieces.push(made)
            if ('data' in made) expected.set(made.data, made.offset)
            else expected.fill(0, made.offset, made.offset + made.length)
          }
          const options = { size, mode: update ? 'update' : 'create', sync: false } as const
          const written = (await writeRawFile(path, given(...pieces), options))._unsafeUnwrap()
          expect(same(readFileSync(path), expected)).toBe(true)
          const total = pieces.reduce((sum, { length }) => sum + length, 0)
          expect(written.dataBytes + written.sparseBytes).toBe(total)
        }),
        { numRuns: 100 },
      )
    }))

  it('leaves zeroes out, in data and where a file has a hole', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'disk.raw')
      const size = 64 * MiB
      const zero: BackupPiece = { offset: 0, length: size, zero: true }
      const data: BackupPiece = { offset: 0, length: MiB, data: new Uint8Array(MiB) }
      for (const mode of ['create', 'update'] as const) {
        const written = (
          await writeRawFile(path, given(zero, data), { size, mode })
        )._unsafeUnwrap()
        expect(written).toStrictEqual({ dataBytes: 0, sparseBytes: size + MiB })
        expect(statSync(path)).toMatchObject({ size, blocks: 0 })
      }
    }))

  it('gives the error of its source, and keeps what was written', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'disk.raw')
      async function* breaking(): AsyncGenerator<BackupPiece> {
        yield { offset: 0, length: 1, data: Uint8Array.of(7) }
        throw new NbdError('interrupted', 'gone')
      }
      const written = await writeRawFile(path, breaking(), { size: 10, mode: 'create' })
      expect(written._unsafeUnwrapErr().message).toBe('gone')
      expect([...readFileSync(path)]).toStrictEqual([7, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }))

  it('does not make the file that it is to change, nor write beyond its end', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'disk.raw')
      const missing = await writeRawFile(path, given(), { size: 10, mode: 'update' })
      expect(missing._unsafeUnwrapErr()).toMatchObject({
        kind: 'file',
        message: `Cannot write ${path}`,
      })
      expect(existsSync(path)).toBe(false)
      const tooLong: BackupPiece = { offset: 5, length: 6, zero: true }
      const beyond = await writeRawFile(path, given(tooLong), { size: 10, mode: 'create' })
      expect(beyond._unsafeUnwrapErr().kind).toBe('invalid')
    }))
})
