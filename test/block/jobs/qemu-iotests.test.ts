import { describe, expect, it } from 'vitest'
import type { BackupSync, BitmapMode, ImageStore } from '../../../src/block/index.ts'
import { Errno } from '../../../src/errors/index.ts'
import { pattern, sameBytes } from '../bytes.ts'
import { cluster, Machine } from '../machine.ts'

const KiB = 1024
const MiB = 1024 * KiB

function contentOf(store: ImageStore, path: string): Uint8Array {
  const image = store.get(path)
  return image?.read(0, image.virtualSize)._unsafeUnwrap() ?? new Uint8Array()
}

/** Backs the disk up in full, without a bitmap, and gives the path. */
function reference(machine: Machine, path: string): void {
  machine.graph
    .driveBackup({ jobId: 'reference', device: 'drv0', target: path, sync: 'full' })
    ._unsafeUnwrap()
  machine.run()
}

describe('iotest 257, sync modes of bitmaps', () => {
  const groups = [
    [0, 16, 512, 1023],
    [0, 15, 16, 512, 513, 1022],
    [1, 14, 15, 513, 514, 1022, 1023],
    [1, 2, 3, 13, 14, 514, 515, 1020],
  ] as const

  type Failure = 'simulated' | 'intermediate' | 'none'
  const rows: readonly (readonly [BackupSync, BitmapMode, Failure, number, number, number])[] = [
    ['bitmap', 'never', 'simulated', 10, 15, 15],
    ['bitmap', 'never', 'intermediate', 6, 14, 14],
    ['bitmap', 'never', 'none', 10, 15, 15],
    ['bitmap', 'on-success', 'simulated', 10, 15, 0],
    ['bitmap', 'on-success', 'intermediate', 6, 14, 0],
    ['bitmap', 'on-success', 'none', 7, 12, 0],
    ['bitmap', 'always', 'simulated', 7, 12, 0],
    ['bitmap', 'always', 'intermediate', 5, 13, 0],
    ['bitmap', 'always', 'none', 7, 12, 0],
    ['full', 'on-success', 'simulated', 10, 15, 0],
    ['full', 'on-success', 'intermediate', 6, 14, 0],
    ['full', 'on-success', 'none', 7, 12, 0],
    ['full', 'always', 'simulated', 7, 12, 0],
    ['full', 'always', 'intermediate', 1009, 1014, 0],
    ['full', 'always', 'none', 7, 12, 0],
    ['top', 'on-success', 'simulated', 10, 15, 0],
    ['top', 'on-success', 'intermediate', 6, 14, 0],
    ['top', 'on-success', 'none', 7, 12, 0],
    ['top', 'always', 'simulated', 7, 12, 0],
    ['top', 'always', 'intermediate', 6, 14, 0],
    ['top', 'always', 'none', 7, 12, 0],
  ]

  function write(machine: Machine, group: 0 | 1 | 2 | 3): void {
    machine.fill(group + 1, groups[group])
  }

  function begin(
    machine: Machine,
    name: string,
    backing: string,
    sync: BackupSync,
    bitmapMode: BitmapMode,
  ): void {
    machine.store
      .create(`/${name}`, { format: 'qcow2', virtualSize: 64 * MiB, backing: { path: backing } })
      ._unsafeUnwrap()
    machine.graph.addNode({ name, path: `/${name}` })._unsafeUnwrap()
    machine.graph
      .blockdevBackup({
        jobId: 'j',
        device: 'drv0',
        target: name,
        sync,
        bitmap: 'b',
        bitmapMode,
        autoFinalize: false,
      })
      ._unsafeUnwrap()
  }

  it.each(rows)(
    'counts as QEMU: %s/%s, failure %s: %i, %i, %i',
    (sync, mode, failure, first, between, last) => {
      const machine = Machine.withDisk(1024)
      const { store, graph } = machine
      write(machine, 0)
      reference(machine, '/f0')
      graph.addBitmap({ node: 'd0', name: 'b' })._unsafeUnwrap()
      write(machine, 1)
      expect(machine.dirty('b')).toHaveLength(6)
      reference(machine, '/f1')
      if (failure === 'intermediate') {
        store.addFault({ path: '/d0', operation: 'read', nth: 2, errno: Errno.EIO })
      }
      begin(machine, 'bsync1', '/f0', sync, mode)
      machine.run()
      if (failure !== 'intermediate') {
        write(machine, 2)
        expect(graph.queryBitmaps('d0')?.map(({ count }) => count / cluster)).toStrictEqual([
          0, 7, 6,
        ])
      }
      if (failure === 'simulated') graph.jobs.cancel('j')._unsafeUnwrap()
      if (failure === 'none') graph.jobs.finalize('j')._unsafeUnwrap()
      expect(machine.dirty('b')).toHaveLength(first)
      write(machine, 3)
      expect(machine.dirty('b')).toHaveLength(between)
      reference(machine, '/f2')
      const isAnchor = failure === 'none' || mode === 'always'
      // The second increment goes over the first one only where that is a step of its own.
      graph.removeNode('bsync1')._unsafeUnwrap()
      begin(machine, 'bsync2', isAnchor && mode !== 'never' ? '/bsync1' : '/f0', 'bitmap', mode)
      machine.run()
      graph.jobs.finalize('j')._unsafeUnwrap()
      expect(machine.dirty('b')).toHaveLength(last)
      expect(sameBytes(contentOf(store, '/bsync1'), contentOf(store, '/f1'))).toBe(
        failure !== 'intermediate',
      )
      expect(sameBytes(contentOf(store, '/bsync2'), contentOf(store, '/f2'))).toBe(true)
      expect(sameBytes(contentOf(store, '/d0'), contentOf(store, '/f2'))).toBe(true)
    },
  )
})

