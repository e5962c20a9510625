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

/** QAPI `MigrationStatus` (qapi/migration.json). */
export type MigrationStatus = OpenEnum<
  | 'none'
  | 'setup'
  | 'cancelling'
  | 'cancelled'
  | 'active'
  | 'postcopy-active'
  | 'postcopy-paused'
  | 'postcopy-recover'
  | 'completed'
  | 'failed'
  | 'colo'
  | 'pre-switchover'
  | 'device'
  | 'wait-unplug'
>

/** QAPI `MigrationCapability` (qapi/migration.json); releases come and go with their members. */
export type MigrationCapability = OpenEnum<
  | 'auto-converge'
  | 'background-snapshot'
  | 'compress'
  | 'dirty-bitmaps'
  | 'events'
  | 'late-block-activate'
  | 'mapped-ram'
  | 'multifd'
  | 'pause-before-switchover'
  | 'postcopy-ram'
  | 'rdma-pin-all'
  | 'release-ram'
  | 'return-path'
  | 'validate-uuid'
  | 'xbzrle'
  | 'zero-blocks'
  | 'zero-copy-send'
>

/** QAPI `MigrationCapabilityStatus` (qapi/migration.json). */
export interface MigrationCapabilityStatus {
  readonly capability: MigrationCapability
  readonly state: boolean
}

/** Lists what migrations can be told to do, and whether they are. */
export const queryMigrateCapabilities: QmpCommand<
  NoArguments,
  readonly MigrationCapabilityStatus[]
> = {
  name: 'query-migrate-capabilities',
  accepts: isArrayOf(
    isRecord<MigrationCapabilityStatus>({ capability: isString, state: isBoolean }),
  ),
}

/** Switches capabilities of migrations on and off. */
export const migrateSetCapabilities: QmpCommand<
  { readonly capabilities: readonly MigrationCapabilityStatus[] },
  JsonObject
> = { name: 'migrate-set-capabilities', accepts: isObject }

/** QAPI `BitmapMigrationBitmapAlias` (qapi/migration.json, since 5.2). */
export interface BitmapMigrationBitmapAlias {
  readonly name: string
  readonly alias: string
  readonly transform?: { readonly persistent?: boolean }
}

/** QAPI `BitmapMigrationNodeAlias` (qapi/migration.json, since 5.2). */
export interface BitmapMigrationNodeAlias {
  readonly 'node-name': string
  readonly alias: string
  readonly bitmaps: readonly BitmapMigrationBitmapAlias[]
}

/** QAPI `MigrateSetParameters` (qapi/migration.json): what is set here. */
export interface MigrateSetParameters {
  /** Bytes per second. libvirt's "unlimited" is 9223372036853727232, beyond 2^53. */
  readonly 'max-bandwidth'?: QmpInteger
  /** Milliseconds. */
  readonly 'downtime-limit'?: QmpInteger
  readonly 'tls-creds'?: string | null
  readonly 'tls-hostname'?: string | null
  readonly 'tls-authz'?: string | null
  readonly 'multifd-channels'?: number
  readonly 'block-bitmap-mapping'?: readonly BitmapMigrationNodeAlias[]
}

/** Sets parameters of migrations; those that are absent stay as they are. */
export const migrateSetParameters: QmpCommand<MigrateSetParameters, JsonObject> = {
  name: 'migrate-set-parameters',
  accepts: isObject,
}

/** QAPI `MigrationParameters` (qapi/migration.json): what is read here. */
export interface MigrationParameters {
  /** Bytes per second. */
  readonly 'max-bandwidth'?: QmpInteger
  /** Milliseconds. */
  readonly 'downtime-limit'?: QmpInteger
}

/** Reports the parameters of migrations. */
export const queryMigrateParameters: QmpCommand<NoArguments, MigrationParameters> = {
  name: 'query-migrate-parameters',
  accepts: isRecord<MigrationParameters>({
    'max-bandwidth': optional(isInteger),
    'downtime-limit': optional(isInteger),
  }),
}

