/**
 * Flags and enums of the life cycle of domains, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainState` (libvirt-domain.h). */
export const DomainState = {
  NOSTATE: 0,
  RUNNING: 1,
  BLOCKED: 2,
  PAUSED: 3,
  SHUTDOWN: 4,
  SHUTOFF: 5,
  CRASHED: 6,
  PMSUSPENDED: 7,
} as const
/** One of {@link DomainState}. */
export type DomainState = (typeof DomainState)[keyof typeof DomainState]

/** libvirt's `virDomainNostateReason` (libvirt-domain.h). */
export const DomainNostateReason = {
  UNKNOWN: 0,
} as const
/** One of {@link DomainNostateReason}. */
export type DomainNostateReason = (typeof DomainNostateReason)[keyof typeof DomainNostateReason]

/** libvirt's `virDomainRunningReason` (libvirt-domain.h). */
export const DomainRunningReason = {
  UNKNOWN: 0,
  BOOTED: 1,
  MIGRATED: 2,
  RESTORED: 3,
  FROM_SNAPSHOT: 4,
  UNPAUSED: 5,
  MIGRATION_CANCELED: 6,
  SAVE_CANCELED: 7,
  WAKEUP: 8,
  CRASHED: 9,
  POSTCOPY: 10,
  POSTCOPY_FAILED: 11,
} as const
/** One of {@link DomainRunningReason}. */
export type DomainRunningReason = (typeof DomainRunningReason)[keyof typeof DomainRunningReason]

/** libvirt's `virDomainBlockedReason` (libvirt-domain.h). */
export const DomainBlockedReason = {
  UNKNOWN: 0,
} as const
/** One of {@link DomainBlockedReason}. */
export type DomainBlockedReason = (typeof DomainBlockedReason)[keyof typeof DomainBlockedReason]

/** libvirt's `virDomainPausedReason` (libvirt-domain.h). */
export const DomainPausedReason = {
  UNKNOWN: 0,
  USER: 1,
  MIGRATION: 2,
  SAVE: 3,
  DUMP: 4,
  IOERROR: 5,
  WATCHDOG: 6,
  FROM_SNAPSHOT: 7,
  SHUTTING_DOWN: 8,
  SNAPSHOT: 9,
  CRASHED: 10,
  STARTING_UP: 11,
  POSTCOPY: 12,
  POSTCOPY_FAILED: 13,
} as const
/** One of {@link DomainPausedReason}. */
export type DomainPausedReason = (typeof DomainPausedReason)[keyof typeof DomainPausedReason]

/** libvirt's `virDomainShutdownReason` (libvirt-domain.h). */
export const DomainShutdownReason = {
  UNKNOWN: 0,
  USER: 1,
} as const
/** One of {@link DomainShutdownReason}. */
export type DomainShutdownReason = (typeof DomainShutdownReason)[keyof typeof DomainShutdownReason]

/** libvirt's `virDomainShutoffReason` (libvirt-domain.h). */
export const DomainShutoffReason = {
  UNKNOWN: 0,
  SHUTDOWN: 1,
  DESTROYED: 2,
  CRASHED: 3,
  MIGRATED: 4,
  SAVED: 5,
  FAILED: 6,
  FROM_SNAPSHOT: 7,
  DAEMON: 8,
} as const
/** One of {@link DomainShutoffReason}. */
export type DomainShutoffReason = (typeof DomainShutoffReason)[keyof typeof DomainShutoffReason]

/** libvirt's `virDomainCrashedReason` (libvirt-domain.h). */
export const DomainCrashedReason = {
  UNKNOWN: 0,
  PANICKED: 1,
} as const
/** One of {@link DomainCrashedReason}. */
export type DomainCrashedReason = (typeof DomainCrashedReason)[keyof typeof DomainCrashedReason]

/** libvirt's `virDomainPMSuspendedReason` (libvirt-domain.h). */
export const DomainPMSuspendedReason = {
  UNKNOWN: 0,
} as const
/** One of {@link DomainPMSuspendedReason}. */
export type DomainPMSuspendedReason =
  (typeof DomainPMSuspendedReason)[keyof typeof DomainPMSuspendedReason]

