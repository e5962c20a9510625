import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BackupSync, BlockResult, ImageFormat } from '../../../src/block/index.ts'
import { Errno } from '../../../src/errors/index.ts'
import { isZero, pattern, sameBytes } from '../bytes.ts'
import { cluster, Machine } from '../machine.ts'

const KiB = 1024
/** Not a multiple of any cluster. */
const size = 19 * cluster + 37 * KiB

interface GuestAction {
  readonly do: 'write' | 'zero' | 'discard' | 'step' | 'pause' | 'resume'
  readonly at: number
  readonly length: number
  readonly seed: number
}

const guestAction: fc.Arbitrary<GuestAction> = fc.record({
  do: fc.oneof(
    { weight: 6, arbitrary: fc.constant('write' as const) },
    { weight: 8, arbitrary: fc.constant('step' as const) },
    { weight: 4, arbitrary: fc.constantFrom('zero' as const, 'discard' as const) },
    { weight: 2, arbitrary: fc.constantFrom('pause' as const, 'resume' as const) },
  ),
  at: fc.nat({ max: size - 1 }),
  length: fc.oneof(fc.nat({ max: 2000 }), fc.nat({ max: 3 * cluster })),
  seed: fc.nat({ max: 200 }),
})
const history = fc.array(guestAction, { maxLength: 20 })

const shape = fc.record({
  format: fc.constantFrom<ImageFormat>('raw', 'qcow2'),
  sourceCluster: fc.constantFrom(512, 65536, 131072),
  target: fc.constantFrom<[ImageFormat, number?]>(
    ['raw'],
    ['qcow2', 4096],
    ['qcow2', 65536],
    ['qcow2', 262144],
    ['vdi'],
  ),
  hasBacking: fc.boolean(),
  granularity: fc.constantFrom(512, 65536, 262144),
  sync: fc.constantFrom<BackupSync>('full', 'top', 'incremental'),
  maxChunk: fc.constantFrom(0, 1024 * KiB),
})

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never

function build(options: Shape): Machine {
  const machine = new Machine()
  const { store, graph } = machine
  const isQcow2 = options.format === 'qcow2'
  if (options.hasBacking && isQcow2) {
    store.load('/base', pattern(20 * cluster, 77), { format: 'qcow2' })._unsafeUnwrap()
  }
  store
    .create('/d0', {
      format: options.format,
      virtualSize: size,
      ...(isQcow2 && { clusterSize: options.sourceCluster }),
      ...(isQcow2 && options.hasBacking && { backing: { path: '/base' } }),
    })
    ._unsafeUnwrap()
  const [format, clusterSize] = options.target
  const target = store
    .create('/t0', { format, virtualSize: size, ...(clusterSize && { clusterSize }) })
    ._unsafeUnwrap()
  target.write(0, pattern(size, 99))._unsafeUnwrap()
  graph.addNode({ name: 'd0', path: '/d0', discard: 'unmap' })._unsafeUnwrap()
  graph.addNode({ name: 't0', path: '/t0' })._unsafeUnwrap()
  graph.addDevice('drv0', 'd0')._unsafeUnwrap()
  graph.addBitmap({ node: 'd0', name: 'b', granularity: options.granularity })._unsafeUnwrap()
  return machine
}

/** Does what the guest does; its requests may not fail unless `answer` says otherwise. */
function act(
  machine: Machine,
  action: GuestAction,
  answer: (result: BlockResult<void> | undefined) => void = (result) => result?._unsafeUnwrap(),
): void {
  const disk = machine.graph.device('drv0')
  const length = Math.min(action.length, size - action.at)
  switch (action.do) {
    case 'write':
      answer(disk?.write(action.at, pattern(length, action.seed)))
      break
    case 'zero':
      answer(disk?.writeZeroes(action.at, length))
      break
    case 'discard':
      answer(disk?.discard(action.at, length))
      break
    case 'step':
      machine.step()
      break
    case 'pause':
      machine.graph.jobs.pause('j')
      break
    case 'resume':
      machine.graph.jobs.resume('j')
      break
  }
}

function contentOf(machine: Machine, node: string): Uint8Array {
  return machine.graph.read(node, 0, size)._unsafeUnwrap()
}

/** The clusters of the job that a plan covers, as a function of an offset. */
function planOf(machine: Machine, { sync, target }: Shape): (offset: number) => boolean {
  const image = machine.store.get('/d0')
  const jobCluster = Math.max(cluster, target[0] === 'vdi' ? 1024 * KiB : (target[1] ?? 0))
  const planned = new Set<number>()
  const add = (offset: number, length: number): void => {
    for (let i = Math.floor(offset / jobCluster); i * jobCluster < offset + length; i++)
      planned.add(i)
  }
  if (sync === 'full') add(0, size)
  else if (sync === 'top') {
    for (const extent of image?.extents() ?? []) {
      if (extent.state !== 'hole') add(extent.offset, extent.length)
    }
  } else {
    const bits = machine.graph.node('d0')?.bitmaps?.find('b')?.bits
    for (const extent of bits?.extents() ?? []) add(extent.offset, extent.length)
  }
  return (offset) => planned.has(Math.floor(offset / jobCluster))
}

