/**
 * Flags and enums of statistics, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainMemoryStatTags` (libvirt-domain.h). */
export const DomainMemoryStatTags = {
  SWAP_IN: 0,
  SWAP_OUT: 1,
  MAJOR_FAULT: 2,
  MINOR_FAULT: 3,
  UNUSED: 4,
  AVAILABLE: 5,
  ACTUAL_BALLOON: 6,
  RSS: 7,
  USABLE: 8,
  LAST_UPDATE: 9,
  DISK_CACHES: 10,
  HUGETLB_PGALLOC: 11,
  HUGETLB_PGFAIL: 12,
  NR: 13,
} as const
/** One of {@link DomainMemoryStatTags}. */
export type DomainMemoryStatTags = (typeof DomainMemoryStatTags)[keyof typeof DomainMemoryStatTags]

/** libvirt's `virDomainStatsTypes` (libvirt-domain.h). */
export const DomainStatsTypes = {
  STATE: 0x1,
  CPU_TOTAL: 0x2,
  BALLOON: 0x4,
  VCPU: 0x8,
  INTERFACE: 0x10,
  BLOCK: 0x20,
  PERF: 0x40,
  IOTHREAD: 0x80,
  MEMORY: 0x100,
  DIRTYRATE: 0x200,
  VM: 0x400,
} as const
/** A set of {@link DomainStatsTypes}. */
export type DomainStatsTypes = Flags<typeof DomainStatsTypes>

/** libvirt's `virConnectGetAllDomainStatsFlags` (libvirt-domain.h). */
export const ConnectGetAllDomainStatsFlags = {
  ACTIVE: 0x1,
  INACTIVE: 0x2,
  PERSISTENT: 0x4,
  TRANSIENT: 0x8,
  RUNNING: 0x10,
  PAUSED: 0x20,
  SHUTOFF: 0x40,
  OTHER: 0x80,
  NOWAIT: 0x2000_0000,
  BACKING: 0x4000_0000,
  ENFORCE_STATS: 0x8000_0000,
} as const
/** A set of {@link ConnectGetAllDomainStatsFlags}. */
export type ConnectGetAllDomainStatsFlags = Flags<typeof ConnectGetAllDomainStatsFlags>

/** libvirt's `virDomainMessageType` (libvirt-domain.h). */
export const DomainMessageType = {
  DEPRECATION: 0x1,
  TAINTING: 0x2,
} as const
/** A set of {@link DomainMessageType}. */
export type DomainMessageType = Flags<typeof DomainMessageType>

/** libvirt's `virDomainDirtyRateStatus` (libvirt-domain.h). */
export const DomainDirtyRateStatus = {
  UNSTARTED: 0,
  MEASURING: 1,
  MEASURED: 2,
} as const
/** One of {@link DomainDirtyRateStatus}. */
export type DomainDirtyRateStatus =
  (typeof DomainDirtyRateStatus)[keyof typeof DomainDirtyRateStatus]

/** libvirt's `virDomainDirtyRateCalcFlags` (libvirt-domain.h). */
export const DomainDirtyRateCalcFlags = {
  MODE_PAGE_SAMPLING: 0x0,
  MODE_DIRTY_BITMAP: 0x1,
  MODE_DIRTY_RING: 0x2,
} as const
/** A set of {@link DomainDirtyRateCalcFlags}. */
export type DomainDirtyRateCalcFlags = Flags<typeof DomainDirtyRateCalcFlags>
