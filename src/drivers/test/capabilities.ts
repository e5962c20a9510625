import type { CapabilitiesCell, CapabilitiesDef, CapabilitiesGuest } from '../../xml/index.ts'
import type { DefaultCell } from './default-world.ts'

/** The host that libvirt's test driver describes; one that is read from a node document has no cells. */
export function testCapabilities(cells: readonly DefaultCell[]): CapabilitiesDef {
  return {
    host: {
      arch: 'i686',
      features: ['pae', 'nonpae'],
      pageSizesKiB: [4, 8, 2048, 1_048_576],
      powerManagement: [],
      iommu: false,
      cells: cells.map((cell, id) => describeCell(cell, id, firstCpu(cells, id))),
      securityModels: [{ model: 'testSecurity', doi: '' }],
    },
    guests: [describeGuest('hvm'), describeGuest('xen')],
  }
}

function firstCpu(cells: readonly DefaultCell[], id: number): number {
  return cells.slice(0, id).reduce((sum, { cpus }) => sum + cpus, 0)
}

function describeCell(cell: DefaultCell, id: number, first: number): CapabilitiesCell {
  return {
    id,
    memoryKiB: cell.memoryKiB,
    pages: [
      { sizeKiB: cell.pageSizeKiB, count: cell.memoryKiB / cell.pageSizeKiB },
      { sizeKiB: 2048, count: 0 },
      { sizeKiB: 1_048_576, count: 0 },
    ],
    cpus: Array.from({ length: cell.cpus }, (_, index) => ({
      id: first + index,
      socketId: id,
      dieId: 0,
      coreId: index,
      siblings: String(first + index),
    })),
  }
}

function describeGuest(osType: string): CapabilitiesGuest {
  return {
    osType,
    arch: 'i686',
    wordSize: 32,
    emulator: '/usr/bin/test-hv',
    machines: [],
    domains: [{ type: 'test', machines: [] }],
    features: [{ name: 'pae' }, { name: 'nonpae' }],
  }
}
