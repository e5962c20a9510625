/** Group D: kinds of disk, formats and kinds of target. @module */
import { DomainBackupBeginFlags, unwrap } from '../../../src/index.ts'
import { diskXml, MiB } from '../test/fixture.ts'
import type { Bench } from './bench.ts'
import type { Rig } from './rig.ts'
import {
  backupXml,
  checkpointXml,
  type Scenario,
  type Scenarios,
  type Start,
  target,
  value,
} from './scenario.ts'

const cdrom = (dev: string, source: string): string => `
  <disk type='file' device='cdrom'>
    <driver name='qemu' type='raw'/>
    ${source}
    <target dev='${dev}' bus='sata'/>
    <readonly/>
  </disk>`

const blockDisk = `
  <disk type='block' device='disk'>
    <driver name='qemu' type='raw'/>
    <source dev='/dev/loop5'/>
    <target dev='vdd' bus='virtio'/>
  </disk>`

const devices = [
  diskXml('vda', { format: 'raw', path: '/vm/img/vda.raw' }),
  diskXml('vdb', { path: '/vm/img/vdb.qcow2' }),
  diskXml('vdc', { path: '/vm/img/vdc.qcow2', more: '<readonly/>' }),
  blockDisk,
  cdrom('sda', `<source file='/vm/img/cd.iso'/>`),
  cdrom('sdb', ''),
].join('')

async function prepare(rig: Rig): Promise<void> {
  await rig.createImage('/vm/img/vda.raw', { format: 'raw', size: 32 * MiB })
  await rig.createImage('/vm/img/cd.iso', { format: 'raw', size: 2 * MiB })
  for (const [number, size] of Object.entries({ 5: 16, 6: 64, 7: 32 })) {
    await rig.createDevice(`/dev/loop${number}`, size * MiB)
  }
}

/** A running domain with a disk of each kind. */
export function allKinds(start: Start): Promise<Bench> {
  return start({ devices, sizes: { vdb: 32 * MiB, vdc: 32 * MiB }, prepare })
}

/** Creates the checkpoint `name`, as child of those before it, and describes it. */
function create(name: string, disks: string, ...before: readonly string[]): Scenario {
  return async (start) => {
    const bench = await allKinds(start)
    for (const other of before) {
      unwrap(await bench.checkpoint(checkpointXml(other, `<disk name='vdb'/>`)))
    }
    const created = await bench.checkpoint(checkpointXml(name, disks))
    return created.isErr() ? created : bench.describe(name)
  }
}

/** Backs up, and gives the completed job's statistics as they were recorded. */
function backUp(disks: string, incremental = '', flags = 0): Scenario {
  return async (start) => {
    const bench = await allKinds(start)
    unwrap(await bench.checkpoint(checkpointXml('x1', `<disk name='vdb'/>`)))
    const begun = await bench.begin(backupXml(disks, incremental), undefined, flags)
    if (begun.isErr()) return begun
    await bench.rig.settle()
    return value([0, await bench.statistics(), ''])
  }
}

const toBlock = (dev: string, driver = ''): string =>
  `<disk name='vda' type='block'>${driver}<target dev='${dev}'/></disk>`
const rawDriver = `<driver type='raw'/>`

const checkpoints: Scenarios = {
  104: async (start) => (await allKinds(start)).checkpoint(checkpointXml('x0')),
  106: create('x1', `<disk name='vdb'/>`),
  107: create('x2', `<disk name='/vm/img/vdb.qcow2'/>`, 'x1'),
  109: create('x9', `<disk name='sdb'/>`),
  110: create('x3', `<disk name='vdb'/><disk name='sda' checkpoint='no'/>`, 'x1', 'x2'),
}

const backups: Scenarios = {
  112: async (start) => (await allKinds(start)).begin('<domainbackup/>'),
  113: backUp(target('vda', '/vm/bk/t')),
  115: backUp(target('vda', '/vm/bk/t'), 'x1'),
  116: backUp(target('vdb', '/vm/bk/t'), 'x1'),
  118: backUp(target('sda', '/vm/bk/t')),
  119: backUp(target('sdb', '/vm/bk/t')),
  121: backUp(target('vdd', '/vm/bk/t')),
  122: backUp(toBlock('/dev/loop6', rawDriver)),
  124: backUp(toBlock('/dev/loop6')),
  125: backUp(toBlock('/dev/loop7', rawDriver), '', DomainBackupBeginFlags.REUSE_EXTERNAL),
  128: backUp(target('vdb', '/vm/bk/t', { driver: 'vmdk' })),
  130: backUp(target('vdb', '/vm/bk/t', { driver: 'vdi' })),
  131: backUp(target('vdb', '/vm/bk/t', { driver: 'vpc' })),
  133: backUp(target('vdb', '/vm/bk/t', { driver: 'luks' })),
  134: backUp(target('vdb', '/vm/bk/t', { driver: 'dmg' })),
}

export const diskKinds: Scenarios = { ...checkpoints, ...backups }
