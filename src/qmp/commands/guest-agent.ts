import type { NoArguments, OpenEnum, QmpCommand } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import {
  isArrayOf,
  isBoolean,
  isInteger,
  isNumber,
  isObject,
  isRecord,
  isString,
  optional,
} from '../guard.ts'

/** Finds out whether the agent answers. */
export const guestPing: QmpCommand<NoArguments, JsonObject> = {
  name: 'guest-ping',
  accepts: isObject,
}

/** QAPI `GuestAgentCommandInfo` (qga/qapi-schema.json). */
export interface GuestAgentCommandInfo {
  readonly name: string
  /** False when the guest's administrator, or a freeze, forbids it. */
  readonly enabled: boolean
  /** False for commands that answer only when they fail. */
  readonly 'success-response': boolean
}

/** QAPI `GuestAgentInfo` (qga/qapi-schema.json). */
export interface GuestAgentInfo {
  readonly version: string
  readonly supported_commands: readonly GuestAgentCommandInfo[]
}

/** Reports the agent's version and commands. */
export const guestInfo: QmpCommand<NoArguments, GuestAgentInfo> = {
  name: 'guest-info',
  accepts: isRecord<GuestAgentInfo>({
    version: isString,
    supported_commands: isArrayOf(
      isRecord<GuestAgentCommandInfo>({
        name: isString,
        enabled: isBoolean,
        'success-response': isBoolean,
      }),
    ),
  }),
}

/** QAPI `GuestFsfreezeStatus` (qga/qapi-schema.json). */
export type GuestFsfreezeStatus = OpenEnum<'thawed' | 'frozen'>

/** Reports whether filesystems are frozen. */
export const guestFsfreezeStatus: QmpCommand<NoArguments, GuestFsfreezeStatus> = {
  name: 'guest-fsfreeze-status',
  accepts: isString,
}

/** Flushes and freezes all filesystems and gives their number. Until the thaw the agent refuses most other commands. */
export const guestFsfreezeFreeze: QmpCommand<NoArguments, QmpInteger> = {
  name: 'guest-fsfreeze-freeze',
  accepts: isInteger,
}

/** QAPI `guest-fsfreeze-freeze-list` (qga/qapi-schema.json, since 2.2). */
export interface GuestFsfreezeFreezeList {
  /** All filesystems when absent; those that are no mount points are passed over. */
  readonly mountpoints?: readonly string[]
}

/** Flushes and freezes some filesystems and gives their number. */
export const guestFsfreezeFreezeList: QmpCommand<GuestFsfreezeFreezeList, QmpInteger> = {
  name: 'guest-fsfreeze-freeze-list',
  accepts: isInteger,
}

/** Thaws all filesystems and gives the number of those that were frozen; 0 when none was. */
export const guestFsfreezeThaw: QmpCommand<NoArguments, QmpInteger> = {
  name: 'guest-fsfreeze-thaw',
  accepts: isInteger,
}

/** QAPI `guest-fstrim` (qga/qapi-schema.json). */
export interface GuestFstrim {
  /** Bytes: smaller free ranges are passed over. 0 when absent. */
  readonly minimum?: QmpInteger
}

/** QAPI `GuestFilesystemTrimResult` (qga/qapi-schema.json, since 2.4). */
export interface GuestFilesystemTrimResult {
  readonly path: string
  /** Bytes. */
  readonly trimmed?: QmpInteger
  readonly minimum?: QmpInteger
  /** Why this filesystem was not trimmed. */
  readonly error?: string
}

/** QAPI `GuestFilesystemTrimResponse` (qga/qapi-schema.json, since 2.4). */
export interface GuestFilesystemTrimResponse {
  /** Absent from agents before 2.4. */
  readonly paths?: readonly GuestFilesystemTrimResult[]
}

/** Discards the blocks that filesystems do not use. */
export const guestFstrim: QmpCommand<GuestFstrim, GuestFilesystemTrimResponse> = {
  name: 'guest-fstrim',
  accepts: isRecord<GuestFilesystemTrimResponse>({
    paths: optional(
      isArrayOf(
        isRecord<GuestFilesystemTrimResult>({
          path: isString,
          trimmed: optional(isInteger),
          minimum: optional(isInteger),
          error: optional(isString),
        }),
      ),
    ),
  }),
}

/** QAPI `GuestPCIAddress` (qga/qapi-schema.json); all -1 when there is no such thing. */
export interface GuestPCIAddress {
  readonly domain: number
  readonly bus: number
  readonly slot: number
  readonly function: number
}

