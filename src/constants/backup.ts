/**
 * Flags and enums of backups, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainBackupBeginFlags` (libvirt-domain.h). */
export const DomainBackupBeginFlags = {
  REUSE_EXTERNAL: 0x1,
  /** Makes the bitmaps of the checkpoint without remembering it; from the 2019 proposal, on a bit of ours. */
  NO_METADATA: 0x1000_0000,
  /** Freezes the guest's file systems around the start; from the 2019 proposal, on a bit of ours. */
  QUIESCE: 0x2000_0000,
  /**
   * Deletes the checkpoint that began with the backup when this does not succeed, so that no increment is based on what was
   * never backed up; libvirt leaves it. A bit of ours.
   */
  DISCARD_CHECKPOINT: 0x4000_0000,
} as const
/** A set of {@link DomainBackupBeginFlags}. */
export type DomainBackupBeginFlags = Flags<typeof DomainBackupBeginFlags>

/** Options of ending a backup; from the 2019 proposal (`virDomainBackupEndFlags`). */
export const DomainBackupEndFlags = {
  /** Abandons a push backup that is not complete. */
  ABORT: 0x1,
} as const
/** A set of {@link DomainBackupEndFlags}. */
export type DomainBackupEndFlags = Flags<typeof DomainBackupEndFlags>
