/**
 * Flags and enums of events, with the values of libvirt 9.0.0.
 *
 * @module
 */

/** libvirt's `virDomainEventType` (libvirt-domain.h). */
export const DomainEventType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  SUSPENDED: 3,
  RESUMED: 4,
  STOPPED: 5,
  SHUTDOWN: 6,
  PMSUSPENDED: 7,
  CRASHED: 8,
} as const
/** One of {@link DomainEventType}. */
export type DomainEventType = (typeof DomainEventType)[keyof typeof DomainEventType]

/** libvirt's `virDomainEventDefinedDetailType` (libvirt-domain.h). */
export const DomainEventDefinedDetailType = {
  ADDED: 0,
  UPDATED: 1,
  RENAMED: 2,
  FROM_SNAPSHOT: 3,
} as const
/** One of {@link DomainEventDefinedDetailType}. */
export type DomainEventDefinedDetailType =
  (typeof DomainEventDefinedDetailType)[keyof typeof DomainEventDefinedDetailType]

/** libvirt's `virDomainEventUndefinedDetailType` (libvirt-domain.h). */
export const DomainEventUndefinedDetailType = {
  REMOVED: 0,
  RENAMED: 1,
} as const
/** One of {@link DomainEventUndefinedDetailType}. */
export type DomainEventUndefinedDetailType =
  (typeof DomainEventUndefinedDetailType)[keyof typeof DomainEventUndefinedDetailType]

/** libvirt's `virDomainEventStartedDetailType` (libvirt-domain.h). */
export const DomainEventStartedDetailType = {
  BOOTED: 0,
  MIGRATED: 1,
  RESTORED: 2,
  FROM_SNAPSHOT: 3,
  WAKEUP: 4,
} as const
/** One of {@link DomainEventStartedDetailType}. */
export type DomainEventStartedDetailType =
  (typeof DomainEventStartedDetailType)[keyof typeof DomainEventStartedDetailType]

/** libvirt's `virDomainEventSuspendedDetailType` (libvirt-domain.h). */
export const DomainEventSuspendedDetailType = {
  PAUSED: 0,
  MIGRATED: 1,
  IOERROR: 2,
  WATCHDOG: 3,
  RESTORED: 4,
  FROM_SNAPSHOT: 5,
  API_ERROR: 6,
  POSTCOPY: 7,
  POSTCOPY_FAILED: 8,
} as const
/** One of {@link DomainEventSuspendedDetailType}. */
export type DomainEventSuspendedDetailType =
  (typeof DomainEventSuspendedDetailType)[keyof typeof DomainEventSuspendedDetailType]

/** libvirt's `virDomainEventResumedDetailType` (libvirt-domain.h). */
export const DomainEventResumedDetailType = {
  UNPAUSED: 0,
  MIGRATED: 1,
  FROM_SNAPSHOT: 2,
  POSTCOPY: 3,
  POSTCOPY_FAILED: 4,
} as const
/** One of {@link DomainEventResumedDetailType}. */
export type DomainEventResumedDetailType =
  (typeof DomainEventResumedDetailType)[keyof typeof DomainEventResumedDetailType]

/** libvirt's `virDomainEventStoppedDetailType` (libvirt-domain.h). */
export const DomainEventStoppedDetailType = {
  SHUTDOWN: 0,
  DESTROYED: 1,
  CRASHED: 2,
  MIGRATED: 3,
  SAVED: 4,
  FAILED: 5,
  FROM_SNAPSHOT: 6,
} as const
/** One of {@link DomainEventStoppedDetailType}. */
export type DomainEventStoppedDetailType =
  (typeof DomainEventStoppedDetailType)[keyof typeof DomainEventStoppedDetailType]

/** libvirt's `virDomainEventShutdownDetailType` (libvirt-domain.h). */
export const DomainEventShutdownDetailType = {
  FINISHED: 0,
  GUEST: 1,
  HOST: 2,
} as const
/** One of {@link DomainEventShutdownDetailType}. */
export type DomainEventShutdownDetailType =
  (typeof DomainEventShutdownDetailType)[keyof typeof DomainEventShutdownDetailType]

