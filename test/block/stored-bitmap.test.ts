import { describe, expect, it } from 'vitest'
import type { BlockResult } from '../../src/block/index.ts'
import { cluster, Machine } from './machine.ts'

const MiB = 1024 * 1024

function textOf(result: BlockResult<unknown>): string {
  return result.isErr() ? result.error.message : 'accepted'
}

const at = (name: string, node = 'd0'): { node: string; name: string } => ({ node, name })

/** Opens the images of a machine in a new one, as after a restart. */
function restarted(machine: Machine, options: { readonly readOnly?: boolean } = {}): Machine {
  const next = new Machine(machine.store)
  next.graph.addNode({ name: 'd0', path: '/d0', ...options })._unsafeUnwrap()
  next.graph.addDevice('drv0', 'd0')._unsafeUnwrap()
  return next
}

describe('a persistent bitmap', () => {
  function withPersistent(): Machine {
    const machine = Machine.withDisk(8)
    machine.graph.addBitmap({ ...at('on'), persistent: true })._unsafeUnwrap()
    machine.graph
      .addBitmap({ ...at('off'), persistent: true, disabled: true, granularity: 512 })
      ._unsafeUnwrap()
    machine.graph.addBitmap(at('transient'))._unsafeUnwrap()
    machine.fill(1, [1, 4])
    return machine
  }

  it('comes back as it was after a clean end', () => {
    const machine = withPersistent()
    machine.graph.close()
    expect([...(machine.store.get('/d0')?.storedBitmaps.values() ?? [])]).toMatchObject([
      { name: 'on', granularity: 65536, enabled: true, inUse: false },
      { name: 'off', granularity: 512, enabled: false, inUse: false },
    ])
    const next = restarted(machine)
    expect(next.graph.queryBitmaps('d0')).toMatchObject([
      { name: 'off', count: 0, granularity: 512, recording: false, persistent: true },
      { name: 'on', count: 2 * cluster, granularity: 65536, recording: true, persistent: true },
    ])
    next.fill(1, [5])
    next.graph.close()
    expect(restarted(next).dirty('on')).toStrictEqual([1, 4, 5])
  })

  it('is inconsistent after a power loss, when only removal is left', () => {
    const machine = withPersistent()
    machine.graph.close()
    const running = restarted(machine)
    running.graph.addBitmap({ ...at('never-stored'), persistent: true })._unsafeUnwrap()
    running.graph.kill()
    const next = restarted(running)
    const { graph } = next
    expect(graph.queryBitmaps('d0')).toMatchObject([
      { name: 'off', count: 0, recording: false, inconsistent: true },
      { name: 'on', count: 0, recording: false, inconsistent: true, persistent: true },
    ])
    next.fill(1, [0])
    const text = "Bitmap 'on' is inconsistent and cannot be used"
    graph.addBitmap(at('fine'))._unsafeUnwrap()
    expect([
      textOf(graph.clearBitmap(at('on'))),
      textOf(graph.enableBitmap(at('on'))),
      textOf(graph.mergeBitmaps({ node: 'd0', target: 'on', bitmaps: ['fine'] })),
      textOf(graph.mergeBitmaps({ node: 'd0', target: 'fine', bitmaps: ['on'] })),
      textOf(graph.resize('drv0', MiB)).replace('off', 'on'),
    ]).toStrictEqual(Array(5).fill(text))
    next.addTarget('t1', 8 * cluster)
    expect(
      textOf(
        graph.blockdevBackup({ device: 'drv0', target: 't1', sync: 'incremental', bitmap: 'on' }),
      ),
    ).toBe(text)
    expect([
      textOf(graph.removeBitmap(at('on'))),
      textOf(graph.removeBitmap(at('off'))),
    ]).toStrictEqual(['accepted', 'accepted'])
    expect(next.store.get('/d0')?.storedBitmaps.size).toBe(0)
    graph.close()
    expect(restarted(next).graph.queryBitmaps('d0')).toStrictEqual([])
  })

  it('stays inconsistent until it is removed', () => {
    const machine = withPersistent()
    machine.graph.close()
    const running = restarted(machine)
    running.graph.kill()
    const next = restarted(running)
    next.graph.close()
    expect(restarted(next).graph.queryBitmaps('d0')).toMatchObject([
      { inconsistent: true },
      { inconsistent: true },
    ])
  })

  it('cannot be changed on a read-only node, but read', () => {
    const machine = withPersistent()
    machine.graph.close()
    const next = restarted(machine, { readOnly: true })
    const { graph } = next
    const text = "Bitmap 'on' is readonly and cannot be modified"
    graph.addBitmap(at('fresh'))._unsafeUnwrap()
    expect([
      textOf(graph.clearBitmap(at('on'))),
      textOf(graph.removeBitmap(at('on'))),
      textOf(graph.mergeBitmaps({ node: 'd0', target: 'on', bitmaps: ['fresh'] })),
    ]).toStrictEqual(Array(3).fill(text))
    expect(textOf(graph.mergeBitmaps({ node: 'd0', target: 'fresh', bitmaps: ['on'] }))).toBe(
      'accepted',
    )
    expect(next.dirty('fresh')).toStrictEqual([1, 4])
    expect(textOf(graph.disableBitmap(at('on')))).toBe('accepted')
    next.addTarget('t1', 8 * cluster)
    const backup = { device: 'drv0', target: 't1', sync: 'bitmap' as const, bitmap: 'on' }
    expect(textOf(graph.blockdevBackup({ ...backup, bitmapMode: 'always' }))).toBe(text)
    expect(textOf(graph.blockdevBackup({ ...backup, bitmapMode: 'never' }))).toBe('accepted')
    next.run()
    expect(next.takeEvents()).toContain('COMPLETED')
    expect(textOf(graph.addBitmap({ ...at('lost'), persistent: true }))).toBe('accepted')
    graph.close()
    expect(restarted(next).graph.queryBitmaps('d0')).toMatchObject([
      { name: 'off', recording: false },
      { name: 'on', recording: true, count: 2 * cluster },
    ])
  })

  it('is stored with what its successor recorded when the machine ends during a backup', () => {
    const machine = withPersistent()
    machine.graph
      .blockdevBackup({
        device: 'drv0',
        target: 't0',
        sync: 'bitmap',
        bitmap: 'on',
        bitmapMode: 'on-success',
      })
      ._unsafeUnwrap()
    machine.fill(2, [7])
    machine.graph.close()
    expect(machine.takeEvents().slice(-4)).toStrictEqual([
      'aborting',
      'CANCELLED',
      'concluded',
      'null',
    ])
    expect(restarted(machine).dirty('on')).toStrictEqual([1, 4, 7])
  })

  it('keeps an image that nobody has open from being resized', () => {
    const machine = withPersistent()
    machine.graph.close()
    expect(textOf(machine.store.get('/d0')?.resize(MiB) ?? machine.store.remove(''))).toBe(
      'Cannot resize qcow2 with persistent bitmaps that were not loaded into memory',
    )
  })
})

