import { describe, expect, it } from 'vitest'
import type { BackupSync, BitmapMode } from '../../../src/block/index.ts'
import { Errno } from '../../../src/errors/index.ts'
import { pattern, sameBytes } from '../bytes.ts'
import { cluster, Machine } from '../machine.ts'

/** D = {1, 2}; allocated {1, 2, 5}; the guest writes {1, 8} while the job runs. */
function machineWithBitmap(): Machine {
  const machine = Machine.withDisk(16)
  machine.fill(1, [1, 2, 5])
  machine.graph.addBitmap({ node: 'd0', name: 'b' })._unsafeUnwrap()
  machine.fill(2, [1, 2])
  return machine
}

function start(machine: Machine, sync: BackupSync, bitmapMode: BitmapMode | undefined): void {
  machine.graph
    .blockdevBackup({
      jobId: 'j',
      device: 'drv0',
      target: 't0',
      sync,
      ...(bitmapMode && { bitmap: 'b', bitmapMode }),
      autoFinalize: false,
    })
    ._unsafeUnwrap()
  // Without this step sync=top still plans the whole disk.
  if (sync === 'top') machine.step()
}

const rest = Array.from({ length: 15 }, (_, i) => i + 1)
const all = [1, 2, 8]
const w = [1, 8]

// The table of live results: success, failure, cancel before any copy, cancel in pending.
const rows: readonly (readonly [BackupSync, BitmapMode, number[], number[], number[], number[]])[] =
  [
    ['full', 'on-success', w, all, all, all],
    ['full', 'always', w, rest, rest, w],
    ['top', 'on-success', w, all, all, all],
    ['top', 'always', w, [1, 2, 5, 8], [1, 2, 5, 8], w],
    ['bitmap', 'never', all, all, all, all],
    ['bitmap', 'on-success', w, all, all, all],
    ['bitmap', 'always', w, all, all, w],
    ['incremental', 'on-success', w, all, all, all],
  ]

describe('the bitmap after a backup', () => {
  it.each(rows)(
    'is as in QEMU for sync=%s, mode=%s',
    (sync, mode, success, failure, cancel, late) => {
      const succeeded = machineWithBitmap()
      start(succeeded, sync, mode)
      succeeded.fill(3, w)
      succeeded.run()
      expect(succeeded.graph.jobs.queryJobs()[0]?.status).toBe('pending')
      expect(succeeded.graph.queryBitmaps('d0')?.find((b) => b.name === 'b')?.busy).toBe(true)
      expect(succeeded.graph.jobs.finalize('j').isOk()).toBe(true)
      expect(succeeded.dirty('b')).toStrictEqual(success)

      const failed = machineWithBitmap()
      failed.store.addFault({
        path: '/t0',
        operation: 'write',
        errno: Errno.EIO,
        times: Infinity,
        range: { offset: 2 * cluster, length: cluster },
      })
      start(failed, sync, mode)
      // With the guest's write the old bytes of 1 go to the target first, as part of no job slice.
      failed.fill(3, w)
      failed.run()
      expect(failed.graph.jobs.queryJobs()).toStrictEqual([])
      // Cluster 0 is copied before the failure, but {1..15} is not: the same set as without any copy, 0 apart.
      expect(failed.dirty('b')).toStrictEqual(failure)

      const cancelled = machineWithBitmap()
      start(cancelled, sync, mode)
      cancelled.fill(3, w)
      cancelled.graph.jobs.cancel('j')._unsafeUnwrap()
      cancelled.run()
      const withZero = sync === 'full' && mode === 'always' ? [0, ...cancel] : cancel
      expect(cancelled.dirty('b')).toStrictEqual(withZero)

      const pending = machineWithBitmap()
      start(pending, sync, mode)
      pending.fill(3, w)
      pending.run()
      pending.graph.jobs.cancel('j')._unsafeUnwrap()
      expect(pending.dirty('b')).toStrictEqual(late)
      for (const machine of [succeeded, failed, cancelled, pending]) {
        expect(machine.graph.queryBitmaps('d0')).toMatchObject([
          { name: 'b', busy: false, recording: true },
        ])
      }
    },
  )

  it('is not touched by sync=none, whose target gets the old bytes of what the guest writes', () => {
    const machine = machineWithBitmap()
    start(machine, 'none', undefined)
    machine.fill(3, w)
    machine.run()
    expect(machine.graph.jobs.queryJobs()).toMatchObject([
      { status: 'running', currentProgress: 2 * cluster, totalProgress: 16 * cluster },
    ])
    machine.graph.jobs.cancel('j')._unsafeUnwrap()
    machine.run()
    expect(machine.dirty('b')).toStrictEqual(all)
    const target = machine.store.get('/t0')
    expect(
      sameBytes(
        target?.read(cluster, cluster)._unsafeUnwrap() ?? new Uint8Array(),
        pattern(cluster, 2),
      ),
    ).toBe(true)
    expect(
      [...(target?.extents() ?? [])].map(({ offset, state }) => [offset / cluster, state]),
    ).toStrictEqual([
      [0, 'hole'],
      [1, 'data'],
      [2, 'hole'],
      [8, 'zero'],
      [9, 'hole'],
    ])
  })

  it('keeps a disabled bitmap disabled, and records nothing in its successor', () => {
    const machine = machineWithBitmap()
    machine.graph.disableBitmap({ node: 'd0', name: 'b' })._unsafeUnwrap()
    start(machine, 'bitmap', 'on-success')
    machine.fill(3, w)
    machine.run()
    machine.graph.jobs.finalize('j')._unsafeUnwrap()
    expect(machine.dirty('b')).toStrictEqual([])
    expect(machine.graph.queryBitmaps('d0')).toMatchObject([{ name: 'b', recording: false }])
  })

  it('lists plan, successor and frozen bitmap while the job runs', () => {
    const machine = machineWithBitmap()
    start(machine, 'bitmap', 'on-success')
    machine.fill(3, w)
    const granularity = cluster
    const persistent = false
    expect(machine.graph.queryBitmaps('d0')).toStrictEqual([
      { count: cluster, granularity, recording: false, busy: false, persistent },
      { count: 2 * cluster, granularity, recording: true, busy: false, persistent },
      { name: 'b', count: 2 * cluster, granularity, recording: true, busy: true, persistent },
    ])
  })
})