/** QAPI `MigrationStats` (qapi/migration.json): what is read here. Bytes, but for `mbps`, megabits a second. */
export interface MigrationStats {
  readonly transferred: QmpInteger
  readonly remaining: QmpInteger
  readonly total: QmpInteger
  /** Pages of zeros. */
  readonly duplicate: QmpInteger
  /** Pages that were sent whole. */
  readonly normal: QmpInteger
  readonly 'normal-bytes': QmpInteger
  readonly mbps: number
}

/** QAPI `MigrationInfo` (qapi/migration.json): what is read here. All absent when nothing has migrated. */
export interface MigrationInfo {
  readonly status?: MigrationStatus
  readonly ram?: MigrationStats
  /** Milliseconds, as the other times. */
  readonly 'total-time'?: QmpInteger
  readonly 'expected-downtime'?: QmpInteger
  readonly downtime?: QmpInteger
  readonly 'setup-time'?: QmpInteger
  readonly 'error-desc'?: string
}

/** Reports how far the migration is that runs, or how the last one ended. */
export const queryMigrate: QmpCommand<NoArguments, MigrationInfo> = {
  name: 'query-migrate',
  accepts: isRecord<MigrationInfo>({
    status: optional(isString),
    ram: optional(
      isRecord<MigrationStats>({
        transferred: isInteger,
        remaining: isInteger,
        total: isInteger,
        duplicate: isInteger,
        normal: isInteger,
        'normal-bytes': isInteger,
        mbps: isNumber,
      }),
    ),
    'total-time': optional(isInteger),
    'expected-downtime': optional(isInteger),
    downtime: optional(isInteger),
    'setup-time': optional(isInteger),
    'error-desc': optional(isString),
  }),
}

/** QAPI `migrate` (qapi/migration.json). */
export interface Migrate {
  /** `exec:COMMAND`, `unix:PATH`, `tcp:HOST:PORT`, `fd:NAME`. */
  readonly uri: string
  /** Ignored by QEMU; libvirt sends true. */
  readonly detach?: boolean
  /** Goes on with a postcopy migration that was interrupted. */
  readonly resume?: boolean
}

/** Starts a migration and answers at once; `MIGRATION` and {@link queryMigrate} tell the rest. */
export const migrate: QmpCommand<Migrate, JsonObject> = { name: 'migrate', accepts: isObject }

/** Starts to receive a migration, in a QEMU started with `-incoming defer`. */
export const migrateIncoming: QmpCommand<{ readonly uri: string }, JsonObject> = {
  name: 'migrate-incoming',
  accepts: isObject,
}

/** Cancels the migration that runs, if one does. */
export const migrateCancel: QmpCommand<NoArguments, JsonObject> = {
  name: 'migrate_cancel',
  accepts: isObject,
}

/** Goes on with a migration that waits in `state`. */
export const migrateContinue: QmpCommand<{ readonly state: MigrationStatus }, JsonObject> = {
  name: 'migrate-continue',
  accepts: isObject,
}

/** QAPI `snapshot-load` and `snapshot-save` (qapi/migration.json, since 6.0). */
export interface SnapshotSave {
  readonly 'job-id': string
  readonly tag: string
  /** The node that gets the state of the machine; one of `devices`. */
  readonly vmstate: string
  readonly devices: readonly string[]
}

/** Starts a job that saves machine and disks in an internal snapshot. */
export const snapshotSave: QmpCommand<SnapshotSave, JsonObject> = {
  name: 'snapshot-save',
  accepts: isObject,
}

/** Starts a job that loads machine and disks from an internal snapshot. The guest should be stopped before. */
export const snapshotLoad: QmpCommand<SnapshotSave, JsonObject> = {
  name: 'snapshot-load',
  accepts: isObject,
}

/** QAPI `snapshot-delete` (qapi/migration.json, since 6.0). */
export interface SnapshotDelete {
  readonly 'job-id': string
  readonly tag: string
  readonly devices: readonly string[]
}

/** Starts a job that deletes an internal snapshot. */
export const snapshotDelete: QmpCommand<SnapshotDelete, JsonObject> = {
  name: 'snapshot-delete',
  accepts: isObject,
}
