import type { NoArguments, OpenEnum, QmpCommand } from '../command.ts'
import type { JsonObject } from '../json.ts'
import { isBoolean, isObject, isRecord, isString, optional } from '../guard.ts'

/** QAPI `VncInfo` (qapi/ui.json). */
export interface VncInfo {
  readonly enabled: boolean
  readonly host?: string
  readonly family?: OpenEnum<'ipv4' | 'ipv6' | 'unix' | 'vsock' | 'unknown'>
  /** The port, or the path of a Unix socket. */
  readonly service?: string
  readonly auth?: string
}

/** Reports where the VNC server listens. */
export const queryVnc: QmpCommand<NoArguments, VncInfo> = {
  name: 'query-vnc',
  accepts: isRecord<VncInfo>({
    enabled: isBoolean,
    host: optional(isString),
    family: optional(isString),
    service: optional(isString),
    auth: optional(isString),
  }),
}

/** QAPI `SetPasswordOptions` (qapi/ui.json, since 7.0) for VNC. */
export interface SetPasswordOptions {
  readonly protocol: 'vnc'
  readonly password: string
  readonly connected?: 'keep' | 'fail' | 'disconnect'
  readonly display?: string
}

/** Sets the password of the VNC server. */
export const setPassword: QmpCommand<SetPasswordOptions, JsonObject> = {
  name: 'set_password',
  accepts: isObject,
}

/** QAPI `ExpirePasswordOptions` (qapi/ui.json, since 7.0) for VNC. */
export interface ExpirePasswordOptions {
  readonly protocol: 'vnc'
  /** `now`, `never`, `+SECONDS`, or seconds since 1970-01-01 UTC. */
  readonly time: string
  readonly display?: string
}

/** Says until when the password of the VNC server is good. */
export const expirePassword: QmpCommand<ExpirePasswordOptions, JsonObject> = {
  name: 'expire_password',
  accepts: isObject,
}
