/** Rows that are run on QEMU only: its monitor, a guest that keeps a disk. @module */
import {
  DomainDeviceModifyFlags,
  DomainQemuMonitorCommandFlags,
  unwrap,
} from '../../../src/index.ts'
import { pullingBoth, pullingIntoLittle } from './pull.ts'
import { recordedDisk, type Scenarios, value } from './scenario.ts'

const { LIVE } = DomainDeviceModifyFlags
const { HMP } = DomainQemuMonitorCommandFlags

export const onQemu: Scenarios = {
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
