import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockResult, CreateImageOptions } from '../../src/block/index.ts'
import { ImageStore, imageFormats } from '../../src/block/index.ts'
import { Errno, strerror } from '../../src/errors/index.ts'
import { pattern, sameBytes } from './bytes.ts'
import { errnoOf } from './errno-of.ts'
import { Machine } from './machine.ts'

const KiB = 1024
const MiB = 1024 * KiB

describe('ImageStore', () => {
  it('keeps images by path, sorted', () => {
    const store = new ImageStore()
    for (const path of ['/b', '/a/x', '/a/B'])
      store.create(path, { virtualSize: 512 })._unsafeUnwrap()
    expect(store.list()).toStrictEqual(['/a/B', '/a/x', '/b'])
    expect(store.get('/a//./y/../x')?.path).toBe('/a/x')
    expect([store.has('/b'), store.has('/c'), store.size]).toStrictEqual([true, false, 3])
  })

  it('reads back the bytes that it was given', () => {
    const bytes = pattern(100_000, 4)
    const image = new ImageStore().load('/disk', bytes)._unsafeUnwrap()
    expect(image).toMatchObject({ format: 'raw', virtualSize: 100_352 })
    expect(sameBytes(image.read(0, bytes.length)._unsafeUnwrap(), bytes)).toBe(true)
    bytes.fill(0)
    expect(image.read(0, 1)._unsafeUnwrap()).toStrictEqual(pattern(1, 4))
  })

  it.each<[string, Errno]>([
    ['', Errno.ENOENT],
    ['/', Errno.EISDIR],
    ['/a\0b', Errno.EINVAL],
    ['/taken', Errno.EEXIST],
    ['/taken/', Errno.EISDIR],
    ['/taken/below', Errno.ENOTDIR],
    ['/taken/below/deep', Errno.ENOTDIR],
    ['/taken/below/', Errno.ENOTDIR],
    ['/dir', Errno.EISDIR],
    ['/dir/', Errno.EISDIR],
    ['/dir/sub', Errno.EISDIR],
    ['/dir/sub/.', Errno.EISDIR],
    ['/new/', Errno.EISDIR],
    [`/${'n'.repeat(256)}`, Errno.ENAMETOOLONG],
    [`/${'ä'.repeat(128)}`, Errno.ENAMETOOLONG],
    [`/${'dir/'.repeat(1100)}x`, Errno.ENAMETOOLONG],
    ['/gone/x', Errno.ENOENT],
    ['/gone/deep/x', Errno.ENOENT],
    ['/ro/x', Errno.EROFS],
    ['/closed/x', Errno.EACCES],
  ])('does not create %j', (path, errno) => {
    const store = new ImageStore()
    store.create('/taken', { virtualSize: 512 })
    store.create('/dir/sub/x', { virtualSize: 512 })
    store.directory('/gone', { state: 'missing' })
    store.directory('/ro', { state: 'read-only' })
    store.directory('/closed', { state: 'denied' })
    expect(errnoOf(store.create(path, { virtualSize: 512 }))).toBe(errno)
    expect(store.creationErrno(path)).toBe(errno)
    expect(store.list()).toStrictEqual(['/dir/sub/x', '/taken'])
  })

  it('takes the nearest rule above a path', () => {
    const store = new ImageStore()
    store.directory('/ro', { state: 'read-only' })
    store.directory('/ro/rw', {})
    store.directory('/ro/gone', { state: 'missing' })
    expect(store.creationErrno('/ro/gone/x')).toBe(Errno.ENOENT)
    expect(store.creationErrno('/ro/rw/x')).toBe(Errno.EROFS)
    store.directory('/ro', undefined)
    expect(store.creationErrno('/ro/x')).toBeUndefined()
  })

  it.each<[string, CreateImageOptions, string]>([
    ['no size', {}, "Parameter 'size' is missing"],
    [
      'a negative size',
      { virtualSize: -1 },
      "Parameter 'size' expects a value in the range of 0 to 9007199254740991",
    ],
    [
      'a size that is no number',
      { virtualSize: Number.NaN },
      "Parameter 'size' expects a value in the range of 0 to 9007199254740991",
    ],
    [
      'clusters of 3000',
      { format: 'qcow2', virtualSize: 512, clusterSize: 3000 },
      'Cluster size must be a power of two between 512 and 2048k',
    ],
    [
      'clusters of 4 MiB',
      { format: 'qcow2', virtualSize: 512, clusterSize: 4 * MiB },
      'Cluster size must be a power of two between 512 and 2048k',
    ],
    [
      'clusters of 256',
      { format: 'qcow2', virtualSize: 512, clusterSize: 256 },
      'Cluster size must be a power of two between 512 and 2048k',
    ],
    [
      'clusters for raw',
      { virtualSize: 512, clusterSize: 4096 },
      "Block driver 'raw' does not support cluster_size",
    ],
    [
      'backing for raw',
      { virtualSize: 512, backing: { path: '/b' } },
      "Backing file not supported for file format 'raw'",
    ],
    [
      'an odd size of vpc',
      { format: 'vpc', virtualSize: 32 * MiB },
      'The requested image size cannot be represented in CHS geometry',
    ],
    [
      'backing that is missing',
      { format: 'qcow2', backing: { path: '/b' } },
      "Could not open '/b': No such file or directory",
    ],
  ])('refuses %s', (_, options, text) => {
    const store = new ImageStore()
    expect(store.create('/a', options)._unsafeUnwrapErr().message).toBe(text)
    expect(store.list()).toStrictEqual([])
  })

  it.each(imageFormats)('creates, fills and reads %s', (format) => {
    // 17 sectors a track, 4 heads: a size that even vpc can have.
    const image = new ImageStore()
      .create('/a', { format, virtualSize: 17 * 4 * 512 * 100 })
      ._unsafeUnwrap()
    image.write(100_000, pattern(70_000, 1))._unsafeUnwrap()
    expect(sameBytes(image.read(100_000, 70_000)._unsafeUnwrap(), pattern(70_000, 1))).toBe(true)
    expect(image.format).toBe(format)
    expect(image.physicalBytes).toBeGreaterThanOrEqual(image.allocatedBytes)
  })

  // Recorded from QEMU 7.2.
  it.each([
    [512, 2 ** 37],
    [4096, 2 ** 43],
    [65_536, 2 ** 51],
    [undefined, 2 ** 51],
  ])('lets a qcow2 image of clusters of %s bytes reach %d bytes', (clusterSize, reach) => {
    const store = new ImageStore()
    const options = { format: 'qcow2', ...(clusterSize !== undefined && { clusterSize }) } as const
    const image = store.create('/a', { ...options, virtualSize: MiB })._unsafeUnwrap()
    const error = image.resize(reach + 512)._unsafeUnwrapErr()
    expect([error.errno, error.message]).toEqual([
      Errno.EFBIG,
      'Failed to grow the L1 table: File too large',
    ])
    expect(image.virtualSize).toBe(MiB)
    image.resize(reach)._unsafeUnwrap()
    expect(store.create('/b', { ...options, virtualSize: reach }).isOk()).toBe(true)
    const refused = store.create('/c', { ...options, virtualSize: reach + 512 })
    expect(refused._unsafeUnwrapErr().message).toBe(
      'Could not resize image: Failed to grow the L1 table: File too large',
    )
  })

  it('never removes or moves a block device, and keeps its size', () => {
    const store = new ImageStore()
    const device = store.create('/dev/sdb', { kind: 'block', virtualSize: MiB })._unsafeUnwrap()
    expect(errnoOf(store.remove('/dev/sdb'))).toBe(Errno.EPERM)
    expect(errnoOf(store.rename('/dev/sdb', '/dev/sdc'))).toBe(Errno.EPERM)
    expect(device.resize(2 * MiB)._unsafeUnwrapErr().message).toBe('Cannot grow device files')
    store.format('/dev/sdb', { format: 'qcow2', virtualSize: 10 * MiB })._unsafeUnwrap()
    expect(device).toMatchObject({
      kind: 'block',
      format: 'qcow2',
      virtualSize: 10 * MiB,
      physicalBytes: MiB,
    })
    expect(device.write(0, pattern(MiB, 1)).isOk()).toBe(true)
    expect(errnoOf(device.write(5 * MiB, pattern(1, 1)))).toBe(Errno.ENOSPC)
  })

  it('removes and renames files as a file system does', () => {
    const store = new ImageStore()
    const image = store.load('/a', pattern(512, 1))._unsafeUnwrap()
    store.load('/b', pattern(512, 2))
    expect(errnoOf(store.rename('/a', '/b'))).toBe('ok')
    expect([store.list(), image.path]).toStrictEqual([['/b'], '/b'])
    expect(errnoOf(store.rename('/a', '/c'))).toBe(Errno.ENOENT)
    store.directory('/ro', { state: 'read-only' })
    expect(errnoOf(store.rename('/b', '/ro/b'))).toBe(Errno.EROFS)
    expect(errnoOf(store.remove('/b'))).toBe('ok')
    expect(errnoOf(store.remove('/b'))).toBe(Errno.ENOENT)
  })

  it('gives images of a relative backing path the one beside them', () => {
    const store = new ImageStore()
    store.load('/dir/base', pattern(512, 1), { format: 'qcow2' })._unsafeUnwrap()
    const top = store
      .create('/dir/top', { format: 'qcow2', backing: { path: 'base' } })
      ._unsafeUnwrap()
    expect(top.virtualSize).toBe(512)
    expect(sameBytes(top.read(0, 512)._unsafeUnwrap(), pattern(512, 1))).toBe(true)
    expect(store.backingOf('/dir/top')?.path).toBe('/dir/base')
  })
})