/** libvirt's `virDomainPMSuspendedDiskReason` (libvirt-domain.h). */
export const DomainPMSuspendedDiskReason = {
  UNKNOWN: 0,
} as const
/** One of {@link DomainPMSuspendedDiskReason}. */
export type DomainPMSuspendedDiskReason =
  (typeof DomainPMSuspendedDiskReason)[keyof typeof DomainPMSuspendedDiskReason]

/** libvirt's `virDomainControlState` (libvirt-domain.h). */
export const DomainControlState = {
  OK: 0,
  JOB: 1,
  OCCUPIED: 2,
  ERROR: 3,
} as const
/** One of {@link DomainControlState}. */
export type DomainControlState = (typeof DomainControlState)[keyof typeof DomainControlState]

/** libvirt's `virDomainControlErrorReason` (libvirt-domain.h). */
export const DomainControlErrorReason = {
  NONE: 0,
  UNKNOWN: 1,
  MONITOR: 2,
  INTERNAL: 3,
} as const
/** One of {@link DomainControlErrorReason}. */
export type DomainControlErrorReason =
  (typeof DomainControlErrorReason)[keyof typeof DomainControlErrorReason]

/** libvirt's `virDomainCreateFlags` (libvirt-domain.h). */
export const DomainCreateFlags = {
  NONE: 0x0,
  START_PAUSED: 0x1,
  START_AUTODESTROY: 0x2,
  START_BYPASS_CACHE: 0x4,
  START_FORCE_BOOT: 0x8,
  START_VALIDATE: 0x10,
  START_RESET_NVRAM: 0x20,
} as const
/** A set of {@link DomainCreateFlags}. */
export type DomainCreateFlags = Flags<typeof DomainCreateFlags>

/** libvirt's `virDomainShutdownFlagValues` (libvirt-domain.h). */
export const DomainShutdownFlagValues = {
  DEFAULT: 0x0,
  ACPI_POWER_BTN: 0x1,
  GUEST_AGENT: 0x2,
  INITCTL: 0x4,
  SIGNAL: 0x8,
  PARAVIRT: 0x10,
} as const
/** A set of {@link DomainShutdownFlagValues}. */
export type DomainShutdownFlagValues = Flags<typeof DomainShutdownFlagValues>

/** libvirt's `virDomainRebootFlagValues` (libvirt-domain.h). */
export const DomainRebootFlagValues = {
  DEFAULT: 0x0,
  ACPI_POWER_BTN: 0x1,
  GUEST_AGENT: 0x2,
  INITCTL: 0x4,
  SIGNAL: 0x8,
  PARAVIRT: 0x10,
} as const
/** A set of {@link DomainRebootFlagValues}. */
export type DomainRebootFlagValues = Flags<typeof DomainRebootFlagValues>

/** libvirt's `virDomainDestroyFlagsValues` (libvirt-domain.h). */
export const DomainDestroyFlagsValues = {
  DEFAULT: 0x0,
  GRACEFUL: 0x1,
  REMOVE_LOGS: 0x2,
} as const
/** A set of {@link DomainDestroyFlagsValues}. */
export type DomainDestroyFlagsValues = Flags<typeof DomainDestroyFlagsValues>

/** libvirt's `virDomainLifecycle` (libvirt-domain.h). */
export const DomainLifecycle = {
  POWEROFF: 0,
  REBOOT: 1,
  CRASH: 2,
} as const
/** One of {@link DomainLifecycle}. */
export type DomainLifecycle = (typeof DomainLifecycle)[keyof typeof DomainLifecycle]

/** libvirt's `virDomainLifecycleAction` (libvirt-domain.h). */
export const DomainLifecycleAction = {
  DESTROY: 0,
  RESTART: 1,
  RESTART_RENAME: 2,
  PRESERVE: 3,
  COREDUMP_DESTROY: 4,
  COREDUMP_RESTART: 5,
} as const
/** One of {@link DomainLifecycleAction}. */
export type DomainLifecycleAction =
  (typeof DomainLifecycleAction)[keyof typeof DomainLifecycleAction]
