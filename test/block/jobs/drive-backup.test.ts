import { describe, expect, it } from 'vitest'
import type { BackupSync, DriveBackupArguments, ImageFormat } from '../../../src/block/index.ts'
import { isZero, pattern, sameBytes } from '../bytes.ts'
import { cluster, Machine } from '../machine.ts'

const size = 16 * cluster

/** A disk over a backing image; clusters 1 and 2 are its own. */
function overBase(): Machine {
  const machine = new Machine()
  machine.store.load('/base', pattern(size, 9), { format: 'qcow2' })._unsafeUnwrap()
  machine.store
    .create('/d0', {
      format: 'qcow2',
      virtualSize: size,
      backing: { path: '/base', format: 'qcow2' },
    })
    ._unsafeUnwrap()
  machine.graph.addNode({ name: 'd0', path: '/d0' })._unsafeUnwrap()
  machine.graph.addDevice('virtio0', 'd0')._unsafeUnwrap()
  machine.fill(1, [1, 2], 'virtio0')
  return machine
}

/** 1 MiB in clusters of 4 KiB: data at 68 KiB (4 KiB) and 512 KiB (200 KiB), zeroes at 200 KiB (100 KiB). */
function smallClusters(format: ImageFormat, clusterSize: number | undefined): Machine {
  const KiB = 1024
  const machine = new Machine()
  const { store, graph } = machine
  const virtualSize = 1024 * KiB
  store.create('/d0', { format: 'qcow2', virtualSize, clusterSize: 4096 })._unsafeUnwrap()
  store
    .create('/t0', { format, virtualSize, ...(clusterSize !== undefined && { clusterSize }) })
    ._unsafeUnwrap()
  graph.addNode({ name: 'd0', path: '/d0' })._unsafeUnwrap()
  graph.addNode({ name: 't0', path: '/t0' })._unsafeUnwrap()
  const disk = graph.addDevice('drv0', 'd0')._unsafeUnwrap()
  disk.write(68 * KiB, pattern(4 * KiB, 1))._unsafeUnwrap()
  disk.writeZeroes(200 * KiB, 100 * KiB)._unsafeUnwrap()
  disk.write(512 * KiB, pattern(200 * KiB, 2))._unsafeUnwrap()
  return machine
}

function backup(machine: Machine, options: Partial<DriveBackupArguments>): string {
  const result = machine.graph.driveBackup({
    device: 'virtio0',
    target: '/backup',
    sync: 'full',
    ...options,
  })
  return result.isErr() ? result.error.message : 'accepted'
}

