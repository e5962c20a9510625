/** Rows that are run on QEMU only: its monitor, a guest that keeps a disk, bitmaps in a backing image. @module */
import {
  DomainDeviceModifyFlags,
  DomainQemuMonitorCommandFlags,
  unwrap,
} from '../../../src/index.ts'
import { diskXml } from '../test/fixture.ts'
import { inconsistent, restartWith } from './broken-bitmaps.ts'
import { pullingBoth, pullingIntoLittle } from './pull.ts'
import { imagePath, recordedDisk, type Scenarios, value } from './scenario.ts'

const { LIVE } = DomainDeviceModifyFlags
const { HMP } = DomainQemuMonitorCommandFlags

export const onQemu: Scenarios = {
  262: async (start) => {
    const bench = await inconsistent(start)
    await bench.rig.createOverlay('/vm/img/top.qcow2', imagePath('vda'))
    await restartWith(bench, diskXml('vda', { path: '/vm/img/top.qcow2' }))
    return (await bench.drop('i1')).map(() => true)
  },
  265: async (start) => {
    const { domain, rig } = await start()
    unwrap(await domain.detachDeviceFlags(rig.toHere(recordedDisk('vdb')), LIVE))
    return (await domain.getXMLDesc()).map((xml) => xml.includes(`dev='vdb'`))
  },
  364: async (start) => {
    const { domain } = await pullingIntoLittle(start)
    const device = '/machine/peripheral/virtio-disk0/virtio-backend'
    return domain.qemuMonitorCommand(`qemu-io -d ${device} "write -P 2 0 8M"`, HMP)
  },
  383: async (start) => {
    const bench = await pullingBoth(start)
    unwrap(await bench.domain.qemuMonitorCommand('{"execute":"quit"}'))
    await bench.rig.until(() => bench.events.length >= 3)
    return value([await bench.statistics()])
  },
}