describe('space', () => {
  it('runs out for a path, before and after the image is there', () => {
    const store = new ImageStore()
    store.limit('/a', 128 * KiB)
    const image = store.create('/a', { format: 'qcow2', virtualSize: MiB })._unsafeUnwrap()
    expect(errnoOf(image.write(0, pattern(128 * KiB, 1)))).toBe('ok')
    expect(errnoOf(image.write(512 * KiB, pattern(1, 1)))).toBe(Errno.ENOSPC)
    expect(errnoOf(image.write(0, pattern(128 * KiB, 2)))).toBe('ok')
    expect(errnoOf(image.writeZeroes(0, 64 * KiB))).toBe('ok')
    expect(errnoOf(image.write(512 * KiB, pattern(1, 1)))).toBe('ok')
    store.limit('/a', undefined)
    expect(errnoOf(image.write(0, pattern(MiB, 1)))).toBe('ok')
  })

  it('is shared by all images of a directory and comes back when one goes', () => {
    const store = new ImageStore()
    store.directory('/small', { capacity: 128 * KiB })
    const [a, b] = ['a', 'b'].map((name) =>
      store.create(`/small/${name}`, { format: 'qcow2', virtualSize: MiB })._unsafeUnwrap(),
    )
    expect(errnoOf(a?.write(0, pattern(100 * KiB, 1)) ?? store.remove(''))).toBe('ok')
    expect(errnoOf(b?.write(0, pattern(1, 1)) ?? store.remove(''))).toBe(Errno.ENOSPC)
    store.rename('/small/a', '/elsewhere')
    expect(errnoOf(b?.write(0, pattern(100 * KiB, 1)) ?? store.remove(''))).toBe('ok')
    expect(errnoOf(a?.write(0, pattern(MiB, 1)) ?? store.remove(''))).toBe('ok')
    store.remove('/small/b')
    const c = store.create('/small/c', { format: 'qcow2', virtualSize: MiB })._unsafeUnwrap()
    expect(errnoOf(c.write(0, pattern(128 * KiB, 1)))).toBe('ok')
  })

  it('is counted right whatever happens to an image', () => {
    const step = fc.tuple(
      fc.constantFrom('write', 'zero', 'discard'),
      fc.nat({ max: 15 }),
      fc.integer({ min: 1, max: 5 }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const store = new ImageStore()
        store.limit('/a', 512 * KiB)
        const image = store.create('/a', { format: 'qcow2', virtualSize: MiB })._unsafeUnwrap()
        for (const [what, at, count] of steps) {
          const offset = at * 64 * KiB
          const length = Math.min(count * 64 * KiB, MiB - offset)
          if (what === 'zero') image.writeZeroes(offset, length)
          else if (what === 'discard') image.discard(offset, length)
          else image.write(offset, pattern(length, 1))
          expect(image.allocatedBytes).toBeLessThanOrEqual(512 * KiB)
        }
        image.writeZeroes(0, MiB)
        expect(image.write(0, pattern(512 * KiB, 1)).isOk()).toBe(true)
        expect(errnoOf(image.write(512 * KiB, pattern(1, 1)))).toBe(Errno.ENOSPC)
      }),
    )
  })
})

