/** Group M: what goes wrong behind the checks, in the storage and in its bitmaps. @module */
import { DomainBackupBeginFlags, DomainCheckpointDeleteFlags, unwrap } from '../../../src/index.ts'
import { MiB } from '../test/fixture.ts'
import { endingTraces } from './ending.ts'
import type { Bench } from './bench.ts'
import {
  backupXml,
  checkpointXml,
  type Outcome,
  type Scenarios,
  type Start,
  target,
  value,
} from './scenario.ts'

const { REUSE_EXTERNAL } = DomainBackupBeginFlags
const toFile = (file: string): string => backupXml(target('vda', file))
const vdaSince = (checkpoint: string): string => backupXml(target('vda', '/vm/bk/t'), checkpoint)

/** Backs up into an image that is there already. */
async function reuse(start: Start, format: 'raw' | 'qcow2', size: number): Promise<Outcome> {
  const bench = await start()
  await bench.rig.createImage('/vm/bk/t', { format, size })
  return bench.begin(toFile('/vm/bk/t'), undefined, REUSE_EXTERNAL)
}

/** The target's file system is full before the disk is copied. */
async function noSpace(start: Start): Promise<Outcome> {
  const bench = await start()
  await bench.rig.write('vda', 0, 64 * MiB)
  await bench.rig.limit('/vm/full/t', 59 * MiB)
  await bench.backUp(toFile('/vm/full/t'))
  return value([await bench.statistics()])
}

/** A bitmap of this name is on vdb, but no checkpoint. */
async function clash(start: Start): Promise<Outcome> {
  const bench = await start()
  await bench.checkpoints('clash')
  unwrap(await bench.drop('clash', DomainCheckpointDeleteFlags.METADATA_ONLY))
  return bench.begin(toFile('/vm/bk/t'), checkpointXml('clash'))
}

/** Checkpoint mb, whose bitmaps were lost. */
async function lost(start: Start): Promise<Bench> {
  const bench = await start()
  await bench.checkpoints('mb')
  await bench.crash()
  return bench
}

/** Checkpoint mb2, whose bitmap on vda was disabled. */
async function disabled(start: Start): Promise<Bench> {
  const bench = await start()
  await bench.checkpoints('mb2')
  await bench.rig.disableBitmap('vda', 'mb2')
  return bench
}

export const traces: Scenarios = {
  355: async (start) => {
    const bench = await start()
    await bench.rig.directory('/vm/nodir', 'missing')
    return bench.begin(toFile('/vm/nodir/x.qcow2'))
  },
  356: async (start) => {
    const bench = await start()
    await bench.rig.directory('/vm/ro', 'read-only')
    return bench.begin(toFile('/vm/ro/x.qcow2'))
  },
  358: async (start) =>
    (await start()).begin(toFile('/vm/bk/none.qcow2'), undefined, REUSE_EXTERNAL),
  359: noSpace,
  361: (start) => reuse(start, 'qcow2', 32 * MiB),
  362: (start) => reuse(start, 'raw', 64 * MiB),
  370: clash,
  371: async (start) => (await lost(start)).begin(vdaSince('mb')),
  373: async (start) => (await lost(start)).drop('mb'),
  374: async (start) => (await disabled(start)).begin(vdaSince('mb2')),
  377: async (start) => {
    const bench = await start()
    await bench.checkpoints('i1')
    await bench.restart()
    await bench.crash()
    return bench.begin(vdaSince('i1'))
  },
  ...endingTraces,
}
