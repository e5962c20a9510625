/** What drivers report about domains: the payload of each event. @module */
import type {
  ConnectDomainEventAgentLifecycleReason,
  ConnectDomainEventAgentLifecycleState,
  ConnectDomainEventBlockJobStatus,
  ConnectDomainEventDiskChangeReason,
  DomainBlockJobType,
  DomainEventGraphicsAddressType,
  DomainEventGraphicsPhase,
  DomainEventIOErrorAction,
  DomainEventTrayChangeReason,
  DomainEventType,
  DomainEventWatchdogAction,
  DomainMemoryFailureActionType,
  DomainMemoryFailureFlags,
  DomainMemoryFailureRecipientType,
  DomainMetadataType,
} from '../constants/index.ts'
import { DomainEventID } from '../constants/index.ts'
import type { DomainJobParameters } from './job.ts'
import type { DomainRef } from './refs.ts'
import type { TypedParameters } from './typed-parameters.ts'

/** What every event tells: the domain as it was when the event happened. */
export interface DomainEvent {
  readonly domain: DomainRef
}

/** The domain was defined, undefined, started, suspended, resumed, stopped … */
export interface DomainLifecycleEvent extends DomainEvent {
  readonly event: DomainEventType
  /** Of the enum that belongs to the event: `DomainEventStartedDetailType` … */
  readonly detail: number
}

/** The guest's clock was set. */
export interface DomainRTCChangeEvent extends DomainEvent {
  /** Seconds from UTC. */
  readonly utcoffset: number
}

/** The guest's watchdog has fired. */
export interface DomainWatchdogEvent extends DomainEvent {
  readonly action: DomainEventWatchdogAction
}

/** A disk had an I/O error. */
export interface DomainIOErrorEvent extends DomainEvent {
  readonly srcPath: string
  readonly devAlias: string
  readonly action: DomainEventIOErrorAction
}

/** A disk had an I/O error. */
export interface DomainIOErrorReasonEvent extends DomainIOErrorEvent {
  /** `enospc` or `''`. */
  readonly reason: string
}

/** One end of a graphics connection. */
export interface DomainEventGraphicsAddress {
  readonly family: DomainEventGraphicsAddressType
  /** IP address or path. */
  readonly node: string
  /** Port. */
  readonly service: string
}

/** Who has authenticated on a graphics connection, in one of the ways to name him. */
export interface DomainEventGraphicsSubject {
  /** `x509dname`, `saslUsername`. */
  readonly type: string
  readonly name: string
}

/** Somebody connects to the domain's display. */
export interface DomainGraphicsEvent extends DomainEvent {
  readonly phase: DomainEventGraphicsPhase
  readonly local: DomainEventGraphicsAddress
  readonly remote: DomainEventGraphicsAddress
  readonly authScheme: string
  readonly subject: readonly DomainEventGraphicsSubject[]
}

/** A block job has ended or is ready; the disk is named by its source. */
export interface DomainBlockJobEvent extends DomainEvent {
  /** Path of the disk's source when the job ended; after a pivot that is the copy. */
  readonly path: string
  readonly type: DomainBlockJobType
  readonly status: ConnectDomainEventBlockJobStatus
}

/** A block job has ended or is ready; the disk is named by its target. */
export interface DomainBlockJob2Event extends DomainEvent {
  /** Target name: `vda`. */
  readonly dst: string
  readonly type: DomainBlockJobType
  readonly status: ConnectDomainEventBlockJobStatus
}

/** The source of a disk was dropped or changed because it was missing at start. */
export interface DomainDiskChangeEvent extends DomainEvent {
  readonly oldSrcPath?: string
  readonly newSrcPath?: string
  readonly devAlias: string
  readonly reason: ConnectDomainEventDiskChangeReason
}

/** The tray of a removable disk was opened or closed. */
export interface DomainTrayChangeEvent extends DomainEvent {
  readonly devAlias: string
  readonly reason: DomainEventTrayChangeReason
}

/** The guest has suspended itself or woken up. */
export interface DomainPMEvent extends DomainEvent {
  /** Always 0. */
  readonly reason: number
}

/** The guest's balloon has another size. */
export interface DomainBalloonChangeEvent extends DomainEvent {
  /** KiB. */
  readonly actual: number
}

/** A device was added or removed, or could not be removed. */
export interface DomainDeviceEvent extends DomainEvent {
  readonly devAlias: string
}

/** Tuning of the domain was changed. */
export interface DomainTunableEvent extends DomainEvent {
  /** Fields such as `cputune.cpu_shares`, `blkdeviotune.disk`. */
  readonly params: TypedParameters
}

/** The guest's agent has connected or gone. */
export interface DomainAgentLifecycleEvent extends DomainEvent {
  readonly state: ConnectDomainEventAgentLifecycleState
  readonly reason: ConnectDomainEventAgentLifecycleReason
}

/** Migration begins another round over the memory. */
export interface DomainMigrationIterationEvent extends DomainEvent {
  /** From 1. */
  readonly iteration: number
}

/** The domain's job has ended; `success` and `errmsg` tell how. */
export interface DomainJobCompletedEvent extends DomainEvent {
  readonly stats: DomainJobParameters
}

