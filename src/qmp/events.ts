import type { OpenEnum } from './command.ts'
import type { JobStatus, JobType } from './commands/job.ts'
import type { MigrationStatus } from './commands/migration.ts'
import type { GuestPanicAction, ShutdownCause } from './commands/run-state.ts'
import type { JsonObject, QmpInteger } from './json.ts'
import {
  type Guard,
  isBoolean,
  isInteger,
  isObject,
  isRecord,
  isString,
  optional,
} from './guard.ts'

/** QAPI `SHUTDOWN` and `RESET` (qapi/run-state.json). */
export interface ShutdownEvent {
  /** Whether the guest itself asked for it. */
  readonly guest: boolean
  readonly reason: ShutdownCause
}

/** QAPI `GUEST_PANICKED` (qapi/run-state.json). */
export interface GuestPanickedEvent {
  readonly action: GuestPanicAction
  readonly info?: JsonObject
}

/** QAPI `BLOCK_JOB_COMPLETED`, `BLOCK_JOB_CANCELLED` and `BLOCK_JOB_READY` (qapi/block-core.json). */
export interface BlockJobEvent {
  readonly type: JobType
  /** The job's id. */
  readonly device: string
  readonly len: QmpInteger
  readonly offset: QmpInteger
  readonly speed: QmpInteger
  /** Only in `BLOCK_JOB_COMPLETED`, of a job that failed. */
  readonly error?: string
}

/** QAPI `BLOCK_JOB_PENDING` (qapi/block-core.json). */
export interface BlockJobPendingEvent {
  readonly type: JobType
  readonly id: string
}

/** QAPI `BLOCK_JOB_ERROR` (qapi/block-core.json). */
export interface BlockJobErrorEvent {
  /** The job's id. */
  readonly device: string
  readonly operation: OpenEnum<'read' | 'write'>
  readonly action: OpenEnum<'ignore' | 'report' | 'stop'>
}

/** QAPI `BLOCK_IO_ERROR` (qapi/block-core.json): a request of the guest failed. */
export interface BlockIoErrorEvent {
  /** The name of the drive's backend; empty with `-blockdev`. */
  readonly device: string
  /** The node that failed; may be a filter of a job. */
  readonly 'node-name'?: string
  readonly operation: OpenEnum<'read' | 'write'>
  /** `stop`: the guest is stopped. */
  readonly action: OpenEnum<'ignore' | 'report' | 'stop'>
  readonly nospace?: boolean
  readonly reason: string
}

/** QAPI `BLOCK_IMAGE_CORRUPTED` (qapi/block-core.json). */
export interface BlockImageCorruptedEvent {
  readonly device: string
  readonly 'node-name'?: string
  readonly msg: string
  readonly offset?: QmpInteger
  readonly size?: QmpInteger
  readonly fatal: boolean
}

/** QAPI `BLOCK_WRITE_THRESHOLD` (qapi/block-core.json). Comes once; the threshold is taken away with it. */
export interface BlockWriteThresholdEvent {
  readonly 'node-name': string
  /** Bytes beyond the threshold. */
  readonly 'amount-exceeded': QmpInteger
  readonly 'write-threshold': QmpInteger
}

/** QAPI `JOB_STATUS_CHANGE` (qapi/job.json, since 3.0). */
export interface JobStatusChangeEvent {
  readonly id: string
  readonly status: JobStatus
}

/** QAPI `DEVICE_DELETED` and `DEVICE_UNPLUG_GUEST_ERROR` (qapi/qdev.json). */
export interface DeviceEvent {
  /** Its id; absent for a device without, and for parts of one. */
  readonly device?: string
  readonly path: string
}

/** QAPI `DEVICE_TRAY_MOVED` (qapi/block.json). */
export interface DeviceTrayMovedEvent {
  readonly device: string
  readonly id: string
  readonly 'tray-open': boolean
}

/** QAPI `VSERPORT_CHANGE` (qapi/char.json): the guest opened or closed its end of a port, the agent's for example. */
export interface VserportChangeEvent {
  readonly id: string
  readonly open: boolean
}

/** QAPI `PR_MANAGER_STATUS_CHANGED` (qapi/block.json). */
export interface PrManagerStatusChangedEvent {
  readonly id: string
  readonly connected: boolean
}

/** QAPI `RTC_CHANGE` (qapi/misc.json). */
export interface RtcChangeEvent {
  /** Seconds between the guest's clock and the host's. */
  readonly offset: QmpInteger
}

/** QAPI `BALLOON_CHANGE` (qapi/machine.json). */
export interface BalloonChangeEvent {
  /** Bytes that the guest has left. */
  readonly actual: QmpInteger
}

