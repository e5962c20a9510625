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

/** The fields of a device's name, address and boot position, in libvirt's order. */
export interface DeviceFields<T> {
  readonly boot: Field<T>
  readonly alias: Field<T>
  readonly between: Field<T>
  readonly address: Field<T>
  /** All of them, as they are written. */
  readonly all: readonly Field<T>[]
  /** All of them in the order in which libvirt reads them. */
  readonly reading: readonly Field<T>[]
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

const boot = common.childAttribute('bootOrder', ['boot', 'order'], unsigned({ nonZero: true }), {
  required: true,
})
const between = common.keep('master', 'rom', 'acpi')
const address = common.child('address', 'address', deviceAddress)

/** The common fields; a device has more members, which these do not see. */
export const deviceFields: DeviceFields<DeviceCommon> = {
  boot,
  alias,
  between,
  address,
  all: [boot, alias, between, address],
  reading: [alias, boot, address],
}
