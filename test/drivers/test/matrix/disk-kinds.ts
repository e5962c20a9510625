/** Group D: kinds of disk, formats and kinds of target. @module */
import { DomainBackupBeginFlags, unwrap } from '../../../../src/index.ts'
import { diskXml, MiB } from '../fixture.ts'
import {
  backupXml,
  Bench,
  checkpointXml,
  type Scenario,
  type Scenarios,
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

/** A domain with a disk of each kind. */
export async function allKinds(): Promise<Bench> {
  const bench = await Bench.create({
    devices,
    inactive: true,
    sizes: { vdb: 32 * MiB, vdc: 32 * MiB },
  })
  const { images } = bench.hypervisor
  unwrap(images.create('/vm/img/vda.raw', { virtualSize: 32 * MiB }))
  unwrap(images.create('/vm/img/cd.iso', { virtualSize: 2 * MiB }))
  for (const [path, size] of Object.entries({ 5: 16, 6: 64, 7: 32 })) {
    unwrap(images.create(`/dev/loop${path}`, { kind: 'block', virtualSize: size * MiB }))
  }
  unwrap(await bench.domain.create())
  return bench
}

/** Creates the checkpoint `name`, as child of those before it, and describes it. */
function create(name: string, disks: string, ...before: readonly string[]): Scenario {
  return async () => {
    const bench = await allKinds()
    for (const other of before) {
      unwrap(await bench.checkpoint(checkpointXml(other, `<disk name='vdb'/>`)))
    }
    const created = await bench.checkpoint(checkpointXml(name, disks))
    return created.isErr() ? created : bench.describe(name)
  }
}

/** Backs up, and gives the completed job's statistics as they were recorded. */
function backUp(disks: string, incremental = '', flags = 0): Scenario {
  return async () => {
    const bench = await allKinds()
    unwrap(await bench.checkpoint(checkpointXml('x1', `<disk name='vdb'/>`)))
    const begun = await bench.begin(backupXml(disks, incremental), undefined, flags)
    if (begun.isErr()) return begun
    bench.hypervisor.runUntilIdle()
    const { type: _type, ...stats } = await bench.completed()
    return value([0, stats, ''])
  }
}

const toBlock = (dev: string, driver = ''): string =>
  `<disk name='vda' type='block'>${driver}<target dev='${dev}'/></disk>`
const rawDriver = `<driver type='raw'/>`

const checkpoints: Scenarios = {
  104: async () => (await allKinds()).checkpoint(checkpointXml('x0')),
  106: create('x1', `<disk name='vdb'/>`),
  107: create('x2', `<disk name='/vm/img/vdb.qcow2'/>`, 'x1'),
  109: create('x9', `<disk name='sdb'/>`),
  110: create('x3', `<disk name='vdb'/><disk name='sda' checkpoint='no'/>`, 'x1', 'x2'),
}

const backups: Scenarios = {
  112: async () => (await allKinds()).begin('<domainbackup/>'),
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
