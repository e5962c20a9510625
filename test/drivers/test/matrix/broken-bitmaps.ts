/** Groups I, J and K: broken bitmaps, disks that come and go, the guest's agent, and disks of special kinds. @module */
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointXMLFlags,
  type Domain,
  DomainUndefineFlagsValues,
  unwrap,
} from '../../../../src/index.ts'
import { diskXml, domainXml } from '../fixture.ts'
import {
  backupXml,
  Bench,
  checkpointXml,
  type Outcome,
  recordedDisk,
  recordedUuid,
  type Scenarios,
  target,
  zero,
} from './scenario.ts'

const { QUIESCE, REDEFINE_VALIDATE } = DomainCheckpointCreateFlags
const vdaSince = (checkpoint: string): string => backupXml(target('vda', '/vm/bk/t'), checkpoint)
const vdaDisk = `<disks><disk name='vda'/></disks>`

/** Checkpoints i1 <- i2, whose bitmaps were stored, and became inconsistent when QEMU was killed. */
async function inconsistent(): Promise<Bench> {
  const bench = await Bench.create()
  await bench.checkpoints('i1', 'i2')
  await bench.restart()
  await bench.crash()
  return bench
}

/** Defines the domain with other disks, and starts it with them. */
async function restartWith(bench: Bench, devices: string): Promise<Domain> {
  const xml = domainXml({ name: 'r2-main', uuid: recordedUuid, devices })
  const domain = unwrap(await bench.connection.domainDefineXML(xml))
  await bench.restart()
  return domain
}

/** Checkpoint h1 of vda and vdb, of which vdb is gone. */
async function withoutVdb(): Promise<Bench> {
  const bench = await Bench.create()
  await bench.checkpoints('h1')
  unwrap(bench.hypervisor.guest('r2-main').write('vda', 0, new Uint8Array(512).fill(1)))
  await restartWith(bench, recordedDisk('vda'))
  return bench
}

/** Disk vdn, which came after h1. */
async function withVdn(): Promise<Bench> {
  const bench = await withoutVdb()
  await restartWith(bench, recordedDisk('vda') + recordedDisk('vdn'))
  return bench
}

export const brokenBitmaps: Scenarios = {
  257: async () => (await inconsistent()).begin(vdaSince('i1')),
  259: async () => (await inconsistent()).checkpoint(checkpointXml('i3')),
  260: async () => (await inconsistent()).redefine('i1', undefined, vdaDisk, REDEFINE_VALIDATE),
  263: async () => (await inconsistent()).drop('i2'),
  266: async () => (await withoutVdb()).describe('h1', DomainCheckpointXMLFlags.SIZE),
  268: async () => {
    const bench = await withoutVdb()
    await bench.checkpoints('h2')
    return bench.describe('h2')
  },
  271: async () =>
    (await withVdn()).begin(
      backupXml(
        target('vda', '/vm/bk/1') + target('vdn', '/vm/bk/2', { attributes: `backupmode='full'` }),
        'h1',
      ),
    ),
  272: async () => (await withVdn()).drop('h1'),
  298: async () => {
    const bench = await Bench.create()
    await bench.checkpoints('n1')
    unwrap(await bench.domain.destroy())
    unwrap(await bench.domain.rename('r2-renamed'))
    return bench.list()
  },
  299: async () => {
    const bench = await Bench.create()
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
async function shareable(): Promise<Bench> {
  const devices = diskXml('vda', { format: 'raw', path: '/vm/img/s.raw', more: '<shareable/>' })
  return Bench.create({ devices, inactive: true })
}

export const agentAndSharing: Scenarios = {
  304: async () => (await Bench.create()).domain.fsThaw(),
  305: async () => (await Bench.create()).checkpoint(checkpointXml('q'), QUIESCE),
  307: async () => {
    const bench = await Bench.create({ devices: recordedDisk('vda') + agentChannel })
    bench.hypervisor.setAgent('r2-main', 'absent')
    return bench.domain.fsFreeze()
  },
  310: async () => {
    const { domain } = await shareable()
    // The domain of this part of the recording had another name.
    return (await domain.create()).map(() => domain.getName().replace('main', 'emb'))
  },
  311: async () => {
    const bench = await shareable()
    unwrap(await bench.domain.create())
    return bench.begin(backupXml(target('vda', '/vm/bk/t')))
  },
}

/** vdb loses what is written to it when the domain stops. */
const withTransient = (inactive: boolean): Promise<Bench> =>
  Bench.create({ devices: recordedDisk('vda') + recordedDisk('vdb', '<transient/>'), inactive })

export const specialDisks: Scenarios = {
  314: async () => (await Bench.create()).begin(vdaSince('new'), checkpointXml('new')),
  322: async (): Promise<Outcome> => {
    const bench = await Bench.create()
    unwrap(await bench.domain.suspend())
    return (await bench.begin(vdaSince(''))).map(() => true)
  },
  323: async () => zero((await withTransient(true)).domain.create()),
  325: async () =>
    (await withTransient(false)).checkpoint(checkpointXml('t1', `<disk name='vda'/>`)),
  326: async () => (await withTransient(false)).begin(backupXml(target('vdb', '/vm/bk/t'))),
}