describe('drive-backup', () => {
  it('creates its target in the format of the source and leaves it closed', () => {
    const machine = overBase()
    expect(backup(machine, {})).toBe('accepted')
    machine.fill(2, [3], 'virtio0')
    machine.run()
    const target = machine.store.get('/backup')
    expect(target).toMatchObject({ format: 'qcow2', virtualSize: size, backing: undefined })
    expect(target?.lock.isHeld).toBe(false)
    const expected = pattern(size, 9)
    expected.set(pattern(cluster, 1), cluster)
    expected.set(pattern(cluster, 1), 2 * cluster)
    expect(sameBytes(target?.read(0, size)._unsafeUnwrap() ?? expected.subarray(1), expected)).toBe(
      true,
    )
    expect(machine.graph.nodeNames()).toStrictEqual(['#block001', 'd0'])
  })

  it('runs with the arguments of the series that introduced it', () => {
    const machine = Machine.withDisk(16)
    machine.fill(1, [3])
    const result = machine.graph.driveBackup({
      device: 'drv0',
      format: 'qcow2',
      target: 'backup-20130401.qcow2',
      sync: 'full',
    })
    expect(result.isOk()).toBe(true)
    machine.run()
    const target = machine.store.get('/backup-20130401.qcow2')
    expect(
      sameBytes(
        target?.read(3 * cluster, cluster)._unsafeUnwrap() ?? pattern(1, 0),
        pattern(cluster, 1),
      ),
    ).toBe(true)
  })

  it('shares the backing image with sync=top', () => {
    const machine = overBase()
    expect(backup(machine, { sync: 'top' })).toBe('accepted')
    const before = machine.graph.read('d0', 0, size)._unsafeUnwrap()
    machine.fill(2, [2, 7], 'virtio0')
    machine.run()
    const target = machine.store.get('/backup')
    expect(target?.backing).toStrictEqual({ path: '/base', format: 'qcow2' })
    expect(
      [...(target?.extents() ?? [])].map(({ offset, length, state }) => [
        offset / cluster,
        length / cluster,
        state,
      ]),
    ).toStrictEqual([
      [0, 1, 'hole'],
      [1, 2, 'data'],
      [3, 13, 'hole'],
    ])
    expect(sameBytes(target?.read(0, size)._unsafeUnwrap() ?? pattern(1, 0), before)).toBe(true)
    expect(machine.graph.nodeNames()).toStrictEqual(['#block001', 'd0'])
  })

  it('takes sync=top for full on a disk without backing, which blockdev-backup does not', () => {
    const machine = Machine.withDisk(16)
    machine.fill(1, [3])
    machine.graph.driveBackup({ device: 'drv0', target: '/backup', sync: 'top' })._unsafeUnwrap()
    machine.run()
    expect(machine.events.find(({ event }) => event === 'BLOCK_JOB_COMPLETED')?.data).toMatchObject(
      { len: size },
    )
    machine.graph.blockdevBackup({ device: 'drv0', target: 't0', sync: 'top' })._unsafeUnwrap()
    machine.run()
    expect(
      machine.events.findLast(({ event }) => event === 'BLOCK_JOB_COMPLETED')?.data,
    ).toMatchObject({ len: cluster })
  })

  it('shows the source through the target of sync=none', () => {
    const machine = overBase()
    const before = machine.graph.read('d0', 0, size)._unsafeUnwrap()
    expect(backup(machine, { sync: 'none' })).toBe('accepted')
    machine.fill(2, [2, 7], 'virtio0')
    const [target] = machine.graph
      .nodeNames()
      .filter((name) => name !== 'd0' && machine.graph.node(name)?.blocker !== undefined)
    expect(sameBytes(machine.graph.read(target ?? '', 0, size)._unsafeUnwrap(), before)).toBe(true)
    expect(machine.store.get('/backup')?.backing).toStrictEqual({ path: '/d0', format: 'qcow2' })
  })

  it('writes into a target that exists, in whatever format that is', () => {
    const machine = overBase()
    machine.store.create('/backup', { format: 'raw', virtualSize: size })._unsafeUnwrap()
    expect(backup(machine, { mode: 'existing' })).toBe('accepted')
    machine.run()
    expect(machine.store.get('/backup')?.format).toBe('raw')
    expect(machine.takeEvents()).toContain('COMPLETED')
  })

  it('allocates in its target what QEMU 7.2 allocates there', () => {
    const KiB = 1024
    const expected: readonly [ImageFormat, number | undefined, BackupSync, number, string][] = [
      [
        'qcow2',
        65536,
        'full',
        1024,
        '0 zero, 64 data, 128 zero, 192 data, 320 zero, 512 data, 768 zero',
      ],
      [
        'qcow2',
        4096,
        'full',
        1024,
        '0 zero, 64 data, 128 zero, 192 data, 320 zero, 512 data, 768 zero',
      ],
      [
        'raw',
        undefined,
        'full',
        1024,
        '0 zero, 64 data, 128 zero, 192 data, 320 zero, 512 data, 768 zero',
      ],
      [
        'qcow2',
        65536,
        'top',
        448,
        '0 hole, 64 data, 128 hole, 192 data, 320 hole, 512 data, 768 hole',
      ],
      ['qcow2', 262144, 'top', 768, '0 data, 768 hole'],
      ['vdi', undefined, 'full', 1024, '0 data'],
    ]
    for (const [format, clusterSize, sync, len, extents] of expected) {
      const machine = smallClusters(format, clusterSize)
      const { store, graph, events } = machine
      graph.blockdevBackup({ device: 'drv0', target: 't0', sync })._unsafeUnwrap()
      machine.run()
      expect(events.find(({ event }) => event === 'BLOCK_JOB_COMPLETED')?.data).toMatchObject({
        len: len * KiB,
        offset: len * KiB,
      })
      const found = [...(store.get('/t0')?.extents() ?? [])]
      expect(found.map(({ offset, state }) => `${offset / KiB} ${state}`).join(', ')).toBe(extents)
    }
  })

  it('replaces what is at the path of a new target', () => {
    const machine = overBase()
    machine.store.load('/backup', pattern(512, 1))._unsafeUnwrap()
    expect(backup(machine, {})).toBe('accepted')
    expect(machine.store.get('/backup')?.virtualSize).toBe(size)
  })

  it('keeps zeroes out of the target', () => {
    const machine = Machine.withDisk(16)
    machine.graph.device('drv0')?.write(0, new Uint8Array(cluster))._unsafeUnwrap()
    machine.graph.driveBackup({ device: 'drv0', target: '/backup', sync: 'full' })._unsafeUnwrap()
    machine.run()
    expect(machine.store.get('/backup')?.allocatedBytes).toBe(0)
    expect(
      isZero(machine.store.get('/backup')?.read(0, size)._unsafeUnwrap() ?? pattern(1, 1)),
    ).toBe(true)
  })

  it.each<[string, Partial<DriveBackupArguments>, string]>([
    ['an unknown device', { device: 'zz' }, "Cannot find device='zz' nor node-name='zz'"],
    ['an empty drive', { device: 'cd' }, "Device 'cd' has no medium"],
    ['an unknown format', { format: 'foo' }, "Unknown file format 'foo'"],
    [
      'an unknown format of an existing target',
      { format: 'foo', mode: 'existing', target: '/base2' },
      "Unknown driver 'foo'",
    ],
    [
      'a missing target',
      { mode: 'existing', target: '/nope' },
      "Could not open '/nope': No such file or directory",
    ],
    [
      'a target in another format',
      { mode: 'existing', format: 'qcow2', target: '/base2' },
      'Image is not in qcow2 format',
    ],
    [
      'a missing directory',
      { target: '/no/x' },
      "Could not create '/no/x': No such file or directory",
    ],
    ['itself', { target: '/d0' }, 'Failed to get "write" lock'],
    ['itself, existing', { target: '/d0', mode: 'existing' }, 'Failed to get "write" lock'],
    ['an odd size in vpc', { format: 'vpc' }, 'Source and target image have different sizes'],
    [
      'compression into raw',
      { format: 'raw', compress: true },
      'Compression is not supported for this drive ',
    ],
  ])('refuses %s', (_, options, text) => {
    const machine = overBase()
    machine.graph.addDevice('cd')._unsafeUnwrap()
    machine.store.load('/base2', pattern(size, 1))._unsafeUnwrap()
    machine.store.directory('/no', { state: 'missing' })
    expect(backup(machine, options)).toBe(text)
    expect(machine.graph.nodeNames()).toStrictEqual(['#block001', 'd0'])
    expect(machine.store.get('/base2')?.lock.isHeld).toBe(false)
  })

  it('refuses a device that is busy', () => {
    const machine = overBase()
    backup(machine, { sync: 'none' })
    expect(backup(machine, { target: '/other' })).toBe(
      "Node 'virtio0' is busy: block device is in use by block job: backup",
    )
    expect(machine.store.has('/other')).toBe(false)
  })
})
