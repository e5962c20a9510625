/**
 * Flags and enums of block jobs, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainBlockJobType` (libvirt-domain.h). */
export const DomainBlockJobType = {
  UNKNOWN: 0,
  PULL: 1,
  COPY: 2,
  COMMIT: 3,
  ACTIVE_COMMIT: 4,
  BACKUP: 5,
} as const
/** One of {@link DomainBlockJobType}. */
export type DomainBlockJobType = (typeof DomainBlockJobType)[keyof typeof DomainBlockJobType]

/** libvirt's `virDomainBlockJobAbortFlags` (libvirt-domain.h). */
export const DomainBlockJobAbortFlags = {
  ASYNC: 0x1,
  PIVOT: 0x2,
} as const
/** A set of {@link DomainBlockJobAbortFlags}. */
export type DomainBlockJobAbortFlags = Flags<typeof DomainBlockJobAbortFlags>

/** libvirt's `virDomainBlockJobInfoFlags` (libvirt-domain.h). */
export const DomainBlockJobInfoFlags = {
  BANDWIDTH_BYTES: 0x1,
} as const
/** A set of {@link DomainBlockJobInfoFlags}. */
export type DomainBlockJobInfoFlags = Flags<typeof DomainBlockJobInfoFlags>

/** libvirt's `virDomainBlockJobSetSpeedFlags` (libvirt-domain.h). */
export const DomainBlockJobSetSpeedFlags = {
  BANDWIDTH_BYTES: 0x1,
} as const
/** A set of {@link DomainBlockJobSetSpeedFlags}. */
export type DomainBlockJobSetSpeedFlags = Flags<typeof DomainBlockJobSetSpeedFlags>

/** libvirt's `virDomainBlockPullFlags` (libvirt-domain.h). */
export const DomainBlockPullFlags = {
  BANDWIDTH_BYTES: 0x40,
} as const
/** A set of {@link DomainBlockPullFlags}. */
export type DomainBlockPullFlags = Flags<typeof DomainBlockPullFlags>

/** libvirt's `virDomainBlockRebaseFlags` (libvirt-domain.h). */
export const DomainBlockRebaseFlags = {
  SHALLOW: 0x1,
  REUSE_EXT: 0x2,
  COPY_RAW: 0x4,
  COPY: 0x8,
  RELATIVE: 0x10,
  COPY_DEV: 0x20,
  BANDWIDTH_BYTES: 0x40,
} as const
/** A set of {@link DomainBlockRebaseFlags}. */
export type DomainBlockRebaseFlags = Flags<typeof DomainBlockRebaseFlags>

/** libvirt's `virDomainBlockCopyFlags` (libvirt-domain.h). */
export const DomainBlockCopyFlags = {
  SHALLOW: 0x1,
  REUSE_EXT: 0x2,
  TRANSIENT_JOB: 0x4,
  SYNCHRONOUS_WRITES: 0x8,
} as const
/** A set of {@link DomainBlockCopyFlags}. */
export type DomainBlockCopyFlags = Flags<typeof DomainBlockCopyFlags>

/** libvirt's `virDomainBlockCommitFlags` (libvirt-domain.h). */
export const DomainBlockCommitFlags = {
  SHALLOW: 0x1,
  DELETE: 0x2,
  ACTIVE: 0x4,
  RELATIVE: 0x8,
  BANDWIDTH_BYTES: 0x10,
} as const
/** A set of {@link DomainBlockCommitFlags}. */
export type DomainBlockCommitFlags = Flags<typeof DomainBlockCommitFlags>
