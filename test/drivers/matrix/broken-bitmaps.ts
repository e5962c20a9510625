/** Groups I, J and K: broken bitmaps, disks that come and go, the guest's agent, and disks of special kinds. @module */
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointXMLFlags,
  DomainUndefineFlagsValues,
  unwrap,
} from '../../../src/index.ts'
import { diskXml, MiB } from '../test/fixture.ts'
import type { Bench } from './bench.ts'
import {
  backupXml,
  checkpointXml,
  imagePath,
  type Outcome,
  recordedDisk,
  type Scenarios,
  type Start,
  target,
  zero,
} from './scenario.ts'

const { QUIESCE, REDEFINE_VALIDATE } = DomainCheckpointCreateFlags
const vdaSince = (checkpoint: string): string => backupXml(target('vda', '/vm/bk/t'), checkpoint)
const vdaDisk = `<disks><disk name='vda'/></disks>`

/** Checkpoints i1 <- i2, whose bitmaps were stored, and became inconsistent when QEMU was killed. */
export async function inconsistent(start: Start): Promise<Bench> {
  const bench = await start()
  await bench.checkpoints('i1', 'i2')
  await bench.restart()
  await bench.crash()
  return bench
}

/** Defines the domain with other disks, and starts it with them. */
export async function restartWith(bench: Bench, devices: string): Promise<void> {
  await bench.define(devices)
  await bench.restart()
}

/** Checkpoint h1 of vda and vdb, of which vdb is gone. */
async function withoutVdb(start: Start): Promise<Bench> {
  const bench = await start()
  await bench.checkpoints('h1')
  await bench.rig.write('vda', 0, 512)
  await restartWith(bench, recordedDisk('vda'))
  return bench
}

/** Disk vdn, which came after h1. */
async function withVdn(start: Start): Promise<Bench> {
  const bench = await withoutVdb(start)
  await bench.rig.createImage(imagePath('vdn'), { format: 'qcow2', size: 64 * MiB })
  await restartWith(bench, recordedDisk('vda') + recordedDisk('vdn'))
  return bench
}

export const brokenBitmaps: Scenarios = {
  257: async (start) => (await inconsistent(start)).begin(vdaSince('i1')),
  259: async (start) => (await inconsistent(start)).checkpoint(checkpointXml('i3')),
  260: async (start) =>
    (await inconsistent(start)).redefine('i1', undefined, vdaDisk, REDEFINE_VALIDATE),
  262: async (start) => {
    const bench = await inconsistent(start)
    await bench.rig.createOverlay('/vm/img/top.qcow2', imagePath('vda'))
    await restartWith(bench, diskXml('vda', { path: '/vm/img/top.qcow2' }))
    return (await bench.drop('i1')).map(() => true)
  },
  263: async (start) => (await inconsistent(start)).drop('i2'),
  266: async (start) => (await withoutVdb(start)).describe('h1', DomainCheckpointXMLFlags.SIZE),
  268: async (start) => {
    const bench = await withoutVdb(start)
    await bench.rig.createImage(imagePath('vdn'), { format: 'qcow2', size: 64 * MiB })
    await bench.checkpoints('h2')
    return bench.describe('h2')
  },
  271: async (start) =>
    (await withVdn(start)).begin(
      backupXml(
        target('vda', '/vm/bk/1') + target('vdn', '/vm/bk/2', { attributes: `backupmode='full'` }),
        'h1',
      ),
    ),
  272: async (start) => (await withVdn(start)).drop('h1'),
  298: async (start) => {
    const bench = await start()
    await bench.checkpoints('n1')
    unwrap(await bench.domain.destroy())
    unwrap(await bench.domain.rename('r2-renamed'))
    return bench.list()
  },
  299: async (start) => {
    const bench = await start()
    await bench.checkpoints('n1')
    unwrap(await bench.domain.undefineFlags(DomainUndefineFlagsValues.CHECKPOINTS_METADATA))
    return bench.list()
  },
}

const agentChannel = `
  <channel type='unix'>
    <target type='virtio' name='org.qemu.guest_agent.0'/>
  </channel>`

/** A raw disk that several domains may use. */
function shareable(start: Start): Promise<Bench> {
  const path = '/vm/img/s.raw'
  return start({
    devices: diskXml('vda', { format: 'raw', path, more: '<shareable/>' }),
    inactive: true,
    prepare: (rig) => rig.createImage(path, { format: 'raw', size: 64 * MiB }),
  })
}

export const agentAndSharing: Scenarios = {
  304: async (start) => (await start()).domain.fsThaw(),
  305: async (start) => (await start()).checkpoint(checkpointXml('q'), QUIESCE),
  307: async (start) => {
    const bench = await start({ devices: recordedDisk('vda') + agentChannel })
    await bench.rig.removeAgent()
    return bench.domain.fsFreeze()
  },
  310: async (start) => {
    const { domain } = await shareable(start)
    // The domain of this part of the recording had another name.
    return (await domain.create()).map(() => domain.getName().replace('main', 'emb'))
  },
  311: async (start) => {
    const bench = await shareable(start)
    unwrap(await bench.domain.create())
    return bench.begin(backupXml(target('vda', '/vm/bk/t')))
  },
}

/** vdb loses what is written to it when the domain stops. */
const withTransient = (start: Start, inactive: boolean): Promise<Bench> =>
  start({ devices: recordedDisk('vda') + recordedDisk('vdb', '<transient/>'), inactive })

export const specialDisks: Scenarios = {
  314: async (start) => (await start()).begin(vdaSince('new'), checkpointXml('new')),
  322: async (start): Promise<Outcome> => {
    const bench = await start()
    unwrap(await bench.domain.suspend())
    return (await bench.begin(vdaSince(''))).map(() => true)
  },
}

export const transientDisks: Scenarios = {
  323: async (start) => zero((await withTransient(start, true)).domain.create()),
  325: async (start) =>
    (await withTransient(start, false)).checkpoint(checkpointXml('t1', `<disk name='vda'/>`)),
  326: async (start) =>
    (await withTransient(start, false)).begin(backupXml(target('vdb', '/vm/bk/t'))),
}
