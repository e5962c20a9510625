import type { QmpCommand } from '../command.ts'
import type { JsonObject, JsonValue, QmpInteger } from '../json.ts'
import type { ObjectPropertyInfo } from './qdev.ts'
import { isArrayOf, isJson, isObject, isRecord, isString, optional } from '../guard.ts'

/** QAPI `qom-list` (qapi/qom.json). */
export interface QomList {
  /** Such as `/machine/peripheral`; a partial path is accepted when it is unambiguous. */
  readonly path: string
}

/** Lists the properties of an object; its children are those with a type `child<…>`. */
export const qomList: QmpCommand<QomList, readonly ObjectPropertyInfo[]> = {
  name: 'qom-list',
  accepts: isArrayOf(
    isRecord<ObjectPropertyInfo>({
      name: isString,
      type: isString,
      description: optional(isString),
      'default-value': optional(isJson),
    }),
  ),
}

/** QAPI `qom-get` (qapi/qom.json). */
export interface QomGet {
  readonly path: string
  readonly property: string
}

/** Reads a property of an object. */
export const qomGet: QmpCommand<QomGet, JsonValue> = { name: 'qom-get', accepts: isJson }

/** QAPI `qom-set` (qapi/qom.json). */
export interface QomSet {
  readonly path: string
  readonly property: string
  readonly value: JsonValue
}

/** Writes a property of an object. */
export const qomSet: QmpCommand<QomSet, JsonObject> = { name: 'qom-set', accepts: isObject }

/** QAPI `ObjectTypeInfo` (qapi/qom.json). */
export interface ObjectTypeInfo {
  readonly name: string
  readonly parent?: string
}

/** QAPI `qom-list-types` (qapi/qom.json). */
export interface QomListTypes {
  /** Only types that have this one among their ancestors or interfaces. */
  readonly implements?: string
  readonly abstract?: boolean
}

/** Lists the types of objects, devices among them. */
export const qomListTypes: QmpCommand<QomListTypes, readonly ObjectTypeInfo[]> = {
  name: 'qom-list-types',
  accepts: isArrayOf(isRecord<ObjectTypeInfo>({ name: isString, parent: optional(isString) })),
}

/** QAPI `SecretProperties` (qapi/crypto.json): data that is not to be seen on a command line. */
export interface SecretProperties {
  /** Of `data` and of the file's contents; `raw` when absent. */
  readonly format?: 'raw' | 'base64'
  /** The id of the secret that this one is encrypted with. */
  readonly keyid?: string
  readonly iv?: string
  readonly data?: string
  readonly file?: string
}

/** QAPI `TlsCredsProperties` (qapi/crypto.json). */
export interface TlsCredsProperties {
  /** Whether the other side must show a certificate; true when absent. */
  readonly 'verify-peer'?: boolean
  /** Where the certificates are. */
  readonly dir?: string
  readonly endpoint?: 'client' | 'server'
  readonly priority?: string
}

/** QAPI `TlsCredsX509Properties` (qapi/crypto.json). */
export interface TlsCredsX509Properties extends TlsCredsProperties {
  readonly 'sanity-check'?: boolean
  /** The id of a `secret` with the passphrase of the private key. */
  readonly passwordid?: string
}

/** QAPI `IothreadProperties` (qapi/qom.json). */
export interface IothreadProperties {
  readonly 'aio-max-batch'?: QmpInteger
  readonly 'poll-max-ns'?: QmpInteger
  readonly 'poll-grow'?: QmpInteger
  readonly 'poll-shrink'?: QmpInteger
  readonly 'thread-pool-min'?: QmpInteger
  readonly 'thread-pool-max'?: QmpInteger
}

/** QAPI `MemoryBackendProperties` (qapi/qom.json). */
export interface MemoryBackendProperties {
  /** Bytes. */
  readonly size: QmpInteger
  readonly dump?: boolean
  readonly merge?: boolean
  readonly prealloc?: boolean
  readonly share?: boolean
}

/** QAPI `ThrottleLimits` (qapi/block-core.json), without the bursts; 0 is no limit. */
export interface ThrottleLimits {
  readonly 'iops-total'?: QmpInteger
  readonly 'iops-read'?: QmpInteger
  readonly 'iops-write'?: QmpInteger
  readonly 'bps-total'?: QmpInteger
  readonly 'bps-read'?: QmpInteger
  readonly 'bps-write'?: QmpInteger
  readonly 'iops-size'?: QmpInteger
}

/** QAPI `ObjectOptions` (qapi/qom.json, since 6.0): the kinds of objects that are made here. */
export type ObjectOptions = { readonly id: string } & (
  | ({ readonly 'qom-type': 'secret' } & SecretProperties)
  | ({ readonly 'qom-type': 'tls-creds-x509' } & TlsCredsX509Properties)
  | ({ readonly 'qom-type': 'tls-creds-psk'; readonly username?: string } & TlsCredsProperties)
  | ({ readonly 'qom-type': 'tls-creds-anon' } & TlsCredsProperties)
  | { readonly 'qom-type': 'authz-simple'; readonly identity: string }
  | ({ readonly 'qom-type': 'iothread' } & IothreadProperties)
  | ({ readonly 'qom-type': 'memory-backend-ram' } & MemoryBackendProperties)
  | ({
      readonly 'qom-type': 'memory-backend-file'
      readonly 'mem-path': string
    } & MemoryBackendProperties)
  | ({
      readonly 'qom-type': 'memory-backend-memfd'
      readonly hugetlb?: boolean
      readonly seal?: boolean
    } & MemoryBackendProperties)
  | { readonly 'qom-type': 'rng-random'; readonly filename?: string }
  | { readonly 'qom-type': 'rng-builtin' }
  | { readonly 'qom-type': 'throttle-group'; readonly limits?: ThrottleLimits }
)

/** Makes an object that is no device. */
export const objectAdd: QmpCommand<ObjectOptions, JsonObject> = {
  name: 'object-add',
  accepts: isObject,
}

/** Deletes an object that {@link objectAdd} made; refused while it is in use. */
export const objectDel: QmpCommand<{ readonly id: string }, JsonObject> = {
  name: 'object-del',
  accepts: isObject,
}
