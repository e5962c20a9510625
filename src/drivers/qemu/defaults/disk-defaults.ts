import type { DomainDiskDef } from '../../../xml/index.ts'

/** Says which program drives a disk and which format it has: raw, when the definition is silent. */
export function completeDisk(disk: DomainDiskDef): DomainDiskDef {
  const { source, driver } = disk
  const format = source?.format ?? driver?.type ?? 'raw'
  return {
    ...disk,
    driver: { ...driver, name: driver?.name ?? 'qemu', type: format },
    ...(source !== undefined && { source: { ...source, format } }),
  }
}
