/**
 * Flags and enums of block devices, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainBlockResizeFlags` (libvirt-domain.h). */
export const DomainBlockResizeFlags = {
  BYTES: 0x1,
} as const
/** A set of {@link DomainBlockResizeFlags}. */
export type DomainBlockResizeFlags = Flags<typeof DomainBlockResizeFlags>

/** libvirt's `virDomainDiskErrorCode` (libvirt-domain.h). */
export const DomainDiskErrorCode = {
  NONE: 0,
  UNSPEC: 1,
  NO_SPACE: 2,
} as const
/** One of {@link DomainDiskErrorCode}. */
export type DomainDiskErrorCode = (typeof DomainDiskErrorCode)[keyof typeof DomainDiskErrorCode]
