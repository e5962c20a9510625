import { err, errAsync, ok, okAsync } from 'neverthrow'
import { type HostDriver, settled } from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { formatCapabilities } from '../../xml/index.ts'
import { describeHost } from './capabilities.ts'
import { freeMemory, hostProcessors, memoryStatistics, nodeInfo } from './host-facts.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags } from './member.ts'

/** The members of {@link host}. */
type HostMembers = Required<
  Pick<
    HostDriver,
    | 'connectGetMaxVcpus'
    | 'nodeGetInfo'
    | 'connectGetCapabilities'
    | 'nodeGetMemoryStats'
    | 'nodeGetCellsFreeMemory'
    | 'nodeGetFreeMemory'
    | 'nodeGetCPUMap'
  >
>

/** What the host of the hypervisor answers. */
export function host(state: QemuHost): HostMembers {
  return {
    connectGetMaxVcpus: (type) => maxVcpus(type),
    nodeGetInfo: () => okAsync(nodeInfo(state.facts)),
    connectGetCapabilities: () => describeHost(state).map(formatCapabilities),
    nodeGetMemoryStats: (cellNum, flags) =>
      settled(
        checkMemberFlags('nodeGetMemoryStats', flags, 0)
          .andThen(() => checkCell(cellNum))
          .map(memoryStatistics),
      ),
    nodeGetCellsFreeMemory: (startCell, maxCells) => settled(cellsFreeMemory(startCell, maxCells)),
    nodeGetFreeMemory: () => okAsync(freeMemory()),
    nodeGetCPUMap: (wantMap, wantOnline, flags) =>
      settled(
        checkMemberFlags('nodeGetCPUMap', flags, 0).map(() => {
          const cpus = hostProcessors().length
          return {
            cpus,
            ...(wantMap && { cpumap: lowBits(cpus) }),
            ...(wantOnline && { online: cpus }),
          }
        }),
      ),
  }
}

/** What KVM of today allows for, and what libvirt says of pure emulation. */
const maxVcpusOf: Readonly<Record<string, number>> = { kvm: 1024, qemu: 16, kqemu: 1 }

function maxVcpus(type: string | undefined): VirResultAsync<number> {
  const known = maxVcpusOf[(type ?? 'qemu').toLowerCase()]
  return known === undefined
    ? errAsync(virError(ErrorNumber.INVALID_ARG, ErrorDomain.QEMU, `unknown type '${type}'`))
    : okAsync(known)
}

/** Memory is told of the host as a whole, which is its one cell. */
function checkCell(cell: number): VirResult<void> {
  return cell === -1 || cell === 0
    ? ok(undefined)
    : err(virError(ErrorNumber.INVALID_ARG, ErrorDomain.NONE, `cell ${cell} is not there`))
}

function cellsFreeMemory(startCell: number, maxCells: number): VirResult<number[]> {
  if (startCell > 0) {
    const detail = `start cell ${startCell} out of range (0-0)`
    return err(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.NONE, detail))
  }
  return ok(maxCells > 0 ? [freeMemory()] : [])
}

function lowBits(count: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(count / 8))
  for (let bit = 0; bit < count; bit++) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7))
  return bytes
}