describe('iotest 124, incremental backups', () => {
  /** Offsets and lengths of the two sets of writes. */
  const w1: readonly (readonly [number, number])[] = [
    [0, 512],
    [16 * MiB, 256 * KiB],
    [32736 * KiB, 64 * KiB],
  ]
  const w2: readonly (readonly [number, number])[] = [
    [0, 512],
    [8 * MiB, 352 * KiB],
    [15872 * KiB, MiB],
  ]

  function drive(granularity?: number): Machine {
    const machine = Machine.withDisk(1024)
    put(
      machine,
      [
        [0, 512],
        [MiB, 32 * KiB],
        [32 * MiB, 124 * KiB],
      ],
      1,
    )
    reference(machine, '/anchor')
    machine.graph
      .addBitmap({ node: 'd0', name: 'b', ...(granularity !== undefined && { granularity }) })
      ._unsafeUnwrap()
    return machine
  }

  function put(
    machine: Machine,
    writes: readonly (readonly [number, number])[],
    seed: number,
  ): void {
    for (const [at, length] of writes) {
      machine.graph.device('drv0')?.write(at, pattern(length, seed))._unsafeUnwrap()
    }
  }

  function increment(
    machine: Machine,
    name: string,
    backing: string | undefined,
    clusterSize?: number,
  ): void {
    const device = machine.graph.device('drv0')
    machine.store
      .create(`/${name}`, {
        format: 'qcow2',
        virtualSize: device?.size ?? 0,
        ...(clusterSize !== undefined && { clusterSize }),
        ...(backing !== undefined && { backing: { path: backing } }),
      })
      ._unsafeUnwrap()
    machine.graph.addNode({ name, path: `/${name}` })._unsafeUnwrap()
    machine.graph
      .blockdevBackup({
        jobId: 'j',
        device: 'drv0',
        target: name,
        sync: 'incremental',
        bitmap: 'b',
      })
      ._unsafeUnwrap()
    machine.run()
    machine.graph.removeNode(name)._unsafeUnwrap()
  }

  function check(machine: Machine, path: string): void {
    expect(sameBytes(contentOf(machine.store, path), contentOf(machine.store, '/d0'))).toBe(true)
  }

  it.each([32 * KiB, 64 * KiB, 128 * KiB])(
    'makes a chain of increments (granularity %i)',
    (granularity) => {
      const machine = drive(granularity)
      increment(machine, 'hollow', '/anchor')
      expect(machine.events.at(-3)).toMatchObject({
        event: 'BLOCK_JOB_COMPLETED',
        data: { len: 0, offset: 0 },
      })
      check(machine, '/hollow')
      put(machine, w1, 2)
      increment(machine, 'one', '/hollow')
      check(machine, '/one')
      put(machine, w2, 3)
      increment(machine, 'two', '/one')
      check(machine, '/two')
    },
  )

  it('copies whole clusters of a target that has larger ones and no backing', () => {
    const machine = drive()
    put(machine, w1, 2)
    expect(machine.graph.queryBitmaps('d0')).toMatchObject([{ count: 458752, persistent: false }])
    increment(machine, 'larger', undefined, 128 * KiB)
    machine.store.get('/larger')?.rebase({ path: '/anchor' })
    check(machine, '/larger')
  })

  it('makes up for a failed increment with the next one', () => {
    const machine = drive()
    put(machine, w1, 2)
    machine.store.addFault({ path: '/d0', operation: 'read', errno: Errno.EIO })
    increment(machine, 'failed', '/anchor')
    expect(machine.takeEvents()).toContain('COMPLETED!')
    put(machine, w2, 3)
    increment(machine, 'next', '/anchor')
    check(machine, '/next')
  })

  it('keeps bitmap and point in time while an increment is stopped by an error', () => {
    const machine = drive()
    put(machine, w1, 2)
    const named = (): unknown => machine.graph.queryBitmaps('d0')?.find(({ name }) => name === 'b')
    expect(named()).toMatchObject({ count: 458752, busy: false, recording: true })
    machine.store.addFault({ path: '/d0', operation: 'read', errno: Errno.EIO })
    machine.addTarget('stopped', 64 * MiB)
    machine.graph
      .blockdevBackup({
        jobId: 'j',
        device: 'drv0',
        target: 'stopped',
        sync: 'incremental',
        bitmap: 'b',
        onSourceError: 'stop',
      })
      ._unsafeUnwrap()
    machine.run()
    expect(named()).toMatchObject({ count: 458752, busy: true, recording: true })
    machine.graph.jobs.resume('j')._unsafeUnwrap()
    machine.run()
    expect(named()).toMatchObject({ count: 0, busy: false, recording: true })
    machine.graph.removeNode('stopped')._unsafeUnwrap()
    machine.store.get('/stopped')?.rebase({ path: '/anchor' })
    check(machine, '/stopped')
  })

  it('follows a disk that grows before the increment', () => {
    const machine = drive()
    machine.graph.resize('drv0', 65 * MiB)._unsafeUnwrap()
    put(machine, [[64 * MiB, 64 * KiB]], 4)
    expect(machine.dirty('b')).toStrictEqual([1024])
    increment(machine, 'grown', '/anchor')
    check(machine, '/grown')
  })
})

