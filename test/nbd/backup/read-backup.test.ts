import { okAsync, ResultAsync } from 'neverthrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  estimateBackup,
  NbdClient,
  NbdServer,
  readBackup,
  readerOf,
  type BackupPiece,
  type BackupProgress,
  type NbdExportReader,
  type ReadBackupOptions,
} from '../../../src/nbd/index.ts'
import { BITMAP, contentOf, pullExport, type PullDisk } from '../exports.ts'
import { dialTo } from '../transport-pair.ts'

const contexts = ['base:allocation', BITMAP]

const run = fc.record({ length: fc.integer({ min: 1, max: 3000 }), flags: fc.constantFrom(0, 3) })
const gap = fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 3000 }))
const pullDisk: fc.Arbitrary<PullDisk> = fc
  .tuple(fc.array(run, { minLength: 1, maxLength: 12 }), fc.array(gap, { maxLength: 12 }))
  .map(([allocation, gaps]) => {
    const size = allocation.reduce((sum, { length }) => sum + length, 0)
    let at = 0
    const dirty = gaps.flatMap(([before, length]) => {
      const extent = { offset: at + before, length: Math.min(length, size - at - before) }
      at += before + length
      return extent.length > 0 ? [extent] : []
    })
    return { size, allocation, dirty }
  })

async function clientOf(disk: PullDisk): Promise<NbdExportReader> {
  const server = NbdServer.create({ exports: [pullExport('vda', disk, true)] })._unsafeUnwrap()
  const dial = dialTo((end) => server.accept(end))
  return (await NbdClient.connect('nbd://test/vda', { dial, contexts }))._unsafeUnwrap()
}

function inProcess(disk: PullDisk): NbdExportReader {
  return readerOf(pullExport('vda', disk), contexts)._unsafeUnwrap()
}

/** Collects pieces; their data is copied, since it may be used again. */
async function collect(pieces: AsyncIterable<BackupPiece>): Promise<BackupPiece[]> {
  const list: BackupPiece[] = []
  for await (const piece of pieces) {
    list.push('data' in piece ? { ...piece, data: piece.data.slice() } : piece)
  }
  return list
}

function apply(target: Uint8Array, pieces: readonly BackupPiece[]): Uint8Array {
  for (const piece of pieces) {
    if ('data' in piece) target.set(piece.data, piece.offset)
    else target.fill(0, piece.offset, piece.offset + piece.length)
  }
  return target
}

const options: fc.Arbitrary<ReadBackupOptions> = fc.record({
  pieceSize: fc.integer({ min: 1, max: 4000 }),
  parallel: fc.integer({ min: 1, max: 9 }),
  reuseBuffers: fc.boolean(),
})