/** The data of each event that is known here; the others are reported under `event` only. */
export interface QmpEventData {
  readonly SHUTDOWN: ShutdownEvent
  readonly RESET: ShutdownEvent
  readonly POWERDOWN: JsonObject
  readonly STOP: JsonObject
  readonly RESUME: JsonObject
  readonly SUSPEND: JsonObject
  readonly SUSPEND_DISK: JsonObject
  readonly WAKEUP: JsonObject
  readonly WATCHDOG: { readonly action: string }
  readonly GUEST_PANICKED: GuestPanickedEvent
  readonly GUEST_CRASHLOADED: GuestPanickedEvent
  readonly BLOCK_JOB_COMPLETED: BlockJobEvent
  readonly BLOCK_JOB_CANCELLED: BlockJobEvent
  readonly BLOCK_JOB_READY: BlockJobEvent
  readonly BLOCK_JOB_PENDING: BlockJobPendingEvent
  readonly BLOCK_JOB_ERROR: BlockJobErrorEvent
  readonly BLOCK_IO_ERROR: BlockIoErrorEvent
  readonly BLOCK_IMAGE_CORRUPTED: BlockImageCorruptedEvent
  readonly BLOCK_WRITE_THRESHOLD: BlockWriteThresholdEvent
  readonly BLOCK_EXPORT_DELETED: { readonly id: string }
  readonly JOB_STATUS_CHANGE: JobStatusChangeEvent
  readonly DEVICE_DELETED: DeviceEvent
  readonly DEVICE_UNPLUG_GUEST_ERROR: DeviceEvent
  readonly DEVICE_TRAY_MOVED: DeviceTrayMovedEvent
  readonly PR_MANAGER_STATUS_CHANGED: PrManagerStatusChangedEvent
  readonly VSERPORT_CHANGE: VserportChangeEvent
  readonly MIGRATION: { readonly status: MigrationStatus }
  readonly MIGRATION_PASS: { readonly pass: QmpInteger }
  readonly RTC_CHANGE: RtcChangeEvent
  readonly BALLOON_CHANGE: BalloonChangeEvent
}

/** The events that are known here. */
export type QmpEventName = keyof QmpEventData

const isShutdownEvent: Guard<ShutdownEvent> = isRecord<ShutdownEvent>({
  guest: isBoolean,
  reason: isString,
})

const isGuestPanickedEvent: Guard<GuestPanickedEvent> = isRecord<GuestPanickedEvent>({
  action: isString,
  info: optional(isObject),
})

const isBlockJobEvent: Guard<BlockJobEvent> = isRecord<BlockJobEvent>({
  type: isString,
  device: isString,
  len: isInteger,
  offset: isInteger,
  speed: isInteger,
  error: optional(isString),
})

const isDeviceEvent: Guard<DeviceEvent> = isRecord<DeviceEvent>({
  device: optional(isString),
  path: isString,
})

/** The guard of each event's data. */
export const eventGuards: { readonly [Name in QmpEventName]: Guard<QmpEventData[Name]> } = {
  SHUTDOWN: isShutdownEvent,
  RESET: isShutdownEvent,
  POWERDOWN: isObject,
  STOP: isObject,
  RESUME: isObject,
  SUSPEND: isObject,
  SUSPEND_DISK: isObject,
  WAKEUP: isObject,
  WATCHDOG: isRecord({ action: isString }),
  GUEST_PANICKED: isGuestPanickedEvent,
  GUEST_CRASHLOADED: isGuestPanickedEvent,
  BLOCK_JOB_COMPLETED: isBlockJobEvent,
  BLOCK_JOB_CANCELLED: isBlockJobEvent,
  BLOCK_JOB_READY: isBlockJobEvent,
  BLOCK_JOB_PENDING: isRecord<BlockJobPendingEvent>({ type: isString, id: isString }),
  BLOCK_JOB_ERROR: isRecord<BlockJobErrorEvent>({
    device: isString,
    operation: isString,
    action: isString,
  }),
  BLOCK_IO_ERROR: isRecord<BlockIoErrorEvent>({
    device: isString,
    'node-name': optional(isString),
    operation: isString,
    action: isString,
    nospace: optional(isBoolean),
    reason: isString,
  }),
  BLOCK_IMAGE_CORRUPTED: isRecord<BlockImageCorruptedEvent>({
    device: isString,
    'node-name': optional(isString),
    msg: isString,
    offset: optional(isInteger),
    size: optional(isInteger),
    fatal: isBoolean,
  }),
  BLOCK_WRITE_THRESHOLD: isRecord<BlockWriteThresholdEvent>({
    'node-name': isString,
    'amount-exceeded': isInteger,
    'write-threshold': isInteger,
  }),
  BLOCK_EXPORT_DELETED: isRecord({ id: isString }),
  JOB_STATUS_CHANGE: isRecord<JobStatusChangeEvent>({ id: isString, status: isString }),
  DEVICE_DELETED: isDeviceEvent,
  DEVICE_UNPLUG_GUEST_ERROR: isDeviceEvent,
  DEVICE_TRAY_MOVED: isRecord<DeviceTrayMovedEvent>({
    device: isString,
    id: isString,
    'tray-open': isBoolean,
  }),
  PR_MANAGER_STATUS_CHANGED: isRecord<PrManagerStatusChangedEvent>({
    id: isString,
    connected: isBoolean,
  }),
  VSERPORT_CHANGE: isRecord<VserportChangeEvent>({ id: isString, open: isBoolean }),
  MIGRATION: isRecord({ status: isString }),
  MIGRATION_PASS: isRecord({ pass: isInteger }),
  RTC_CHANGE: isRecord<RtcChangeEvent>({ offset: isInteger }),
  BALLOON_CHANGE: isRecord<BalloonChangeEvent>({ actual: isInteger }),
}
