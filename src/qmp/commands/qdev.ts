import type { QmpCommand } from '../command.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { isArrayOf, isJson, isObject, isRecord, isString, optional } from '../guard.ts'

/** QAPI `device_add` (qapi/qdev.json); besides these three, the properties of the device. */
export interface DeviceAdd {
  readonly driver: string
  readonly bus?: string
  readonly id?: string
  readonly [property: string]: JsonValue | undefined
}

/** Plugs a device in. */
export const deviceAdd: QmpCommand<DeviceAdd, JsonObject> = {
  name: 'device_add',
  accepts: isObject,
}

/**
 * Asks the guest to let go of a device; `id` may be a QOM path.
 *
 * Answers before the device is gone: wait for `DEVICE_DELETED`, which never comes when the guest does not cooperate.
 */
export const deviceDel: QmpCommand<{ readonly id: string }, JsonObject> = {
  name: 'device_del',
  accepts: isObject,
}

/** QAPI `ObjectPropertyInfo` (qapi/qom.json). */
export interface ObjectPropertyInfo {
  readonly name: string
  readonly type: string
  readonly description?: string
  readonly 'default-value'?: JsonValue
}

/** Lists the properties of a type of device. */
export const deviceListProperties: QmpCommand<
  { readonly typename: string },
  readonly ObjectPropertyInfo[]
> = {
  name: 'device-list-properties',
  accepts: isArrayOf(
    isRecord<ObjectPropertyInfo>({
      name: isString,
      type: isString,
      description: optional(isString),
      'default-value': optional(isJson),
    }),
  ),
}