describe('faults', () => {
  it('hit the nth request, as often as told, and only there', () => {
    const store = new ImageStore()
    const image = store.create('/a', { virtualSize: MiB })._unsafeUnwrap()
    const armed = store.addFault({
      path: '/a',
      operation: 'write',
      nth: 2,
      times: 2,
      errno: Errno.EIO,
    })
    const results = [1, 2, 3, 4].map(() => errnoOf(image.write(0, pattern(1, 1))))
    expect(results).toStrictEqual(['ok', Errno.EIO, Errno.EIO, 'ok'])
    expect(armed.hits).toBe(2)
    expect(image.read(0, 1).isOk()).toBe(true)
  })

  it('can be limited to a range, and taken away', () => {
    const store = new ImageStore()
    const image = store.create('/a', { virtualSize: MiB })._unsafeUnwrap()
    const armed = store.addFault({
      path: '/a',
      operation: 'read',
      times: Infinity,
      errno: Errno.EACCES,
      range: { offset: 1000, length: 10 },
    })
    expect(
      [image.read(0, 1000), image.read(1010, 10), image.read(0, 1001), image.read(1009, 1)].map(
        errnoOf,
      ),
    ).toStrictEqual(['ok', 'ok', Errno.EACCES, Errno.EACCES])
    armed.cancel()
    expect(errnoOf(image.read(0, MiB))).toBe('ok')
  })

  it('reach through a chain to the image that holds the bytes', () => {
    const store = new ImageStore()
    store.load('/base', pattern(128 * KiB, 1), { format: 'qcow2' })._unsafeUnwrap()
    const top = store
      .create('/top', { format: 'qcow2', backing: { path: '/base' } })
      ._unsafeUnwrap()
    top.write(0, pattern(64 * KiB, 2))
    store.addFault({ path: '/base', operation: 'read', times: Infinity, errno: Errno.EIO })
    expect([top.read(0, 64 * KiB), top.read(64 * KiB, 1)].map(errnoOf)).toStrictEqual([
      'ok',
      Errno.EIO,
    ])
  })

  it('can stop an image from being created, opened and flushed', () => {
    const machine = new Machine()
    const { store, graph } = machine
    store.addFault({ path: '/a', operation: 'create', errno: Errno.ENOSPC })
    expect(errnoOf(store.create('/a', { virtualSize: 512 }))).toBe(Errno.ENOSPC)
    store.create('/a', { virtualSize: 512 })._unsafeUnwrap()
    store.addFault({ path: '/a', operation: 'open', errno: Errno.EMFILE })
    expect(graph.addNode({ name: 'a', path: '/a' })._unsafeUnwrapErr().message).toBe(
      `Could not open '/a': ${strerror(Errno.EMFILE)}`,
    )
    graph.addNode({ name: 'a', path: '/a' })._unsafeUnwrap()
    store.addFault({ path: '/a', operation: 'flush', errno: Errno.EIO })
    const device = graph.addDevice('d', 'a')._unsafeUnwrap()
    expect([device.flush(), device.flush()].map(errnoOf)).toStrictEqual([Errno.EIO, 'ok'])
    expect(device.statistics).toMatchObject({ failedFlushes: 1, flushRequests: 1 })
  })
})