describe('readBackup', () => {
  it('gives the whole disk in order, over a connection and in process', async () => {
    await fc.assert(
      fc.asyncProperty(pullDisk, options, fc.boolean(), async (disk, how, connected) => {
        const reader = connected ? await clientOf(disk) : inProcess(disk)
        const pieces = await collect(readBackup(reader, how))
        const garbage = new Uint8Array(disk.size).fill(255)
        expect(apply(garbage, pieces)).toStrictEqual(contentOf(disk, 0, disk.size))
        let at = 0
        for (const piece of pieces) {
          expect(piece.offset).toBe(at)
          at += piece.length
          if ('data' in piece) expect(piece.data.length).toBe(piece.length)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('gives what is dirty and nothing else, with its zeroes', async () => {
    await fc.assert(
      fc.asyncProperty(pullDisk, options, fc.boolean(), async (disk, how, connected) => {
        const reader = connected ? await clientOf(disk) : inProcess(disk)
        const pieces = await collect(readBackup(reader, { ...how, bitmap: BITMAP }))
        const before = new Uint8Array(disk.size).fill(255)
        const expected = before.slice()
        for (const { offset, length } of disk.dirty) {
          expected.set(contentOf(disk, offset, length), offset)
        }
        expect(apply(before, pieces)).toStrictEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  it('keeps to a range', async () => {
    await fc.assert(
      fc.asyncProperty(pullDisk, fc.nat(), fc.nat(), async (disk, a, b) => {
        const offset = a % disk.size
        const length = b % (disk.size - offset + 1)
        const pieces = await collect(readBackup(inProcess(disk), { offset, length }))
        expect(pieces.reduce((sum, piece) => sum + piece.length, 0)).toBe(length)
        const part = apply(new Uint8Array(disk.size), pieces).slice(offset, offset + length)
        expect(part).toStrictEqual(contentOf(disk, offset, length))
      }),
      { numRuns: 60 },
    )
  })

  const disk: PullDisk = {
    size: 10_000,
    allocation: [
      { length: 4000, flags: 0 },
      { length: 4000, flags: 3 },
      { length: 2000, flags: 0 },
    ],
    dirty: [{ offset: 3000, length: 2000 }],
  }

  it('tells how far it is', async () => {
    const seen: BackupProgress[] = []
    const onProgress = (progress: BackupProgress): void => void seen.push(progress)
    await collect(readBackup(inProcess(disk), { bitmap: BITMAP, onProgress }))
    expect(seen).toStrictEqual([
      { position: 4000, end: 10_000, dataBytes: 1000, zeroBytes: 0 },
      { position: 5000, end: 10_000, dataBytes: 1000, zeroBytes: 1000 },
      { position: 10_000, end: 10_000, dataBytes: 1000, zeroBytes: 1000 },
    ])
  })

  it('reads several pieces at the same time, up to its limit', async () => {
    let now = 0
    let most = 0
    const reader: NbdExportReader = {
      size: 100,
      contexts: [],
      extents: () => {
        throw new Error('not asked')
      },
      read: () => okAsync(new Uint8Array(0)),
      readInto: () => {
        now++
        most = Math.max(most, now)
        return ResultAsync.fromSafePromise(
          new Promise<void>((resolve) => {
            setImmediate(() => {
              now--
              resolve()
            })
          }),
        )
      },
    }
    const pieces = await collect(readBackup(reader, { pieceSize: 10, parallel: 4 }))
    expect(pieces.length).toBe(10)
    expect(most).toBe(4)
  })

  it('fails when the bitmap was not agreed on, in place of reading something else', async () => {
    const reader = readerOf(pullExport('vda', disk))._unsafeUnwrap()
    await expect(collect(readBackup(reader, { bitmap: BITMAP }))).rejects.toMatchObject({
      kind: 'unsupported',
    })
  })

  it('ends when its signal fires, and when its consumer leaves', async () => {
    const controller = new AbortController()
    const reading = readBackup(inProcess(disk), { pieceSize: 100, signal: controller.signal })
    await reading.next()
    controller.abort()
    await expect(collect(reading)).rejects.toMatchObject({ kind: 'aborted' })

    const client = await clientOf(disk)
    for await (const piece of readBackup(client, { pieceSize: 100 })) {
      expect(piece.offset).toBe(0)
      break
    }
    expect((await client.read(0, 1)).isOk()).toBe(true)
  })

  it('fails as the request failed that it needed', async () => {
    const source = pullExport('vda', disk)
    const reader = readerOf({ ...source, read: () => source.read(-1, 1) })._unsafeUnwrap()
    await expect(collect(readBackup(reader))).rejects.toMatchObject({ kind: 'refused' })
  })
})

describe('estimateBackup', () => {
  it('adds up what would be given', async () => {
    await fc.assert(
      fc.asyncProperty(pullDisk, fc.boolean(), async (disk, incremental) => {
        const how = incremental ? { bitmap: BITMAP } : {}
        const pieces = await collect(readBackup(inProcess(disk), how))
        const sum = (zero: boolean): number =>
          pieces
            .filter((piece) => 'zero' in piece === zero)
            .reduce((all, { length }) => all + length, 0)
        expect((await estimateBackup(inProcess(disk), how))._unsafeUnwrap()).toStrictEqual({
          dataBytes: sum(false),
          zeroBytes: sum(true),
          cleanBytes: disk.size - sum(false) - sum(true),
        })
      }),
      { numRuns: 40 },
    )
  })

  it('gives the error of the reader', async () => {
    const disk = { size: 1, allocation: [{ length: 1, flags: 0 }], dirty: [] }
    const estimate = await estimateBackup(inProcess(disk), { bitmap: 'x:y' })
    expect(estimate._unsafeUnwrapErr().kind).toBe('unsupported')
  })
})
