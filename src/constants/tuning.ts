/**
 * Flags and enums of tuning, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainMemoryModFlags` (libvirt-domain.h). */
export const DomainMemoryModFlags = {
  CURRENT: 0x0,
  LIVE: 0x1,
  CONFIG: 0x2,
  MAXIMUM: 0x4,
} as const
/** A set of {@link DomainMemoryModFlags}. */
export type DomainMemoryModFlags = Flags<typeof DomainMemoryModFlags>

/** libvirt's `virDomainNumatuneMemMode` (libvirt-domain.h). */
export const DomainNumatuneMemMode = {
  STRICT: 0,
  PREFERRED: 1,
  INTERLEAVE: 2,
  RESTRICTIVE: 3,
} as const
/** One of {@link DomainNumatuneMemMode}. */
export type DomainNumatuneMemMode =
  (typeof DomainNumatuneMemMode)[keyof typeof DomainNumatuneMemMode]

/** libvirt's `virDomainMemoryFlags` (libvirt-domain.h). */
export const DomainMemoryFlags = {
  VIRTUAL: 0x1,
  PHYSICAL: 0x2,
} as const
/** A set of {@link DomainMemoryFlags}. */
export type DomainMemoryFlags = Flags<typeof DomainMemoryFlags>

/** libvirt's `virVcpuState` (libvirt-domain.h). */
export const VcpuState = {
  OFFLINE: 0,
  RUNNING: 1,
  BLOCKED: 2,
} as const
/** One of {@link VcpuState}. */
export type VcpuState = (typeof VcpuState)[keyof typeof VcpuState]

/** libvirt's `virVcpuHostCpuState` (libvirt-domain.h). */
export const VcpuHostCpuState = {
  OFFLINE: -1,
  UNAVAILABLE: -2,
} as const
/** One of {@link VcpuHostCpuState}. */
export type VcpuHostCpuState = (typeof VcpuHostCpuState)[keyof typeof VcpuHostCpuState]

/** libvirt's `virDomainVcpuFlags` (libvirt-domain.h). */
export const DomainVcpuFlags = {
  CURRENT: 0x0,
  LIVE: 0x1,
  CONFIG: 0x2,
  MAXIMUM: 0x4,
  GUEST: 0x8,
  HOTPLUGGABLE: 0x10,
} as const
/** A set of {@link DomainVcpuFlags}. */
export type DomainVcpuFlags = Flags<typeof DomainVcpuFlags>

/** libvirt's `virSchedParameterType` (libvirt-domain.h). */
export const SchedParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
} as const
/** One of {@link SchedParameterType}. */
export type SchedParameterType = (typeof SchedParameterType)[keyof typeof SchedParameterType]

/** libvirt's `virBlkioParameterType` (libvirt-domain.h). */
export const BlkioParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
} as const
/** One of {@link BlkioParameterType}. */
export type BlkioParameterType = (typeof BlkioParameterType)[keyof typeof BlkioParameterType]

/** libvirt's `virMemoryParameterType` (libvirt-domain.h). */
export const MemoryParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
} as const
/** One of {@link MemoryParameterType}. */
export type MemoryParameterType = (typeof MemoryParameterType)[keyof typeof MemoryParameterType]