describe('locks', () => {
  const write = 'Failed to get "write" lock'
  const shared = 'Failed to get shared "write" lock'

  it.each([
    ['a writer', false, write, shared],
    ['a reader', true, write, 'ok'],
  ])('of %s are those of QEMU', (_, readOnly, asWriter, asReader) => {
    const { store, graph } = new Machine()
    const image = store.create('/a', { format: 'qcow2', virtualSize: MiB })._unsafeUnwrap()
    graph.addNode({ name: 'first', path: '/a', readOnly })._unsafeUnwrap()
    const other = new Machine(store).graph
    const text = (result: BlockResult<unknown>): string =>
      result.isErr() ? result.error.message : 'ok'
    expect(text(other.addNode({ name: 'n', path: '/a' }))).toBe(asWriter)
    expect(text(other.addNode({ name: 'n', path: '/a', readOnly: true }))).toBe(asReader)
    expect([
      text(image.write(0, pattern(1, 1))),
      text(image.writeZeroes(0, 1)),
      text(image.discard(0, 1)),
      text(image.resize(512)),
      text(image.rebase(undefined)),
      text(store.format('/a', { virtualSize: 512 })),
    ]).toStrictEqual(Array(6).fill(write))
    expect(image.read(0, 1).isOk()).toBe(true)
    graph.close()
    other.close()
    expect(image.isOpen).toBe(false)
    expect(image.write(0, pattern(1, 1)).isOk()).toBe(true)
  })

  it('of a whole chain are given up together', () => {
    const { store, graph } = new Machine()
    store.create('/base', { format: 'qcow2', virtualSize: 512 })._unsafeUnwrap()
    store.create('/mid', { format: 'qcow2', backing: { path: '/base' } })._unsafeUnwrap()
    store.create('/top', { format: 'qcow2', backing: { path: '/mid' } })._unsafeUnwrap()
    graph.addNode({ name: 'top', path: '/top' })._unsafeUnwrap()
    expect(['/base', '/mid', '/top'].map((path) => store.get(path)?.isOpen)).toStrictEqual([
      true,
      true,
      true,
    ])
    expect(graph.removeNode('top').isOk()).toBe(true)
    expect(['/base', '/mid', '/top'].map((path) => store.get(path)?.isOpen)).toStrictEqual([
      false,
      false,
      false,
    ])
    graph.addNode({ name: 'writer', path: '/mid', backing: null })._unsafeUnwrap()
    expect(graph.addNode({ name: 'top', path: '/top' })._unsafeUnwrapErr().message).toBe(shared)
    expect(graph.nodeNames()).toStrictEqual(['writer'])
    expect(['/base', '/top'].map((path) => store.get(path)?.isOpen)).toStrictEqual([false, false])
  })
})