function startAndDisturb(machine: Machine, options: Shape, during: readonly GuestAction[]): void {
  machine.graph
    .blockdevBackup({
      jobId: 'j',
      device: 'drv0',
      target: 't0',
      sync: options.sync,
      ...(options.sync === 'incremental' && { bitmap: 'b' }),
      performance: { maxChunk: options.maxChunk },
    })
    ._unsafeUnwrap()
  for (const action of during) act(machine, action)
  machine.graph.jobs.resume('j')
  machine.run()
}

describe('a completed backup', () => {
  it('is the target as it was, under the disk as it was at the start, wherever the plan says', () => {
    fc.assert(
      fc.property(shape, history, history, (options, before, during) => {
        // A larger cluster of the source is allocated as a whole by a write to a part of it, as in QEMU.
        fc.pre(options.sync !== 'top' || options.sourceCluster <= cluster)
        const machine = build(options)
        for (const action of before) act(machine, action)
        const isPlanned = planOf(machine, options)
        const expected = contentOf(machine, 't0')
        const atStart = contentOf(machine, 'd0')
        for (let at = 0; at < size; at += cluster) {
          if (!isPlanned(at)) continue
          expected.set(atStart.subarray(at, at + cluster), at)
        }
        startAndDisturb(machine, options, during)
        expect(machine.takeEvents().at(-1)).toBe('null')
        expect(sameBytes(contentOf(machine, 't0'), expected)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('leaves the disk as it would be without the job, and its bitmap with the writes since the start', () => {
    fc.assert(
      fc.property(shape, history, history, (options, before, during) => {
        const [alone, busy] = [build(options), build(options)]
        for (const machine of [alone, busy]) {
          for (const action of before) act(machine, action)
        }
        if (options.sync === 'incremental') alone.graph.clearBitmap({ node: 'd0', name: 'b' })
        for (const action of during) act(alone, action)
        startAndDisturb(busy, options, during)
        expect(sameBytes(contentOf(busy, 'd0'), contentOf(alone, 'd0'))).toBe(true)
        expect(busy.graph.queryBitmaps('d0')).toStrictEqual(alone.graph.queryBitmaps('d0'))
      }),
      { numRuns: 100 },
    )
  })

  it('never moves its progress back or past its length', () => {
    fc.assert(
      fc.property(shape, history, history, (options, before, during) => {
        const machine = build(options)
        for (const action of before) act(machine, action)
        let last = 0
        let lastLength = Infinity
        const watch = (): void => {
          const [job] = machine.graph.jobs.queryBlockJobs()
          if (job === undefined) return
          expect(job.offset).toBeGreaterThanOrEqual(last)
          expect(job.len).toBeLessThanOrEqual(lastLength)
          expect(job.offset).toBeLessThanOrEqual(job.len)
          last = job.offset
          lastLength = job.len
        }
        machine.graph
          .blockdevBackup({
            jobId: 'j',
            device: 'drv0',
            target: 't0',
            sync: options.sync,
            ...(options.sync === 'incremental' && { bitmap: 'b' }),
          })
          ._unsafeUnwrap()
        watch()
        for (const action of during) {
          act(machine, action)
          watch()
        }
        machine.graph.jobs.resume('j')
        while (machine.scheduler.step()) watch()
        const done = machine.events.find(({ event }) => event === 'BLOCK_JOB_COMPLETED')
        expect(done?.data).toMatchObject({
          len: last > lastLength ? -1 : lastLength,
          offset: lastLength,
        })
      }),
      { numRuns: 100 },
    )
  })
})

describe('a chain of backups', () => {
  const ending = fc.constantFrom('complete', 'cancel', 'fail', 'cancel late')

  it('restores the disk as it was at each start, past failed and cancelled ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(history, history, ending), { minLength: 1, maxLength: 5 }),
        (rounds) => {
          const machine = build({
            format: 'qcow2',
            sourceCluster: 65536,
            target: ['raw'],
            hasBacking: false,
            granularity: 65536,
            sync: 'full',
            maxChunk: 0,
          })
          const { store, graph } = machine
          let previous: string | undefined
          for (const [index, [before, during, end]] of rounds.entries()) {
            for (const action of before) act(machine, action)
            const path = `/inc${index}`
            const isFirst = previous === undefined
            store
              .create(path, {
                format: 'qcow2',
                virtualSize: size,
                ...(previous !== undefined && { backing: { path: previous } }),
              })
              ._unsafeUnwrap()
            graph
              .addNode({ name: `n${index}`, path, backing: isFirst ? null : 'd0' })
              ._unsafeUnwrap()
            const atStart = contentOf(machine, 'd0')
            graph
              .blockdevBackup({
                jobId: 'j',
                device: 'drv0',
                target: `n${index}`,
                sync: isFirst ? 'full' : 'bitmap',
                bitmap: 'b',
                bitmapMode: 'on-success',
                autoFinalize: end !== 'cancel late',
              })
              ._unsafeUnwrap()
            for (const action of during) act(machine, action)
            const fault = store.addFault({ path, operation: 'write', errno: Errno.ENOSPC })
            if (end !== 'fail') fault.cancel()
            if (end === 'cancel') graph.jobs.cancel('j')
            graph.jobs.resume('j')
            machine.run()
            graph.jobs.cancel('j')
            fault.cancel()
            graph.removeNode(`n${index}`)._unsafeUnwrap()
            const isDone = machine.takeEvents().includes('COMPLETED')
            if (!isDone) continue
            previous = path
            const restored = store.get(path)?.read(0, size)._unsafeUnwrap() ?? new Uint8Array()
            expect(sameBytes(restored, atStart)).toBe(true)
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  it('restores with a failed increment kept, when the bitmap moves on always', () => {
    fc.assert(
      fc.property(
        history,
        history,
        history,
        fc.integer({ min: 1, max: 12 }),
        (before, during, after, nth) => {
          const machine = build({
            format: 'raw',
            sourceCluster: 65536,
            target: ['raw'],
            hasBacking: false,
            granularity: 65536,
            sync: 'full',
            maxChunk: 0,
          })
          const { graph, store } = machine
          const always = {
            jobId: 'j',
            device: 'drv0',
            target: 't0',
            bitmap: 'b',
            bitmapMode: 'always' as const,
          }
          graph.blockdevBackup({ ...always, sync: 'full' })._unsafeUnwrap()
          machine.run()
          for (const action of before) act(machine, action)
          graph.blockdevBackup({ ...always, sync: 'bitmap' })._unsafeUnwrap()
          const fault = store.addFault({ path: '/d0', operation: 'read', nth, errno: Errno.EIO })
          for (const action of during) act(machine, action, () => undefined)
          graph.jobs.resume('j')
          machine.run()
          fault.cancel()
          for (const action of after) act(machine, action)
          graph.blockdevBackup({ ...always, sync: 'bitmap' })._unsafeUnwrap()
          machine.run()
          expect(sameBytes(contentOf(machine, 't0'), contentOf(machine, 'd0'))).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('sync=none', () => {
  it('shows the point in time over the live disk, whatever the guest does', () => {
    fc.assert(
      fc.property(shape, history, history, (options, before, during) => {
        const machine = build(options)
        for (const action of before) act(machine, action)
        machine.store.create('/scratch', { format: 'qcow2', virtualSize: size })._unsafeUnwrap()
        machine.graph.addNode({ name: 'scratch', path: '/scratch', backing: 'd0' })._unsafeUnwrap()
        const atStart = contentOf(machine, 'd0')
        machine.graph
          .blockdevBackup({ jobId: 'j', device: 'drv0', target: 'scratch', sync: 'none' })
          ._unsafeUnwrap()
        for (const action of during) {
          act(machine, action)
          expect(sameBytes(contentOf(machine, 'scratch'), atStart)).toBe(true)
        }
        const now = contentOf(machine, 'd0')
        machine.graph.jobs.cancel('j')
        machine.graph.jobs.resume('j')
        machine.run()
        expect(machine.takeEvents().at(-1)).toBe('null')
        expect(sameBytes(contentOf(machine, 'd0'), now)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a guest write', () => {
  it('fails, and changes nothing, when the old bytes cannot be saved', () => {
    const machine = Machine.withDisk(8)
    machine.fill(1, [0, 1, 2])
    machine.graph.addBitmap({ node: 'd0', name: 'b' })._unsafeUnwrap()
    const atStart = machine.graph.read('d0', 0, 8 * cluster)._unsafeUnwrap()
    machine.graph
      .blockdevBackup({ jobId: 'j', device: 'drv0', target: 't0', sync: 'full' })
      ._unsafeUnwrap()
    machine.store.limit('/t0', 0)
    const disk = machine.graph.device('drv0')
    expect(disk?.write(cluster, pattern(10, 5))._unsafeUnwrapErr()).toMatchObject({
      errno: Errno.ENOSPC,
      message: 'No space left on device',
    })
    expect(disk?.statistics).toMatchObject({ failedWrites: 1, writeRequests: 3 })
    expect(machine.dirty('b')).toStrictEqual([])
    expect(machine.graph.jobs.queryJobs()).toMatchObject([{ status: 'running' }])
    expect(sameBytes(machine.graph.read('d0', 0, 8 * cluster)._unsafeUnwrap(), atStart)).toBe(true)
    machine.store.limit('/t0', undefined)
    machine.run()
    expect(sameBytes(machine.graph.read('t0', 0, 8 * cluster)._unsafeUnwrap(), atStart)).toBe(true)
  })

  it('that fails in the image itself is dirty all the same', () => {
    const machine = Machine.withDisk(8)
    machine.graph.addBitmap({ node: 'd0', name: 'b' })._unsafeUnwrap()
    machine.store.addFault({ path: '/d0', operation: 'write', errno: Errno.EIO })
    expect(
      machine.graph
        .device('drv0')
        ?.write(3 * cluster, pattern(1, 1))
        .isErr(),
    ).toBe(true)
    expect(machine.dirty('b')).toStrictEqual([3])
    expect(isZero(machine.graph.read('d0', 3 * cluster, 1)._unsafeUnwrap())).toBe(true)
  })
})
