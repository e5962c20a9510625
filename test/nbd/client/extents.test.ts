import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  NbdClient,
  NbdServer,
  readerOf,
  type NbdExport,
  type NbdExportReader,
  type NbdExtent,
} from '../../../src/nbd/index.ts'
import { BITMAP, pullExport, type PullDisk } from '../exports.ts'
import { connectTo } from '../scripted-server.ts'
import { dialTo } from '../transport-pair.ts'

const run = fc.record({ length: fc.integer({ min: 1, max: 5000 }), flags: fc.constantFrom(0, 3) })
const gap = fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 3000 }))

const pullDisk: fc.Arbitrary<PullDisk> = fc
  .tuple(fc.array(run, { minLength: 1, maxLength: 20 }), fc.array(gap, { maxLength: 20 }))
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

/** An export that never says more than a few descriptors at once. */
function terse(source: NbdExport, most: number): NbdExport {
  return {
    ...source,
    extents: (context, offset, length) => {
      const answer = source.extents?.(context, offset, length)
      if (answer === undefined || 'then' in answer) throw new Error('not asked like this')
      return answer.map((list) => [...list].slice(0, most))
    },
  }
}

async function clientOf(source: NbdExport, contexts: readonly string[]): Promise<NbdExportReader> {
  const server = NbdServer.create({ exports: [source] })._unsafeUnwrap()
  const dial = dialTo((end) => server.accept(end))
  return (await NbdClient.connect('nbd://test/vda', { dial, contexts }))._unsafeUnwrap()
}

async function collect(extents: AsyncIterable<NbdExtent>): Promise<NbdExtent[]> {
  const list: NbdExtent[] = []
  for await (const extent of extents) list.push(extent)
  return list
}

/** What the extents of a range must be, found byte by byte. */
function model(disk: PullDisk, offset: number, length: number): NbdExtent[] {
  const allocation = disk.allocation.flatMap((part) => Array<number>(part.length).fill(part.flags))
  const list: { offset: number; length: number; flags: Record<string, number> }[] = []
  for (let at = offset; at < offset + length; at++) {
    const dirty = disk.dirty.some((part) => at >= part.offset && at < part.offset + part.length)
    const flags = { 'base:allocation': allocation[at] ?? 0, [BITMAP]: dirty ? 1 : 0 }
    const last = list.at(-1)
    if (last !== undefined && JSON.stringify(last.flags) === JSON.stringify(flags)) last.length++
    else list.push({ offset: at, length: 1, flags })
  }
  return list
}

describe('extents', () => {
  const both = ['base:allocation', BITMAP]

  it('tell of several contexts in one pass what each byte is, over a connection and in process', async () => {
    await fc.assert(
      fc.asyncProperty(
        pullDisk,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 5 }),
        async (disk, a, b, most) => {
          const offset = a % disk.size
          const length = b % (disk.size - offset + 1)
          const source = terse(pullExport('vda', disk), most)
          const expected = model(disk, offset, length)
          const client = await clientOf(source, both)
          expect(await collect(client.extents({ offset, length }))).toStrictEqual(expected)
          const reader = readerOf(source, both)._unsafeUnwrap()
          expect(await collect(reader.extents({ offset, length }))).toStrictEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('tell only of the contexts that are wanted', async () => {
    const disk = {
      size: 4,
      allocation: [{ length: 4, flags: 0 }],
      dirty: [{ offset: 1, length: 1 }],
    }
    const client = await clientOf(pullExport('vda', disk), both)
    expect(await collect(client.extents({ contexts: [BITMAP] }))).toStrictEqual([
      { offset: 0, length: 1, flags: { [BITMAP]: 0 } },
      { offset: 1, length: 1, flags: { [BITMAP]: 1 } },
      { offset: 2, length: 2, flags: { [BITMAP]: 0 } },
    ])
  })

  it('are one for an empty disk of 16 TiB', async () => {
    const size = 16 * 2 ** 40
    const empty: NbdExport = {
      ...pullExport('vda', { size, allocation: [{ length: size, flags: 3 }], dirty: [] }),
    }
    const client = await clientOf(empty, both)
    expect(await collect(client.extents())).toStrictEqual([
      { offset: 0, length: size, flags: { 'base:allocation': 3, [BITMAP]: 0 } },
    ])
  })

  it('can be left at any time', async () => {
    const disk = {
      size: 9,
      allocation: [
        { length: 4, flags: 0 },
        { length: 5, flags: 3 },
      ],
      dirty: [],
    }
    const client = await clientOf(pullExport('vda', disk), both)
    for await (const extent of client.extents()) {
      expect(extent.offset).toBe(0)
      break
    }
    expect((await client.read(0, 9)).isOk()).toBe(true)
  })

  it('come in order when several are asked for at once', async () => {
    const disk = {
      size: 9,
      allocation: [
        { length: 4, flags: 0 },
        { length: 5, flags: 3 },
      ],
      dirty: [],
    }
    const extents = (await clientOf(pullExport('vda', disk), both)).extents()
    const steps = await Promise.all([
      extents.next(),
      extents.next(),
      extents.next(),
      extents.next(),
    ])
    expect(steps.map(({ value }) => value?.offset)).toStrictEqual([0, 4, undefined, undefined])
  })

  it('fail when a context was not agreed on, and beyond the end', async () => {
    const disk = { size: 4, allocation: [{ length: 4, flags: 0 }], dirty: [] }
    const client = await clientOf(pullExport('vda', disk), ['base:allocation'])
    await expect(collect(client.extents({ contexts: [BITMAP] }))).rejects.toMatchObject({
      kind: 'unsupported',
    })
    await expect(collect(client.extents({ offset: 3, length: 2 }))).rejects.toMatchObject({
      kind: 'invalid',
    })
    const reader = readerOf(pullExport('vda', disk))._unsafeUnwrap()
    await expect(collect(reader.extents({ contexts: [BITMAP] }))).rejects.toMatchObject({
      kind: 'unsupported',
    })
    await expect(collect(reader.extents({ offset: 5 }))).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('fail when the export has nothing to say, in place of going on for ever', async () => {
    const disk = { size: 4, allocation: [], dirty: [] }
    const source = terse(pullExport('vda', disk), 0)
    await expect(collect((await clientOf(source, both)).extents())).rejects.toMatchObject({
      kind: 'refused',
    })
    await expect(collect(readerOf(source)._unsafeUnwrap().extents())).rejects.toMatchObject({
      kind: 'unexpected',
    })
  })

  it('may reach beyond what was asked for, as the protocol allows', async () => {
    const { client } = await connectTo({
      size: 8192n,
      request: (request, _, server) => {
        const chunk = new Uint8Array(32)
        const view = new DataView(chunk.buffer)
        view.setUint32(0, 0x668e_33ef)
        view.setUint32(4, 0x1_0005)
        view.setBigUint64(8, request.cookie)
        view.setUint32(16, 12)
        view.setUint32(20, 7)
        view.setUint32(24, 1_000_000)
        server.send(chunk)
      },
    })
    expect(await collect(client._unsafeUnwrap().extents({ offset: 10, length: 20 }))).toStrictEqual(
      [{ offset: 10, length: 20, flags: { 'base:allocation': 0 } }],
    )
  })
})
