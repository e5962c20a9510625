/** Group M: what goes wrong behind the checks, in the storage and in its bitmaps. @module */
import {
  DomainBackupBeginFlags,
  DomainCheckpointDeleteFlags,
  unwrap,
} from '../../../../src/index.ts'
import { MiB } from '../fixture.ts'
import { endingTraces } from './ending.ts'
import {
  backupXml,
  Bench,
  checkpointXml,
  imagePath,
  type Outcome,
  type Scenarios,
  target,
  value,
} from './scenario.ts'

const { REUSE_EXTERNAL } = DomainBackupBeginFlags
const toFile = (file: string): string => backupXml(target('vda', file))
const vdaSince = (checkpoint: string): string => backupXml(target('vda', '/vm/bk/t'), checkpoint)

/** Backs up into an image that is there already. */
async function reuse(format: 'raw' | 'qcow2', virtualSize: number): Promise<Outcome> {
  const bench = await Bench.create()
  unwrap(bench.hypervisor.images.create('/vm/bk/t', { format, virtualSize }))
  return bench.begin(toFile('/vm/bk/t'), undefined, REUSE_EXTERNAL)
}

/** The target's file system is full before the disk is copied. */
async function noSpace(): Promise<Outcome> {
  const bench = await Bench.create()
  const { hypervisor } = bench
  unwrap(hypervisor.guest('r2-main').write('vda', 0, new Uint8Array(64 * MiB).fill(1)))
  unwrap(hypervisor.images.limit('/vm/bk/t', 59 * MiB))
  await bench.backUp(toFile('/vm/bk/t'))
  const { type: _type, ...stats } = await bench.completed()
  return value([stats])
}

/** A bitmap of this name is on vdb, but no checkpoint. */
async function clash(): Promise<Outcome> {
  const bench = await Bench.create()
  await bench.checkpoints('clash')
  unwrap(await bench.drop('clash', DomainCheckpointDeleteFlags.METADATA_ONLY))
  return bench.begin(toFile('/vm/bk/t'), checkpointXml('clash'))
}

/** Checkpoint mb, whose bitmaps were lost. */
async function lost(): Promise<Bench> {
  const bench = await Bench.create()
  await bench.checkpoints('mb')
  await bench.crash()
  return bench
}

/** Checkpoint mb2, whose bitmap on vda was disabled. */
async function disabled(): Promise<Bench> {
  const bench = await Bench.create()
  await bench.checkpoints('mb2')
  unwrap(await bench.domain.destroy())
  const bitmaps = bench.hypervisor.images.get(imagePath('vda'))?.storedBitmaps
  const bitmap = bitmaps?.get('mb2')
  if (bitmap !== undefined) bitmaps?.set('mb2', { ...bitmap, enabled: false })
  unwrap(await bench.domain.create())
  return bench
}

export const traces: Scenarios = {
  355: async () => {
    const bench = await Bench.create()
    unwrap(bench.hypervisor.images.directory('/vm/nodir', { state: 'missing' }))
    return bench.begin(toFile('/vm/nodir/x.qcow2'))
  },
  356: async () => {
    const bench = await Bench.create()
    unwrap(bench.hypervisor.images.directory('/vm/ro', { state: 'read-only' }))
    return bench.begin(toFile('/vm/ro/x.qcow2'))
  },
  358: async () =>
    (await Bench.create()).begin(toFile('/vm/bk/none.qcow2'), undefined, REUSE_EXTERNAL),
  359: noSpace,
  361: () => reuse('qcow2', 32 * MiB),
  362: () => reuse('raw', 64 * MiB),
  370: clash,
  371: async () => (await lost()).begin(vdaSince('mb')),
  373: async () => (await lost()).drop('mb'),
  374: async () => (await disabled()).begin(vdaSince('mb2')),
  377: async () => {
    const bench = await Bench.create()
    await bench.checkpoints('i1')
    await bench.restart()
    await bench.crash()
    return bench.begin(vdaSince('i1'))
  },
  ...endingTraces,
}