/** QAPI `GuestDiskAddress` (qga/qapi-schema.json). */
export interface GuestDiskAddress {
  readonly 'pci-controller': GuestPCIAddress
  readonly 'bus-type': OpenEnum<
    'ide' | 'scsi' | 'virtio' | 'sata' | 'usb' | 'nvme' | 'unknown' | 'mmc' | 'sd'
  >
  readonly bus: number
  readonly target: number
  readonly unit: number
  readonly serial?: string
  /** `/dev/vda`, `\\.\PhysicalDrive0`. */
  readonly dev?: string
}

/** QAPI `GuestFilesystemInfo` (qga/qapi-schema.json, since 2.2). */
export interface GuestFilesystemInfo {
  /** Of the device that is mounted, in the guest. */
  readonly name: string
  readonly mountpoint: string
  readonly type: string
  /** Bytes. */
  readonly 'used-bytes'?: QmpInteger
  /** Bytes. */
  readonly 'total-bytes'?: QmpInteger
  /** Where it is stored; empty when that cannot be told. */
  readonly disk: readonly GuestDiskAddress[]
}

/** Lists the guest's mounted filesystems. */
export const guestGetFsinfo: QmpCommand<NoArguments, readonly GuestFilesystemInfo[]> = {
  name: 'guest-get-fsinfo',
  accepts: isArrayOf(
    isRecord<GuestFilesystemInfo>({
      name: isString,
      mountpoint: isString,
      type: isString,
      'used-bytes': optional(isInteger),
      'total-bytes': optional(isInteger),
      disk: isArrayOf(
        isRecord<GuestDiskAddress>({
          'pci-controller': isRecord<GuestPCIAddress>({
            domain: isNumber,
            bus: isNumber,
            slot: isNumber,
            function: isNumber,
          }),
          'bus-type': isString,
          bus: isNumber,
          target: isNumber,
          unit: isNumber,
          serial: optional(isString),
          dev: optional(isString),
        }),
      ),
    }),
  ),
}

/** QAPI `GuestHostName` (qga/qapi-schema.json, since 2.10). */
export interface GuestHostName {
  readonly 'host-name': string
}

/** Reports the guest's host name. */
export const guestGetHostName: QmpCommand<NoArguments, GuestHostName> = {
  name: 'guest-get-host-name',
  accepts: isRecord<GuestHostName>({ 'host-name': isString }),
}

/** QAPI `GuestOSInfo` (qga/qapi-schema.json, since 2.10): what is read here. */
export interface GuestOSInfo {
  readonly id?: string
  readonly name?: string
  readonly 'pretty-name'?: string
  readonly version?: string
  readonly 'version-id'?: string
  readonly 'kernel-release'?: string
  readonly 'kernel-version'?: string
  readonly machine?: string
}

/** Reports which operating system the guest runs. */
export const guestGetOsinfo: QmpCommand<NoArguments, GuestOSInfo> = {
  name: 'guest-get-osinfo',
  accepts: isRecord<GuestOSInfo>({
    id: optional(isString),
    name: optional(isString),
    'pretty-name': optional(isString),
    version: optional(isString),
    'version-id': optional(isString),
    'kernel-release': optional(isString),
    'kernel-version': optional(isString),
    machine: optional(isString),
  }),
}

/** Reports the guest's clock: nanoseconds since 1970-01-01 UTC. */
export const guestGetTime: QmpCommand<NoArguments, QmpInteger> = {
  name: 'guest-get-time',
  accepts: isInteger,
}

/** QAPI `guest-set-time` (qga/qapi-schema.json, since 1.5). */
export interface GuestSetTime {
  /** Nanoseconds since 1970-01-01 UTC; from the guest's hardware clock when absent. */
  readonly time?: QmpInteger
}

/** Sets the guest's clock. */
export const guestSetTime: QmpCommand<GuestSetTime, JsonObject> = {
  name: 'guest-set-time',
  accepts: isObject,
}

/** QAPI `guest-shutdown` (qga/qapi-schema.json). */
export interface GuestShutdown {
  readonly mode?: 'powerdown' | 'halt' | 'reboot'
}

/**
 * Shuts the guest down from within.
 *
 * The agent answers only when it fails: take QEMU's `SHUTDOWN` or `RESET` for success and abort the waiting then.
 */
export const guestShutdown: QmpCommand<GuestShutdown, JsonObject> = {
  name: 'guest-shutdown',
  accepts: isObject,
}
