/** Rows that need a QEMU: its monitor, and disks that come and go. @module */
import {
  DomainDeviceModifyFlags,
  DomainQemuMonitorCommandFlags,
  unwrap,
} from '../../../src/index.ts'
import { MiB } from '../test/fixture.ts'
import { pullingBoth, pullingIntoLittle, pullingVda } from './pull.ts'
import { imagePath, recordedDisk, type Scenarios, value, zero } from './scenario.ts'

const { LIVE } = DomainDeviceModifyFlags
const { HMP } = DomainQemuMonitorCommandFlags

export const onQemu: Scenarios = {
  157: async (start) => {
    const { domain, rig } = await pullingVda(start)
    return zero(domain.detachDeviceFlags(rig.toHere(recordedDisk('vda')), LIVE))
  },
  158: async (start) => {
    const { domain, rig } = await pullingVda(start)
    return zero(domain.detachDeviceFlags(rig.toHere(recordedDisk('vdb')), LIVE))
  },
  265: async (start) => {
    const { domain, rig } = await start()
    unwrap(await domain.detachDeviceFlags(rig.toHere(recordedDisk('vdb')), LIVE))
    return (await domain.getXMLDesc()).map((xml) => xml.includes(`dev='vdb'`))
  },
  269: async (start) => {
    const { domain, rig } = await start()
    await rig.createImage(imagePath('vdn'), { format: 'qcow2', size: 64 * MiB })
    return zero(domain.attachDeviceFlags(rig.toHere(recordedDisk('vdn')), LIVE))
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