/** libvirt's `virDomainEventPMSuspendedDetailType` (libvirt-domain.h). */
export const DomainEventPMSuspendedDetailType = {
  MEMORY: 0,
  DISK: 1,
} as const
/** One of {@link DomainEventPMSuspendedDetailType}. */
export type DomainEventPMSuspendedDetailType =
  (typeof DomainEventPMSuspendedDetailType)[keyof typeof DomainEventPMSuspendedDetailType]

/** libvirt's `virDomainEventCrashedDetailType` (libvirt-domain.h). */
export const DomainEventCrashedDetailType = {
  PANICKED: 0,
  CRASHLOADED: 1,
} as const
/** One of {@link DomainEventCrashedDetailType}. */
export type DomainEventCrashedDetailType =
  (typeof DomainEventCrashedDetailType)[keyof typeof DomainEventCrashedDetailType]

/** libvirt's `virDomainMemoryFailureRecipientType` (libvirt-domain.h). */
export const DomainMemoryFailureRecipientType = {
  HYPERVISOR: 0,
  GUEST: 1,
} as const
/** One of {@link DomainMemoryFailureRecipientType}. */
export type DomainMemoryFailureRecipientType =
  (typeof DomainMemoryFailureRecipientType)[keyof typeof DomainMemoryFailureRecipientType]

/** libvirt's `virDomainMemoryFailureActionType` (libvirt-domain.h). */
export const DomainMemoryFailureActionType = {
  IGNORE: 0,
  INJECT: 1,
  FATAL: 2,
  RESET: 3,
} as const
/** One of {@link DomainMemoryFailureActionType}. */
export type DomainMemoryFailureActionType =
  (typeof DomainMemoryFailureActionType)[keyof typeof DomainMemoryFailureActionType]

/** libvirt's `virDomainMemoryFailureFlags` (libvirt-domain.h). */
export const DomainMemoryFailureFlags = {
  ACTION_REQUIRED: 1,
  RECURSIVE: 2,
} as const
/** One of {@link DomainMemoryFailureFlags}. */
export type DomainMemoryFailureFlags =
  (typeof DomainMemoryFailureFlags)[keyof typeof DomainMemoryFailureFlags]

/** libvirt's `virDomainEventWatchdogAction` (libvirt-domain.h). */
export const DomainEventWatchdogAction = {
  NONE: 0,
  PAUSE: 1,
  RESET: 2,
  POWEROFF: 3,
  SHUTDOWN: 4,
  DEBUG: 5,
  INJECTNMI: 6,
} as const
/** One of {@link DomainEventWatchdogAction}. */
export type DomainEventWatchdogAction =
  (typeof DomainEventWatchdogAction)[keyof typeof DomainEventWatchdogAction]

/** libvirt's `virDomainEventIOErrorAction` (libvirt-domain.h). */
export const DomainEventIOErrorAction = {
  NONE: 0,
  PAUSE: 1,
  REPORT: 2,
} as const
/** One of {@link DomainEventIOErrorAction}. */
export type DomainEventIOErrorAction =
  (typeof DomainEventIOErrorAction)[keyof typeof DomainEventIOErrorAction]

/** libvirt's `virDomainEventGraphicsPhase` (libvirt-domain.h). */
export const DomainEventGraphicsPhase = {
  CONNECT: 0,
  INITIALIZE: 1,
  DISCONNECT: 2,
} as const
/** One of {@link DomainEventGraphicsPhase}. */
export type DomainEventGraphicsPhase =
  (typeof DomainEventGraphicsPhase)[keyof typeof DomainEventGraphicsPhase]

/** libvirt's `virDomainEventGraphicsAddressType` (libvirt-domain.h). */
export const DomainEventGraphicsAddressType = {
  IPV4: 0,
  IPV6: 1,
  UNIX: 2,
} as const
/** One of {@link DomainEventGraphicsAddressType}. */
export type DomainEventGraphicsAddressType =
  (typeof DomainEventGraphicsAddressType)[keyof typeof DomainEventGraphicsAddressType]