describe('iotest 236, merging inside of transactions', () => {
  it('gives the union the bits of a bitmap that saw everything', () => {
    const machine = Machine.withDisk(64)
    const { graph } = machine
    const at = (name: string): { node: string; name: string } => ({ node: 'd0', name })
    for (const name of ['a', 'b']) graph.addBitmap(at(name))._unsafeUnwrap()
    machine.fill(1, [0, 1, 2, 3])
    graph
      .transaction([
        { type: 'block-dirty-bitmap-disable', data: at('b') },
        { type: 'block-dirty-bitmap-add', data: at('c') },
      ])
      ._unsafeUnwrap()
    machine.fill(2, [1, 4, 5, 6])
    expect(['a', 'b', 'c'].map((name) => machine.dirty(name).length)).toStrictEqual([7, 4, 4])
    graph
      .transaction([
        { type: 'block-dirty-bitmap-disable', data: at('c') },
        { type: 'block-dirty-bitmap-add', data: { ...at('d'), disabled: true } },
        {
          type: 'block-dirty-bitmap-merge',
          data: { node: 'd0', target: 'd', bitmaps: ['b', 'c'] },
        },
      ])
      ._unsafeUnwrap()
    expect(machine.dirty('d')).toStrictEqual(machine.dirty('a'))
  })
})
