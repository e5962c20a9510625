import fc from 'fast-check'
import type { BackupSync, BlockResult, ImageFormat } from '../../../src/block/index.ts'
import { pattern } from '../bytes.ts'
import { cluster, Machine } from '../machine.ts'

const KiB = 1024
/** Not a multiple of any cluster. */
export const size: number = 19 * cluster + 37 * KiB

export interface GuestAction {
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
export const history: fc.Arbitrary<GuestAction[]> = fc.array(guestAction, { maxLength: 20 })

export const shape = fc.record({
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

export type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never

export function build(options: Shape): Machine {
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
export function act(
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

export function contentOf(machine: Machine, node: string): Uint8Array {
  return machine.graph.read(node, 0, size)._unsafeUnwrap()
}

/** The clusters of the job that a plan covers, as a function of an offset. */
export function planOf(machine: Machine, { sync, target }: Shape): (offset: number) => boolean {
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

export function startAndDisturb(
  machine: Machine,
  options: Shape,
  during: readonly GuestAction[],
): void {
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
