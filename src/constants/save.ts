/**
 * Flags and enums of saving and dumping, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainCoreDumpFlags` (libvirt-domain.h). */
export const DomainCoreDumpFlags = {
  CRASH: 0x1,
  LIVE: 0x2,
  BYPASS_CACHE: 0x4,
  RESET: 0x8,
  MEMORY_ONLY: 0x10,
} as const
/** A set of {@link DomainCoreDumpFlags}. */
export type DomainCoreDumpFlags = Flags<typeof DomainCoreDumpFlags>

/** libvirt's `virDomainCoreDumpFormat` (libvirt-domain.h). */
export const DomainCoreDumpFormat = {
  RAW: 0,
  KDUMP_ZLIB: 1,
  KDUMP_LZO: 2,
  KDUMP_SNAPPY: 3,
  WIN_DMP: 4,
} as const
/** One of {@link DomainCoreDumpFormat}. */
export type DomainCoreDumpFormat = (typeof DomainCoreDumpFormat)[keyof typeof DomainCoreDumpFormat]

/** libvirt's `virDomainSaveRestoreFlags` (libvirt-domain.h). */
export const DomainSaveRestoreFlags = {
  BYPASS_CACHE: 0x1,
  RUNNING: 0x2,
  PAUSED: 0x4,
  RESET_NVRAM: 0x8,
} as const
/** A set of {@link DomainSaveRestoreFlags}. */
export type DomainSaveRestoreFlags = Flags<typeof DomainSaveRestoreFlags>

/** libvirt's `virDomainSaveImageXMLFlags` (libvirt-domain.h). */
export const DomainSaveImageXMLFlags = {
  SECURE: 0x1,
} as const
/** A set of {@link DomainSaveImageXMLFlags}. */
export type DomainSaveImageXMLFlags = Flags<typeof DomainSaveImageXMLFlags>
