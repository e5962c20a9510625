import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Errno } from '../../../src/errors/index.ts'
import { isZero, pattern, sameBytes } from '../bytes.ts'
import { cluster, Machine } from '../machine.ts'
import {
  act,
  build,
  contentOf,
  history,
  planOf,
  shape,
  size,
  startAndDisturb,
} from './disturbed-disk.ts'

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
      { numRuns: 150 },
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

describe('backups of one disk at the same time', () => {
  it('keep each the moment of its own start', () => {
    fc.assert(
      fc.property(history, history, history, (before, between, during) => {
        const machine = build({
          format: 'qcow2',
          sourceCluster: 65536,
          target: ['raw'],
          hasBacking: false,
          granularity: 65536,
          sync: 'full',
          maxChunk: 0,
        })
        const { graph } = machine
        machine.addTarget('t1', size, 131072)
        for (const action of before) act(machine, action)
        const first = contentOf(machine, 'd0')
        graph
          .blockdevBackup({ jobId: 'j', device: 'drv0', target: 't0', sync: 'full' })
          ._unsafeUnwrap()
        for (const action of between) act(machine, action)
        const second = contentOf(machine, 'd0')
        graph
          .blockdevBackup({ jobId: 'k', device: 'd0', target: 't1', sync: 'full' })
          ._unsafeUnwrap()
        for (const action of during) act(machine, action)
        graph.jobs.resume('j')
        machine.run()
        expect(sameBytes(contentOf(machine, 't0'), first)).toBe(true)
        expect(sameBytes(contentOf(machine, 't1'), second)).toBe(true)
        expect(graph.nodeNames()).toStrictEqual(['d0', 't0', 't1'])
      }),
      { numRuns: 60 },
    )
  })
})

describe('what an export shows', () => {
  it('is allocated where it is not zero, in runs without gaps', () => {
    fc.assert(
      fc.property(
        shape,
        history,
        fc.nat({ max: size }),
        fc.nat({ max: size }),
        (options, acts, a, b) => {
          const machine = build(options)
          for (const action of acts) act(machine, action)
          const [from, to] = [Math.min(a, b), Math.max(a, b)]
          const bytes = contentOf(machine, 'd0')
          let at = from
          for (const { length, state } of machine.graph.allocation('d0', from, to)) {
            expect(length).toBeGreaterThan(0)
            if (state === 'zero') expect(isZero(bytes.subarray(at, at + length))).toBe(true)
            at += length
          }
          expect(at).toBe(to)
        },
      ),
      { numRuns: 60 },
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