/** libvirt's `virConnectDomainEventBlockJobStatus` (libvirt-domain.h). */
export const ConnectDomainEventBlockJobStatus = {
  COMPLETED: 0,
  FAILED: 1,
  CANCELED: 2,
  READY: 3,
} as const
/** One of {@link ConnectDomainEventBlockJobStatus}. */
export type ConnectDomainEventBlockJobStatus =
  (typeof ConnectDomainEventBlockJobStatus)[keyof typeof ConnectDomainEventBlockJobStatus]

/** libvirt's `virConnectDomainEventDiskChangeReason` (libvirt-domain.h). */
export const ConnectDomainEventDiskChangeReason = {
  CHANGE_MISSING_ON_START: 0,
  DROP_MISSING_ON_START: 1,
} as const
/** One of {@link ConnectDomainEventDiskChangeReason}. */
export type ConnectDomainEventDiskChangeReason =
  (typeof ConnectDomainEventDiskChangeReason)[keyof typeof ConnectDomainEventDiskChangeReason]

/** libvirt's `virDomainEventTrayChangeReason` (libvirt-domain.h). */
export const DomainEventTrayChangeReason = {
  OPEN: 0,
  CLOSE: 1,
} as const
/** One of {@link DomainEventTrayChangeReason}. */
export type DomainEventTrayChangeReason =
  (typeof DomainEventTrayChangeReason)[keyof typeof DomainEventTrayChangeReason]

/** libvirt's `virConnectDomainEventAgentLifecycleState` (libvirt-domain.h). */
export const ConnectDomainEventAgentLifecycleState = {
  CONNECTED: 1,
  DISCONNECTED: 2,
} as const
/** One of {@link ConnectDomainEventAgentLifecycleState}. */
export type ConnectDomainEventAgentLifecycleState =
  (typeof ConnectDomainEventAgentLifecycleState)[keyof typeof ConnectDomainEventAgentLifecycleState]

/** libvirt's `virConnectDomainEventAgentLifecycleReason` (libvirt-domain.h). */
export const ConnectDomainEventAgentLifecycleReason = {
  UNKNOWN: 0,
  DOMAIN_STARTED: 1,
  CHANNEL: 2,
} as const
/** One of {@link ConnectDomainEventAgentLifecycleReason}. */
export type ConnectDomainEventAgentLifecycleReason =
  (typeof ConnectDomainEventAgentLifecycleReason)[keyof typeof ConnectDomainEventAgentLifecycleReason]

/** libvirt's `virDomainEventID` (libvirt-domain.h). */
export const DomainEventID = {
  LIFECYCLE: 0,
  REBOOT: 1,
  RTC_CHANGE: 2,
  WATCHDOG: 3,
  IO_ERROR: 4,
  GRAPHICS: 5,
  IO_ERROR_REASON: 6,
  CONTROL_ERROR: 7,
  BLOCK_JOB: 8,
  DISK_CHANGE: 9,
  TRAY_CHANGE: 10,
  PMWAKEUP: 11,
  PMSUSPEND: 12,
  BALLOON_CHANGE: 13,
  PMSUSPEND_DISK: 14,
  DEVICE_REMOVED: 15,
  BLOCK_JOB_2: 16,
  TUNABLE: 17,
  AGENT_LIFECYCLE: 18,
  DEVICE_ADDED: 19,
  MIGRATION_ITERATION: 20,
  JOB_COMPLETED: 21,
  DEVICE_REMOVAL_FAILED: 22,
  METADATA_CHANGE: 23,
  BLOCK_THRESHOLD: 24,
  MEMORY_FAILURE: 25,
  MEMORY_DEVICE_SIZE_CHANGE: 26,
} as const
/** One of {@link DomainEventID}. */
export type DomainEventID = (typeof DomainEventID)[keyof typeof DomainEventID]
