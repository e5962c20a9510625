import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockResult } from '../../src/block/index.ts'
import { pattern } from './bytes.ts'
import { cluster, Machine } from './machine.ts'

const KiB = 1024
const MiB = 1024 * KiB
const TiB = 1024 * 1024 * MiB

function textOf(result: BlockResult<unknown>): string {
  return result.isErr() ? result.error.message : 'accepted'
}

const at = (name: string, node = 'd0'): { node: string; name: string } => ({ node, name })

describe('block-dirty-bitmap-add', () => {
  it.each([
    [512, 4096],
    [1024, 4096],
    [4096, 4096],
    [16384, 16384],
    [65536, 65536],
    [262144, 65536],
    [2 * MiB, 65536],
    [undefined, 65536],
  ])('takes the granularity from clusters of %s: %i', (clusterSize, granularity) => {
    const { store, graph } = new Machine()
    store.create(
      '/a',
      clusterSize === undefined
        ? { virtualSize: MiB }
        : { format: 'qcow2', virtualSize: MiB, clusterSize },
    )
    graph.addNode({ name: 'a', path: '/a' })._unsafeUnwrap()
    graph.addBitmap(at('b', 'a'))._unsafeUnwrap()
    expect(graph.queryBitmaps('a')).toStrictEqual([
      { name: 'b', count: 0, granularity, recording: true, busy: false, persistent: false },
    ])
  })

  it.each([
    [{ name: '' }, 'Bitmap name cannot be empty'],
    [{ granularity: 511 }, 'Granularity must be power of 2 and at least 512'],
    [{ granularity: 0 }, 'Granularity must be power of 2 and at least 512'],
    [{ granularity: 64000 }, 'Granularity must be power of 2 and at least 512'],
    [{ granularity: -1 }, "Parameter 'granularity' expects uint32_t"],
    [{ granularity: 2 ** 32 }, "Parameter 'granularity' expects uint32_t"],
    [{ granularity: 1.5 }, "Parameter 'granularity' expects uint32_t"],
    [{ node: 'zz', granularity: -1 }, "Parameter 'granularity' expects uint32_t"],
    [{ node: 'zz' }, "Cannot find device='zz' nor node-name='zz'"],
    [{ node: 'cd' }, "Device 'cd' has no medium"],
    [{ name: 'y'.repeat(1024) }, `Bitmap name too long: ${'y'.repeat(1024)}`],
    [{ name: 'ä'.repeat(512) }, `Bitmap name too long: ${'ä'.repeat(512)}`],
    [
      { name: 'y'.repeat(1024), persistent: true },
      `Can't make bitmap '${'y'.repeat(1024)}' persistent in 'drv0': Name length exceeds maximum (1023 characters)`,
    ],
    [{ name: 'taken' }, 'Bitmap already exists: taken'],
    [{ name: 'taken', persistent: true }, 'Bitmap already exists: taken'],
    [
      { node: 'raw', persistent: true },
      "Can't store persistent bitmaps to raw: Operation not supported",
    ],
    [{ name: 'y'.repeat(1023), persistent: true, granularity: 2 ** 31 }, 'accepted'],
  ])('answers %j as QEMU', (options, text) => {
    const machine = Machine.withDisk(4)
    machine.store.create('/raw', { virtualSize: MiB })
    machine.graph.addNode({ name: 'raw', path: '/raw' })._unsafeUnwrap()
    machine.graph.addDevice('cd')._unsafeUnwrap()
    machine.graph.addBitmap(at('taken'))._unsafeUnwrap()
    expect(textOf(machine.graph.addBitmap({ ...at('new'), ...options }))).toBe(text)
  })

  it('stores no more than the format can hold', () => {
    const { store, graph } = new Machine()
    store.create('/a', { format: 'qcow2', virtualSize: 64 * TiB })._unsafeUnwrap()
    graph.addNode({ name: 'a', path: '/a' })._unsafeUnwrap()
    const add = (granularity: number): string =>
      textOf(graph.addBitmap({ ...at(`g${granularity}`, 'a'), granularity, persistent: true }))
    expect(add(8192)).toBe(
      "Can't make bitmap 'g8192' persistent in 'a': Too much space will be occupied by the bitmap. Use larger granularity",
    )
    expect(add(16384)).toBe('accepted')
  })
})