/** Title, description or a custom element of the domain was changed. */
export interface DomainMetadataChangeEvent extends DomainEvent {
  readonly type: DomainMetadataType
  /** Namespace of the custom element. */
  readonly nsuri?: string
}

/** The guest wrote beyond the offset that `domainSetBlockThreshold` has set. */
export interface DomainBlockThresholdEvent extends DomainEvent {
  /** Target name, with an index for an image of its chain: `vda[3]`. */
  readonly dev: string
  readonly path?: string
  /** Bytes. */
  readonly threshold: number
  /** Bytes by which the write went beyond. */
  readonly excess: number
}

/** The host's memory below the domain is damaged. */
export interface DomainMemoryFailureEvent extends DomainEvent {
  readonly recipient: DomainMemoryFailureRecipientType
  readonly action: DomainMemoryFailureActionType
  readonly flags: DomainMemoryFailureFlags
}

/** A memory device has another size. */
export interface DomainMemoryDeviceSizeChangeEvent extends DomainEvent {
  readonly alias: string
  /** KiB. */
  readonly size: number
}

/** The events of domains: the name of each, and its payload. */
export interface DomainEvents {
  readonly lifecycle: DomainLifecycleEvent
  readonly reboot: DomainEvent
  readonly rtcChange: DomainRTCChangeEvent
  readonly watchdog: DomainWatchdogEvent
  readonly ioError: DomainIOErrorEvent
  readonly graphics: DomainGraphicsEvent
  readonly ioErrorReason: DomainIOErrorReasonEvent
  readonly controlError: DomainEvent
  readonly blockJob: DomainBlockJobEvent
  readonly diskChange: DomainDiskChangeEvent
  readonly trayChange: DomainTrayChangeEvent
  readonly pmWakeup: DomainPMEvent
  readonly pmSuspend: DomainPMEvent
  readonly balloonChange: DomainBalloonChangeEvent
  readonly pmSuspendDisk: DomainPMEvent
  readonly deviceRemoved: DomainDeviceEvent
  readonly blockJob2: DomainBlockJob2Event
  readonly tunable: DomainTunableEvent
  readonly agentLifecycle: DomainAgentLifecycleEvent
  readonly deviceAdded: DomainDeviceEvent
  readonly migrationIteration: DomainMigrationIterationEvent
  readonly jobCompleted: DomainJobCompletedEvent
  readonly deviceRemovalFailed: DomainDeviceEvent
  readonly metadataChange: DomainMetadataChangeEvent
  readonly blockThreshold: DomainBlockThresholdEvent
  readonly memoryFailure: DomainMemoryFailureEvent
  readonly memoryDeviceSizeChange: DomainMemoryDeviceSizeChangeEvent
}

/** The name of an event. */
export type DomainEventName = keyof DomainEvents

/** The number that each event has in libvirt. */
export const domainEventIds: Readonly<Record<DomainEventName, DomainEventID>> = {
  lifecycle: DomainEventID.LIFECYCLE,
  reboot: DomainEventID.REBOOT,
  rtcChange: DomainEventID.RTC_CHANGE,
  watchdog: DomainEventID.WATCHDOG,
  ioError: DomainEventID.IO_ERROR,
  graphics: DomainEventID.GRAPHICS,
  ioErrorReason: DomainEventID.IO_ERROR_REASON,
  controlError: DomainEventID.CONTROL_ERROR,
  blockJob: DomainEventID.BLOCK_JOB,
  diskChange: DomainEventID.DISK_CHANGE,
  trayChange: DomainEventID.TRAY_CHANGE,
  pmWakeup: DomainEventID.PMWAKEUP,
  pmSuspend: DomainEventID.PMSUSPEND,
  balloonChange: DomainEventID.BALLOON_CHANGE,
  pmSuspendDisk: DomainEventID.PMSUSPEND_DISK,
  deviceRemoved: DomainEventID.DEVICE_REMOVED,
  blockJob2: DomainEventID.BLOCK_JOB_2,
  tunable: DomainEventID.TUNABLE,
  agentLifecycle: DomainEventID.AGENT_LIFECYCLE,
  deviceAdded: DomainEventID.DEVICE_ADDED,
  migrationIteration: DomainEventID.MIGRATION_ITERATION,
  jobCompleted: DomainEventID.JOB_COMPLETED,
  deviceRemovalFailed: DomainEventID.DEVICE_REMOVAL_FAILED,
  metadataChange: DomainEventID.METADATA_CHANGE,
  blockThreshold: DomainEventID.BLOCK_THRESHOLD,
  memoryFailure: DomainEventID.MEMORY_FAILURE,
  memoryDeviceSizeChange: DomainEventID.MEMORY_DEVICE_SIZE_CHANGE,
}

function isDomainEventName(name: string): name is DomainEventName {
  return Object.hasOwn(domainEventIds, name)
}

/** All names, at the index that is the event's number. */
export const domainEventNames: readonly DomainEventName[] = Object.keys(domainEventIds)
  .filter(isDomainEventName)
  .toSorted((a, b) => domainEventIds[a] - domainEventIds[b])
