import { describe, expect, it } from 'vitest'
import type { BlockdevBackupArguments, BlockResult } from '../../../src/block/index.ts'
import { commandError } from '../../../src/block/index.ts'
import { cluster, Machine } from '../machine.ts'

function textOf(result: BlockResult<unknown>): string {
  return result.isErr() ? result.error.message : 'accepted'
}

type Loose = Omit<BlockdevBackupArguments, 'sync' | 'bitmapMode' | 'onSourceError'> & {
  readonly sync: string
  readonly bitmapMode?: string
  readonly onSourceError?: string
}

function machine(): Machine {
  const made = Machine.withDisk(16)
  made.graph.addBitmap({ node: 'd0', name: 'bitmap0' })._unsafeUnwrap()
  made.addTarget('small', 15 * cluster)
  made.addTarget('large', 17 * cluster)
  made.store.create('/raw', { virtualSize: 16 * cluster })._unsafeUnwrap()
  made.graph.addNode({ name: 'raw', path: '/raw' })._unsafeUnwrap()
  made.graph.addDevice('empty')._unsafeUnwrap()
  made.store.create('/ro', { virtualSize: 16 * cluster })._unsafeUnwrap()
  made.graph.addNode({ name: 'ro', path: '/ro', readOnly: true })._unsafeUnwrap()
  return made
}

/** Everything that a refused command must leave as it was. */
function pictureOf({ graph, store }: Machine): unknown {
  return [
    graph.nodeNames(),
    graph.queryBitmaps('d0'),
    graph.jobs.queryJobs(),
    store.list(),
    [...(store.get('/t0')?.extents() ?? [])],
    graph.node('d0')?.parents.size,
  ]
}

function backup(options: Partial<Loose>): string {
  const made = machine()
  const before = pictureOf(made)
  const data = { jobId: 'j', device: 'drv0', target: 't0', sync: 'full', ...options }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a caller without types can pass any word
  const text = textOf(made.graph.blockdevBackup(data as BlockdevBackupArguments))
  if (text !== 'accepted') {
    expect(pictureOf(made)).toStrictEqual(before)
    const statuses = made.takeEvents()
    // QEMU creates the job before it looks at the speed.
    expect(statuses).toStrictEqual((options.speed ?? 0) < 0 ? ['created', 'null'] : [])
  }
  return text
}

const needs = (sync: string): string => `must provide a valid bitmap name for '${sync}' sync mode`
const missing = "Bitmap 'bitmap404' could not be found"
const onlyOnSuccess = "Bitmap sync mode must be 'on-success' when using sync mode 'incremental'"
const modeWanted = 'Bitmap sync mode must be given when providing a bitmap'
const noBitmap = 'Cannot specify bitmap sync mode without a bitmap'
const noOutput = "sync mode 'none' does not produce meaningful bitmap outputs"
const noEffect = (sync: string): string =>
  `Bitmap sync mode 'never' has no meaningful effect when combined with sync mode '${sync}'`

function expected(sync: string, bitmap: string | undefined, mode: string | undefined): string {
  if (mode === 'invalid') return "Parameter 'bitmap-mode' does not accept value 'invalid'"
  if (sync === 'incremental' || sync === 'bitmap') {
    if (bitmap === undefined) return needs(sync)
    if (sync === 'incremental' && mode !== undefined && mode !== 'on-success') return onlyOnSuccess
  }
  if (bitmap === undefined) return mode === undefined ? 'accepted' : noBitmap
  if (bitmap === 'bitmap404') return missing
  if (mode === undefined && sync !== 'incremental') return modeWanted
  if (sync === 'none') return noOutput
  if (mode === 'never' && (sync === 'full' || sync === 'top')) return noEffect(sync)
  return 'accepted'
}

