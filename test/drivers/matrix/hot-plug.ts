/** Disks that come and go, of groups E and I. @module */
import { DomainDeviceModifyFlags } from '../../../src/index.ts'
import { MiB } from '../test/fixture.ts'
import { pullingVda } from './pull.ts'
import { imagePath, recordedDisk, type Scenarios, zero } from './scenario.ts'

const { LIVE } = DomainDeviceModifyFlags

export const hotPlug: Scenarios = {
  157: async (start) => {
    const { domain, rig } = await pullingVda(start)
    return zero(domain.detachDeviceFlags(rig.toHere(recordedDisk('vda')), LIVE))
  },
  158: async (start) => {
    const { domain, rig } = await pullingVda(start)
    return zero(domain.detachDeviceFlags(rig.toHere(recordedDisk('vdb')), LIVE))
  },
  269: async (start) => {
    const { domain, rig } = await start()
    await rig.createImage(imagePath('vdn'), { format: 'qcow2', size: 64 * MiB })
    return zero(domain.attachDeviceFlags(rig.toHere(recordedDisk('vdn')), LIVE))
  },
}
