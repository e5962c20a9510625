import { describe, expect, it } from 'vitest'
import { BlockCopy, defaultChunk } from '../../src/block/block-copy.ts'
import type { CopyFailureMode } from '../../src/block/copy-before-write.ts'
import { CopyBeforeWrite } from '../../src/block/copy-before-write.ts'
import { Errno } from '../../src/errors/index.ts'
import { pattern, sameBytes } from './bytes.ts'
import { cluster, Machine } from './machine.ts'

const size = 8 * cluster

/** A filter of its own above a disk, as `blockdev-add` makes one. */
function filtered(mode: CopyFailureMode): { machine: Machine; filter: CopyBeforeWrite } {
  const machine = Machine.withDisk(8)
  machine.fill(1, [0, 1, 2, 5])
  const [source, target] = [machine.graph.node('d0'), machine.graph.node('t0')]
  if (source === undefined || target === undefined) throw new Error('no nodes')
  const copyOver = (from: ConstructorParameters<typeof BlockCopy>[0]['source']): BlockCopy =>
    new BlockCopy({ size, clusterSize: cluster, target, source: from, maxChunk: defaultChunk })
  const filter = new CopyBeforeWrite('cbw', source, target, copyOver, mode)
  filter.copy.plan.setAll()
  filter.insert()
  return { machine, filter }
}

function snapshotOf(filter: CopyBeforeWrite): Uint8Array | Errno | undefined {
  const bytes = new Uint8Array(size)
  const read = filter.readSnapshot(0, bytes)
  return read.isErr() ? read.error.errno : bytes
}

describe('a copy-before-write filter', () => {
  it.each(['break-guest-write', 'break-snapshot'] as const)(
    'shows the point in time (%s)',
    (mode) => {
      const { machine, filter } = filtered(mode)
      const before = machine.graph.read('d0', 0, size)._unsafeUnwrap()
      const disk = machine.graph.device('drv0')
      disk?.write(cluster - 5, pattern(10, 3))._unsafeUnwrap()
      disk?.writeZeroes(5 * cluster, 2 * cluster)._unsafeUnwrap()
      disk?.discard(2 * cluster, cluster)._unsafeUnwrap()
      const snapshot = snapshotOf(filter)
      expect(snapshot instanceof Uint8Array && sameBytes(snapshot, before)).toBe(true)
      expect(sameBytes(machine.graph.read('d0', 0, size)._unsafeUnwrap(), before)).toBe(false)
      filter.remove()
      expect(disk?.root).toBe(machine.graph.node('d0'))
    },
  )

  it('keeps the point in time and fails the guest, or the other way round', () => {
    const guest = filtered('break-guest-write')
    const before = guest.machine.graph.read('d0', 0, size)._unsafeUnwrap()
    guest.machine.store.limit('/t0', 0)
    expect(
      guest.machine.graph.device('drv0')?.write(0, pattern(1, 9))._unsafeUnwrapErr().errno,
    ).toBe(Errno.ENOSPC)
    const kept = snapshotOf(guest.filter)
    expect(kept instanceof Uint8Array && sameBytes(kept, before)).toBe(true)

    const snapshot = filtered('break-snapshot')
    snapshot.machine.store.limit('/t0', 0)
    expect(snapshot.machine.graph.device('drv0')?.write(0, pattern(1, 9)).isOk()).toBe(true)
    expect(snapshotOf(snapshot.filter)).toBe(Errno.EACCES)
    expect(snapshot.machine.graph.read('d0', 0, 1)._unsafeUnwrap()).toStrictEqual(pattern(1, 9))
  })
})
