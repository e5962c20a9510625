/** What devices have in common, as fields for their codecs. @module */
import type { Field } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { text, unsigned } from '../values.ts'
import { deviceAddress } from './device-address.ts'
import type { DeviceCommon } from './device-def.ts'

const userAlias = /^ua-[A-Za-z0-9_-]*$/

/** Tells whether an alias was chosen by the user, and so belongs to the definition; libvirt's `ua-` rule. */
export function isUserAlias(alias: string): boolean {
  return userAlias.test(alias)
}

/** The fields of a device's name and address, and of its place in the boot order. */
export interface DeviceFields {
  /** As they are written. */
  readonly all: readonly Field<DeviceCommon>[]
  /** In the order in which libvirt reads them. */
  readonly reading: readonly Field<DeviceCommon>[]
}

const common = fieldsOf<DeviceCommon>()

const alias: Field<DeviceCommon> = {
  ...common.childAttribute('alias', ['alias', 'name'], text),
  read(source, draft, context) {
    const error = anyAlias.read(source, draft, context)
    if (draft.alias !== undefined && context.inactive && !isUserAlias(draft.alias))
      delete draft.alias
    if (draft.alias === '') delete draft.alias
    return error
  },
  write(out, value, context) {
    if (value.alias !== undefined && context.nameless && !isUserAlias(value.alias)) return
    anyAlias.write(out, value, context)
  },
}
const anyAlias = common.childAttribute('alias', ['alias', 'name'], text)

const between = common.keep('master', 'rom', 'acpi')
const address = common.child('address', 'address', deviceAddress)

/** What every device has; a device has more members, which these do not see. */
export const deviceFields: DeviceFields = {
  all: [alias, between, address],
  reading: [alias, address],
}

function withBoot(required: boolean): DeviceFields {
  const order = unsigned({ nonZero: true })
  const boot = common.childAttribute('bootOrder', ['boot', 'order'], order, {
    kept: ['loadparm'],
    ...(required && { required }),
  })
  return { all: [boot, ...deviceFields.all], reading: [alias, boot, address] }
}

/** What a device has that the guest may boot from. */
export const bootableFields: DeviceFields = withBoot(true)

/** What a device has of which only some kinds are booted from. */
export const anyDeviceFields: DeviceFields = withBoot(false)
