/**
 * Flags and enums of snapshots, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainSnapshotCreateFlags` (libvirt-domain-snapshot.h). */
export const DomainSnapshotCreateFlags = {
  REDEFINE: 0x1,
  CURRENT: 0x2,
  NO_METADATA: 0x4,
  HALT: 0x8,
  DISK_ONLY: 0x10,
  REUSE_EXT: 0x20,
  QUIESCE: 0x40,
  ATOMIC: 0x80,
  LIVE: 0x100,
  VALIDATE: 0x200,
} as const
/** A set of {@link DomainSnapshotCreateFlags}. */
export type DomainSnapshotCreateFlags = Flags<typeof DomainSnapshotCreateFlags>

/** libvirt's `virDomainSnapshotXMLFlags` (libvirt-domain-snapshot.h). */
export const DomainSnapshotXMLFlags = {
  SECURE: 0x1,
} as const
/** A set of {@link DomainSnapshotXMLFlags}. */
export type DomainSnapshotXMLFlags = Flags<typeof DomainSnapshotXMLFlags>

/** libvirt's `virDomainSnapshotListFlags` (libvirt-domain-snapshot.h). */
export const DomainSnapshotListFlags = {
  ROOTS: 0x1,
  DESCENDANTS: 0x1,
  LEAVES: 0x4,
  NO_LEAVES: 0x8,
  METADATA: 0x2,
  NO_METADATA: 0x10,
  INACTIVE: 0x20,
  ACTIVE: 0x40,
  DISK_ONLY: 0x80,
  INTERNAL: 0x100,
  EXTERNAL: 0x200,
  TOPOLOGICAL: 0x400,
} as const
/** A set of {@link DomainSnapshotListFlags}. */
export type DomainSnapshotListFlags = Flags<typeof DomainSnapshotListFlags>

/** libvirt's `virDomainSnapshotRevertFlags` (libvirt-domain-snapshot.h). */
export const DomainSnapshotRevertFlags = {
  RUNNING: 0x1,
  PAUSED: 0x2,
  FORCE: 0x4,
  RESET_NVRAM: 0x8,
} as const
/** A set of {@link DomainSnapshotRevertFlags}. */
export type DomainSnapshotRevertFlags = Flags<typeof DomainSnapshotRevertFlags>

/** libvirt's `virDomainSnapshotDeleteFlags` (libvirt-domain-snapshot.h). */
export const DomainSnapshotDeleteFlags = {
  CHILDREN: 0x1,
  METADATA_ONLY: 0x2,
  CHILDREN_ONLY: 0x4,
} as const
/** A set of {@link DomainSnapshotDeleteFlags}. */
export type DomainSnapshotDeleteFlags = Flags<typeof DomainSnapshotDeleteFlags>