describe('the other bitmap commands', () => {
  it('name what is missing', () => {
    const { graph } = Machine.withDisk(4)
    graph.addBitmap(at('b'))._unsafeUnwrap()
    for (const command of [
      'removeBitmap',
      'clearBitmap',
      'enableBitmap',
      'disableBitmap',
    ] as const) {
      expect(textOf(graph[command](at('x', 'zz')))).toBe("Node 'zz' not found")
      expect(textOf(graph[command](at('x')))).toBe("Dirty bitmap 'x' not found")
    }
    const merge = (node: string, target: string, source: string): string =>
      textOf(graph.mergeBitmaps({ node, target, bitmaps: [source] }))
    expect([merge('zz', 'b', 'b'), merge('d0', 'x', 'b'), merge('d0', 'b', 'x')]).toStrictEqual([
      "Node 'zz' not found",
      "Dirty bitmap 'x' not found",
      "Dirty bitmap 'x' not found",
    ])
    expect(textOf(graph.mergeBitmaps({ node: 'd0', target: 'b', bitmaps: [at('q', 'zz')] }))).toBe(
      "Node 'zz' not found",
    )
  })

  it('stop and start the recording', () => {
    const machine = Machine.withDisk(8)
    machine.graph.addBitmap({ ...at('b'), disabled: true })._unsafeUnwrap()
    machine.fill(1, [0])
    expect(machine.graph.queryBitmaps('d0')).toMatchObject([{ count: 0, recording: false }])
    machine.graph.enableBitmap(at('b'))._unsafeUnwrap()
    machine.graph.enableBitmap(at('b'))._unsafeUnwrap()
    machine.fill(1, [1])
    machine.graph.disableBitmap(at('b'))._unsafeUnwrap()
    machine.fill(1, [2])
    machine.graph.enableBitmap(at('b'))._unsafeUnwrap()
    machine.fill(1, [3])
    expect(machine.dirty('b')).toStrictEqual([1, 3])
    machine.graph.clearBitmap(at('b'))._unsafeUnwrap()
    expect(machine.graph.queryBitmaps('d0')).toMatchObject([{ count: 0, recording: true }])
  })

  it('merge granularities with QEMU’s figures', () => {
    const machine = Machine.withDisk(64)
    const { graph } = machine
    const granularities = [512, 4096, 65536, MiB]
    for (const granularity of granularities)
      graph.addBitmap({ ...at(`g${granularity}`), granularity })._unsafeUnwrap()
    const disk = graph.device('drv0')
    disk?.write(100 * KiB, pattern(KiB, 1))._unsafeUnwrap()
    disk?.write(3 * MiB, pattern(64 * KiB, 1))._unsafeUnwrap()
    expect(graph.queryBitmaps('d0')?.map(({ count }) => count)).toStrictEqual([
      2097152, 131072, 69632, 66560,
    ])
    const merged = (granularity: number, ...sources: number[]): number | undefined => {
      graph.addBitmap({ ...at('to'), granularity, disabled: true })._unsafeUnwrap()
      graph
        .mergeBitmaps({ node: 'd0', target: 'to', bitmaps: sources.map((each) => `g${each}`) })
        ._unsafeUnwrap()
      const count = graph.queryBitmaps('d0')?.[0]?.count
      graph.removeBitmap(at('to'))._unsafeUnwrap()
      return count
    }
    expect([merged(512, 65536), merged(MiB, 512), merged(65536, 512, MiB)]).toStrictEqual([
      131072, 2097152, 2097152,
    ])
  })

  it('merge across nodes of the same size only, and change nothing when one source is bad', () => {
    const machine = Machine.withDisk(8)
    const { graph } = machine
    machine.addTarget('other', 8 * cluster)
    machine.addTarget('larger', 9 * cluster)
    for (const node of ['d0', 'other', 'larger']) graph.addBitmap(at('b', node))._unsafeUnwrap()
    machine.fill(1, [2])
    const merge = (...nodes: string[]): string =>
      textOf(
        graph.mergeBitmaps({
          node: 'other',
          target: 'b',
          bitmaps: nodes.map((node) => at('b', node)),
        }),
      )
    expect(merge('d0', 'larger')).toBe(
      "Bitmaps are of different sizes (destination size is 524288, source size is 589824) and can't be merged",
    )
    expect(machine.dirty('b', 'other')).toStrictEqual([])
    expect(merge('d0', 'other')).toBe('accepted')
    expect(machine.dirty('b', 'other')).toStrictEqual([2])
    expect(machine.dirty('b')).toStrictEqual([2])
  })

  it('never change another bitmap', () => {
    const command = fc.constantFrom('removeBitmap', 'clearBitmap', 'enableBitmap', 'disableBitmap')
    fc.assert(
      fc.property(fc.array(command, { maxLength: 8 }), (commands) => {
        const machine = Machine.withDisk(8)
        for (const name of ['x', 'y']) machine.graph.addBitmap(at(name))._unsafeUnwrap()
        machine.fill(1, [1, 5])
        const [before] = machine.graph.queryBitmaps('d0') ?? []
        for (const each of commands) machine.graph[each](at('x'))
        expect(machine.graph.queryBitmaps('d0')).toContainEqual(before)
        expect(machine.dirty('y')).toStrictEqual([1, 5])
      }),
    )
  })
})

