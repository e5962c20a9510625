/**
 * Flags and enums of the host, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virNodeSuspendTarget` (libvirt-host.h). */
export const NodeSuspendTarget = {
  MEM: 0,
  DISK: 1,
  HYBRID: 2,
} as const
/** One of {@link NodeSuspendTarget}. */
export type NodeSuspendTarget = (typeof NodeSuspendTarget)[keyof typeof NodeSuspendTarget]

/** libvirt's `virNodeGetCPUStatsAllCPUs` (libvirt-host.h). */
export const NodeGetCPUStatsAllCPUs = {
  ALL_CPUS: -1,
} as const
/** One of {@link NodeGetCPUStatsAllCPUs}. */
export type NodeGetCPUStatsAllCPUs =
  (typeof NodeGetCPUStatsAllCPUs)[keyof typeof NodeGetCPUStatsAllCPUs]

/** libvirt's `virNodeGetMemoryStatsAllCells` (libvirt-host.h). */
export const NodeGetMemoryStatsAllCells = {
  ALL_CELLS: -1,
} as const
/** One of {@link NodeGetMemoryStatsAllCells}. */
export type NodeGetMemoryStatsAllCells =
  (typeof NodeGetMemoryStatsAllCells)[keyof typeof NodeGetMemoryStatsAllCells]

/** libvirt's `virCPUCompareResult` (libvirt-host.h). */
export const CPUCompareResult = {
  ERROR: -1,
  INCOMPATIBLE: 0,
  IDENTICAL: 1,
  SUPERSET: 2,
} as const
/** One of {@link CPUCompareResult}. */
export type CPUCompareResult = (typeof CPUCompareResult)[keyof typeof CPUCompareResult]

/** libvirt's `virConnectCompareCPUFlags` (libvirt-host.h). */
export const ConnectCompareCPUFlags = {
  FAIL_INCOMPATIBLE: 0x1,
  VALIDATE_XML: 0x2,
} as const
/** A set of {@link ConnectCompareCPUFlags}. */
export type ConnectCompareCPUFlags = Flags<typeof ConnectCompareCPUFlags>

/** libvirt's `virConnectBaselineCPUFlags` (libvirt-host.h). */
export const ConnectBaselineCPUFlags = {
  EXPAND_FEATURES: 0x1,
  MIGRATABLE: 0x2,
} as const
/** A set of {@link ConnectBaselineCPUFlags}. */
export type ConnectBaselineCPUFlags = Flags<typeof ConnectBaselineCPUFlags>

/** libvirt's `virNodeAllocPagesFlags` (libvirt-host.h). */
export const NodeAllocPagesFlags = {
  ADD: 0,
  SET: 1,
} as const
/** One of {@link NodeAllocPagesFlags}. */
export type NodeAllocPagesFlags = (typeof NodeAllocPagesFlags)[keyof typeof NodeAllocPagesFlags]
