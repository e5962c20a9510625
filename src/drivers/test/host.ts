import { err, ok, okAsync } from 'neverthrow'
import type { HostDriver } from '../../driver/index.ts'
import { ErrorNumber, type VirResult, virError } from '../../errors/index.ts'
import { checkMemberFlags, settled } from './member.ts'
import type { World } from './world.ts'

/** The members of {@link host}. */
type HostMembers = Required<
  Pick<
    HostDriver,
    | 'connectGetSysinfo'
    | 'connectGetMaxVcpus'
    | 'nodeGetInfo'
    | 'connectGetCapabilities'
    | 'nodeGetCellsFreeMemory'
    | 'nodeGetFreeMemory'
  >
>

/** What the host of the hypervisor answers. */
export function host(world: World): HostMembers {
  const { info, capabilities, freeMemory } = world.host
  return {
    connectGetSysinfo: (flags) =>
      settled(checkMemberFlags(world, 'connectGetSysinfo', flags, 0).map(() => sysinfo)),
    connectGetMaxVcpus: () => okAsync(world.semantics.maxVcpus),
    nodeGetInfo: () => okAsync(info),
    connectGetCapabilities: () => okAsync(capabilities),
    nodeGetCellsFreeMemory: (startCell, maxCells) =>
      settled(cellsFreeMemory(world, startCell, maxCells)),
    nodeGetFreeMemory: () => okAsync(freeMemory),
  }
}

/** libvirt's test driver reports the size of a cell, in KiB, as the bytes that are free in it. */
function cellsFreeMemory(world: World, startCell: number, maxCells: number): VirResult<number[]> {
  const { cellsKiB } = world.host
  if (startCell >= cellsKiB.length) {
    return err(
      virError(
        ErrorNumber.INVALID_ARG,
        world.semantics.errorDomain,
        'Range exceeds available cells',
      ),
    )
  }
  return ok(cellsKiB.slice(startCell, startCell + maxCells))
}

/** The machine that libvirt's test driver claims to run on. */
const sysinfo = `<sysinfo type='smbios'>
  <bios>
    <entry name='vendor'>LENOVO</entry>
    <entry name='version'>G4ETA1WW (2.61 )</entry>
    <entry name='date'>05/07/2014</entry>
    <entry name='release'>2.61</entry>
  </bios>
</sysinfo>
`