describe('what dirties a bitmap', () => {
  it.each([
    ['a write', (m: Machine) => m.graph.device('drv0')?.write(100, pattern(10, 1)), [0]],
    [
      'a write of the same bytes',
      (m: Machine) => m.graph.device('drv0')?.write(0, m.graph.read('d0', 0, 10)._unsafeUnwrap()),
      [0],
    ],
    [
      'zeroes across a border',
      (m: Machine) => m.graph.device('drv0')?.writeZeroes(cluster - 1, 2),
      [0, 1],
    ],
    [
      'a discard of parts',
      (m: Machine) => m.graph.device('drv0')?.discard(cluster - 1, cluster + 2),
      [0, 1, 2],
    ],
    ['a write of nothing', (m: Machine) => m.graph.device('drv0')?.write(5, new Uint8Array()), []],
    ['a read', (m: Machine) => m.graph.device('drv0')?.read(0, cluster), []],
    ['a flush', (m: Machine) => m.graph.device('drv0')?.flush(), []],
    [
      'a write past the end',
      (m: Machine) => m.graph.device('drv0')?.write(8 * cluster - 1, pattern(2, 1)),
      [],
    ],
  ])('%s', (_, act, dirty) => {
    const machine = Machine.withDisk(8)
    machine.graph.addBitmap(at('b'))._unsafeUnwrap()
    act(machine)
    expect(machine.dirty('b')).toStrictEqual(dirty)
  })

  it('is not a discard that the node ignores, nor a write to a read-only node', () => {
    const { store, graph } = new Machine()
    store.create('/a', { format: 'qcow2', virtualSize: MiB })
    graph.addNode({ name: 'a', path: '/a' })._unsafeUnwrap()
    const device = graph.addDevice('disk', 'a')._unsafeUnwrap()
    graph.addBitmap(at('b', 'a'))._unsafeUnwrap()
    device.write(0, pattern(10, 1))
    graph.clearBitmap(at('b', 'a'))
    expect(device.discard(0, MiB).isOk()).toBe(true)
    expect(device.read(0, 10)._unsafeUnwrap()).toStrictEqual(pattern(10, 1))
    expect(graph.queryBitmaps('a')).toMatchObject([{ count: 0 }])
    graph.close()
    graph.addNode({ name: 'a', path: '/a', readOnly: true })._unsafeUnwrap()
    const readOnly = graph.addDevice('disk', 'a')._unsafeUnwrap()
    expect(textOf(readOnly.write(0, pattern(1, 1)))).toBe('Operation not permitted')
  })

  it('is the target of a backup for what is written there', () => {
    const machine = Machine.withDisk(8)
    machine.fill(1, [1, 2])
    machine.graph.addBitmap(at('b', 't0'))._unsafeUnwrap()
    machine.graph.blockdevBackup({ device: 'drv0', target: 't0', sync: 'top' })._unsafeUnwrap()
    machine.run()
    expect(machine.dirty('b', 't0')).toStrictEqual([1, 2])
  })

  it('follows a resize: grown clean, cut for good', () => {
    const machine = Machine.withDisk(8)
    machine.graph.addBitmap(at('b'))._unsafeUnwrap()
    machine.fill(1, [0, 6, 7])
    machine.graph.resize('drv0', 6 * cluster + 512)._unsafeUnwrap()
    expect(machine.dirty('b')).toStrictEqual([0, 6])
    machine.graph.resize('drv0', 10 * cluster)._unsafeUnwrap()
    expect(machine.dirty('b')).toStrictEqual([0, 6])
    machine.fill(1, [9])
    expect(machine.dirty('b')).toStrictEqual([0, 6, 9])
  })
})