describe('blockdev-backup', () => {
  const syncs = ['full', 'top', 'none', 'incremental', 'bitmap']
  const bitmaps = [undefined, 'bitmap404', 'bitmap0']
  const modes = [undefined, 'on-success', 'always', 'never', 'invalid']
  const combinations = syncs.flatMap((sync) =>
    bitmaps.flatMap((bitmap) => modes.map((mode) => [sync, bitmap, mode] as const)),
  )

  it.each(combinations)(
    'answers sync=%s bitmap=%s bitmap-mode=%s as QEMU',
    (sync, bitmap, bitmapMode) => {
      const options = { sync, ...(bitmap && { bitmap }), ...(bitmapMode && { bitmapMode }) }
      expect(backup(options)).toBe(expected(sync, bitmap, bitmapMode))
    },
  )

  it.each([
    ['an unknown source', { device: 'nope' }, "Cannot find device='nope' nor node-name='nope'"],
    ['an unknown target', { target: 'nope' }, "Cannot find device='nope' nor node-name='nope'"],
    ['an empty drive', { device: 'empty' }, "Device 'empty' has no medium"],
    ['itself as target', { target: 'drv0' }, 'Source and target cannot be the same'],
    ['an unknown sync', { sync: 'foo' }, "Parameter 'sync' does not accept value 'foo'"],
    [
      'an unknown policy',
      { onSourceError: 'foo' },
      "Parameter 'on-source-error' does not accept value 'foo'",
    ],
    [
      'compression into raw',
      { target: 'raw', compress: true },
      'Compression is not supported for this drive ',
    ],
    ['a smaller target', { target: 'small' }, 'Source and target image have different sizes'],
    ['a larger target', { target: 'large' }, 'Source and target image have different sizes'],
    [
      'a filter name that is taken',
      { filterNodeName: 't0' },
      "Could not create node: Duplicate nodes with node-name='t0'",
    ],
    [
      'a filter name of a device',
      { filterNodeName: 'empty' },
      'Could not create node: node-name=empty is conflicting with a device id',
    ],
    [
      'a bad filter name',
      { filterNodeName: '1 x' },
      "Could not create node: Invalid node-name: '1 x'",
    ],
    ['a read-only target', { target: 'ro' }, 'Could not create node: Block node is read-only'],
    [
      'no workers',
      { performance: { maxWorkers: 0 } },
      'max-workers must be between 1 and 2147483647',
    ],
    [
      'a negative chunk',
      { performance: { maxChunk: -1 } },
      'max-chunk must be zero (which means no limit) or positive',
    ],
    [
      'a chunk below the cluster',
      { performance: { maxChunk: 4096 } },
      'Required max-chunk (4096) is less than backup cluster size (65536)',
    ],
    ['a bad job id', { jobId: '1x' }, "Invalid job ID '1x'"],
    ['a job id with a newline', { jobId: 'x\n' }, "Invalid job ID 'x\n'"],
    ['a node without device and job id', { device: 'd0', jobId: '' }, "Invalid job ID ''"],
    ['a negative speed', { speed: -1 }, "Parameter 'speed' expects a non-negative value"],
  ])('refuses %s and changes nothing', (_, options, text) => {
    expect(backup(options)).toBe(text)
  })

  it('takes the name of the device for a job id', () => {
    const made = machine()
    made.graph.blockdevBackup({ device: 'drv0', target: 't0', sync: 'full' })._unsafeUnwrap()
    expect(made.graph.jobs.queryJobs()).toMatchObject([{ id: 'drv0' }])
  })

  it('needs a job id for a node that is no device', () => {
    const made = machine()
    const result = made.graph.blockdevBackup({ device: 'raw', target: 't0', sync: 'full' })
    expect(textOf(result)).toBe("Invalid job ID ''")
  })

  it('refuses what is busy with another backup, but not a second one below its filter', () => {
    const made = machine()
    made.addTarget('t1', 16 * cluster)
    made.graph
      .blockdevBackup({ jobId: 'j', device: 'drv0', target: 't0', sync: 'none' })
      ._unsafeUnwrap()
    const second = { jobId: 'k', sync: 'full' as const }
    const busy = (name: string): string =>
      `Node '${name}' is busy: block device is in use by block job: backup`
    const { graph } = made
    expect(textOf(graph.blockdevBackup({ ...second, device: 'drv0', target: 't1' }))).toBe(
      busy('drv0'),
    )
    expect(textOf(graph.blockdevBackup({ ...second, device: 'd0', target: 't0' }))).toBe(busy('t0'))
    expect(textOf(graph.blockdevBackup({ ...second, device: 't0', target: 't1' }))).toBe(busy('t0'))
    expect(
      textOf(graph.blockdevBackup({ ...second, jobId: 'j', device: 'd0', target: 't1' })),
    ).toBe("Job ID 'j' already in use")
    expect(textOf(graph.resize('drv0', 512))).toBe("Device 'drv0' is in use")
    // Recorded from QEMU 7.2, but for the name that it makes for the filter.
    expect(textOf(graph.resize('d0', 512))).toBe(
      "Permission conflict on node 'd0': permissions 'resize' are both required by an unnamed block device (uses node 'd0' as 'root' child) and unshared by node '#block001' (uses node 'd0' as 'file' child).",
    )
    expect(textOf(graph.resize('t0', 512))).toBe("Device '(null)' is in use")
    expect(textOf(graph.removeDevice('drv0'))).toBe(busy('drv0'))
    expect(textOf(graph.blockdevBackup({ ...second, device: 'd0', target: 't1' }))).toBe('accepted')
    made.fill(5, [3])
    graph.jobs.cancel('j')
    made.run()
    expect(graph.nodeNames()).toStrictEqual(['d0', 't0', 'small', 'large', 'raw', 'ro', 't1'])
    expect(graph.resize('drv0', 20 * cluster).isOk()).toBe(true)
  })

  it('locks the bitmap that it uses against all commands, and leaves others alone', () => {
    const made = machine()
    made.graph.addBitmap({ node: 'd0', name: 'other' })
    made.graph
      .blockdevBackup({
        jobId: 'j',
        device: 'drv0',
        target: 't0',
        sync: 'incremental',
        bitmap: 'bitmap0',
        speed: 1,
      })
      ._unsafeUnwrap()
    const { graph } = made
    const busy = "Bitmap 'bitmap0' is currently in use by another operation and cannot be used"
    const bitmap = { node: 'd0', name: 'bitmap0' }
    expect([
      textOf(graph.removeBitmap(bitmap)),
      textOf(graph.clearBitmap(bitmap)),
      textOf(graph.enableBitmap(bitmap)),
      textOf(graph.disableBitmap(bitmap)),
      textOf(graph.mergeBitmaps({ node: 'd0', target: 'bitmap0', bitmaps: ['other'] })),
      textOf(graph.mergeBitmaps({ node: 'd0', target: 'other', bitmaps: ['bitmap0'] })),
    ]).toStrictEqual(Array(6).fill(busy))
    const other = { node: 'd0', name: 'other' }
    expect([textOf(graph.clearBitmap(other)), textOf(graph.removeBitmap(other))]).toStrictEqual([
      'accepted',
      'accepted',
    ])
  })

  it('speaks as libvirt does when its error is wrapped', () => {
    const made = machine()
    const error = made.graph
      .transaction([
        {
          type: 'blockdev-backup',
          data: { jobId: 'j', device: 'd0', target: 'large', sync: 'full' },
        },
      ])
      ._unsafeUnwrapErr()
    expect(commandError('transaction', error)).toMatchObject({
      code: 1,
      domain: 10,
      message:
        "internal error: unable to execute QEMU command 'transaction': Source and target image have different sizes",
      cause: error,
    })
  })
})
