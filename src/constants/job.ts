/**
 * Flags and enums of domain jobs, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainJobType` (libvirt-domain.h). */
export const DomainJobType = {
  NONE: 0,
  BOUNDED: 1,
  UNBOUNDED: 2,
  COMPLETED: 3,
  FAILED: 4,
  CANCELLED: 5,
} as const
/** One of {@link DomainJobType}. */
export type DomainJobType = (typeof DomainJobType)[keyof typeof DomainJobType]

/** libvirt's `virDomainGetJobStatsFlags` (libvirt-domain.h). */
export const DomainGetJobStatsFlags = {
  COMPLETED: 0x1,
  KEEP_COMPLETED: 0x2,
} as const
/** A set of {@link DomainGetJobStatsFlags}. */
export type DomainGetJobStatsFlags = Flags<typeof DomainGetJobStatsFlags>

/** libvirt's `virDomainAbortJobFlagsValues` (libvirt-domain.h). */
export const DomainAbortJobFlagsValues = {
  POSTCOPY: 0x1,
} as const
/** A set of {@link DomainAbortJobFlagsValues}. */
export type DomainAbortJobFlagsValues = Flags<typeof DomainAbortJobFlagsValues>

/** libvirt's `virDomainJobOperation` (libvirt-domain.h). */
export const DomainJobOperation = {
  UNKNOWN: 0,
  START: 1,
  SAVE: 2,
  RESTORE: 3,
  MIGRATION_IN: 4,
  MIGRATION_OUT: 5,
  SNAPSHOT: 6,
  SNAPSHOT_REVERT: 7,
  DUMP: 8,
  BACKUP: 9,
  SNAPSHOT_DELETE: 10,
} as const
/** One of {@link DomainJobOperation}. */
export type DomainJobOperation = (typeof DomainJobOperation)[keyof typeof DomainJobOperation]
