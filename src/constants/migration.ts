/**
 * Flags and enums of migration, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainMigrateFlags` (libvirt-domain.h). */
export const DomainMigrateFlags = {
  LIVE: 0x1,
  PEER2PEER: 0x2,
  TUNNELLED: 0x4,
  PERSIST_DEST: 0x8,
  UNDEFINE_SOURCE: 0x10,
  PAUSED: 0x20,
  NON_SHARED_DISK: 0x40,
  NON_SHARED_INC: 0x80,
  CHANGE_PROTECTION: 0x100,
  UNSAFE: 0x200,
  OFFLINE: 0x400,
  COMPRESSED: 0x800,
  ABORT_ON_ERROR: 0x1000,
  AUTO_CONVERGE: 0x2000,
  RDMA_PIN_ALL: 0x4000,
  POSTCOPY: 0x8000,
  TLS: 0x1_0000,
  PARALLEL: 0x2_0000,
  NON_SHARED_SYNCHRONOUS_WRITES: 0x4_0000,
  POSTCOPY_RESUME: 0x8_0000,
  ZEROCOPY: 0x10_0000,
} as const
/** A set of {@link DomainMigrateFlags}. */
export type DomainMigrateFlags = Flags<typeof DomainMigrateFlags>

/** libvirt's `virDomainMigrateMaxSpeedFlags` (libvirt-domain.h). */
export const DomainMigrateMaxSpeedFlags = {
  POSTCOPY: 0x1,
} as const
/** A set of {@link DomainMigrateMaxSpeedFlags}. */
export type DomainMigrateMaxSpeedFlags = Flags<typeof DomainMigrateMaxSpeedFlags>