describe('a power loss', () => {
  it('ends jobs without a word, and frees all images', () => {
    const machine = Machine.withDisk(8)
    machine.fill(1, [1, 2, 3])
    machine.graph.blockdevBackup({ device: 'drv0', target: 't0', sync: 'full' })._unsafeUnwrap()
    machine.step()
    machine.takeEvents()
    machine.graph.kill()
    expect(machine.scheduler.isIdle).toBe(true)
    expect(machine.takeEvents()).toStrictEqual([])
    expect([machine.store.get('/d0')?.isOpen, machine.store.get('/t0')?.isOpen]).toStrictEqual([
      false,
      false,
    ])
    expect(machine.graph.jobs.queryJobs()).toStrictEqual([])
  })
})

describe('the bitmap directory of an image', () => {
  const add = (machine: Machine, name: string): string =>
    textOf(machine.graph.addBitmap({ ...at(name), persistent: true }))

  it('holds 65,535 bitmaps, and another one once one is gone', () => {
    const machine = Machine.withDisk(8)
    for (let index = 0; index < 65_535; index++) expect(add(machine, `b${index}`)).toBe('accepted')
    const full =
      "Can't make bitmap 'more' persistent in 'drv0': Maximum number of persistent bitmaps is already reached"
    expect(add(machine, 'more')).toBe(full)
    machine.graph.addBitmap(at('transient'))._unsafeUnwrap()
    machine.graph.removeBitmap(at('transient'))._unsafeUnwrap()
    expect(add(machine, 'more')).toBe(full)
    machine.graph.removeBitmap(at('b7'))._unsafeUnwrap()
    expect(add(machine, 'more')).toBe('accepted')
  })

  it('counts the bytes of names, padded, whatever their characters', () => {
    const machine = Machine.withDisk(8)
    // An entry of 24 bytes and a name of 1000 to 1007 bytes takes 1024 or 1032 of the 65,535 KiB.
    const longest = (index: number): string => `${index}`.padStart(7, '0') + 'ä'.repeat(500)
    const entries = Math.floor((65_535 * 1024) / 1032)
    for (let index = 0; index < entries; index++) {
      expect(add(machine, longest(index))).toBe('accepted')
    }
    const left = 65_535 * 1024 - entries * 1032
    expect(add(machine, 'x'.repeat(left - 24 + 1))).toMatch(
      'Not enough space in the bitmap directory',
    )
    expect(add(machine, 'x'.repeat(left - 24))).toBe('accepted')
    expect(add(machine, 'y')).toMatch('Not enough space in the bitmap directory')
  })

  it('has the room back that a transaction took and gave up', () => {
    const machine = Machine.withDisk(8)
    for (let index = 0; index < 65_534; index++) add(machine, `b${index}`)
    const aborted = machine.graph.transaction([
      { type: 'block-dirty-bitmap-add', data: { ...at('last'), persistent: true } },
      { type: 'abort' },
    ])
    expect(textOf(aborted)).toBe('Transaction aborted using Abort action')
    expect(add(machine, 'last')).toBe('accepted')
  })
})
