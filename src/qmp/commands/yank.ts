import type { NoArguments, QmpCommand } from '../command.ts'
import type { JsonObject } from '../json.ts'
import { type Guard, isArrayOf, isObject, isString } from '../guard.ts'

/** QAPI `YankInstance` (qapi/yank.json, since 6.0): a connection that can be cut. */
export type YankInstance =
  | { readonly type: 'block-node'; readonly 'node-name': string }
  | { readonly type: 'chardev'; readonly id: string }
  | { readonly type: 'migration' }

const isYankInstance: Guard<YankInstance> = (value): value is YankInstance => {
  if (!isObject(value)) return false
  const { type } = value
  if (type === 'block-node') return isString(value['node-name'])
  return type === 'chardev' ? isString(value['id']) : type === 'migration'
}

/** Cuts connections on which QEMU hangs. Can be sent out of band. */
export const yank: QmpCommand<{ readonly instances: readonly YankInstance[] }, JsonObject> = {
  name: 'yank',
  accepts: isObject,
}

/** Lists the connections that can be cut. Can be sent out of band. */
export const queryYank: QmpCommand<NoArguments, readonly YankInstance[]> = {
  name: 'query-yank',
  accepts: isArrayOf(isYankInstance),
}
