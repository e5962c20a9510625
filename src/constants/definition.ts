/**
 * Flags and enums of definitions, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainModificationImpact` (libvirt-domain.h). */
export const DomainModificationImpact = {
  CURRENT: 0x0,
  LIVE: 0x1,
  CONFIG: 0x2,
} as const
/** A set of {@link DomainModificationImpact}. */
export type DomainModificationImpact = Flags<typeof DomainModificationImpact>

/** libvirt's `virDomainMetadataType` (libvirt-domain.h). */
export const DomainMetadataType = {
  DESCRIPTION: 0,
  TITLE: 1,
  ELEMENT: 2,
} as const
/** One of {@link DomainMetadataType}. */
export type DomainMetadataType = (typeof DomainMetadataType)[keyof typeof DomainMetadataType]

/** libvirt's `virDomainXMLFlags` (libvirt-domain.h). */
export const DomainXMLFlags = {
  SECURE: 0x1,
  INACTIVE: 0x2,
  UPDATE_CPU: 0x4,
  MIGRATABLE: 0x8,
} as const
/** A set of {@link DomainXMLFlags}. */
export type DomainXMLFlags = Flags<typeof DomainXMLFlags>

/** libvirt's `virDomainDefineFlags` (libvirt-domain.h). */
export const DomainDefineFlags = {
  VALIDATE: 0x1,
} as const
/** A set of {@link DomainDefineFlags}. */
export type DomainDefineFlags = Flags<typeof DomainDefineFlags>

/** libvirt's `virDomainUndefineFlagsValues` (libvirt-domain.h). */
export const DomainUndefineFlagsValues = {
  MANAGED_SAVE: 0x1,
  SNAPSHOTS_METADATA: 0x2,
  NVRAM: 0x4,
  KEEP_NVRAM: 0x8,
  CHECKPOINTS_METADATA: 0x10,
  TPM: 0x20,
  KEEP_TPM: 0x40,
} as const
/** A set of {@link DomainUndefineFlagsValues}. */
export type DomainUndefineFlagsValues = Flags<typeof DomainUndefineFlagsValues>
