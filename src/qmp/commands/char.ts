import type { NoArguments, QmpCommand } from '../command.ts'
import type { JsonObject } from '../json.ts'
import type { SocketAddressLegacy } from './sockets.ts'
import { isArrayOf, isBoolean, isObject, isRecord, isString, optional } from '../guard.ts'

/** QAPI `ChardevInfo` (qapi/char.json). */
export interface ChardevInfo {
  readonly label: string
  /** Where it goes: `pty:/dev/pts/3`, `unix:/path,server=on`, … */
  readonly filename: string
  /** Whether the guest has the other end open. */
  readonly 'frontend-open': boolean
}

/** Lists the character devices. */
export const queryChardev: QmpCommand<NoArguments, readonly ChardevInfo[]> = {
  name: 'query-chardev',
  accepts: isArrayOf(
    isRecord<ChardevInfo>({ label: isString, filename: isString, 'frontend-open': isBoolean }),
  ),
}

/** QAPI `ChardevCommon` (qapi/char.json). */
export interface ChardevCommon {
  readonly logfile?: string
  readonly logappend?: boolean
}

/** QAPI `ChardevFile` (qapi/char.json). */
export interface ChardevFile extends ChardevCommon {
  readonly out: string
  readonly in?: string
  readonly append?: boolean
}

/** QAPI `ChardevSocket` (qapi/char.json). */
export interface ChardevSocket extends ChardevCommon {
  readonly addr: SocketAddressLegacy
  /** True when absent. */
  readonly server?: boolean
  readonly wait?: boolean
  readonly nodelay?: boolean
  readonly telnet?: boolean
  readonly websocket?: boolean
  /** Seconds between attempts of a client; 0 is never. */
  readonly reconnect?: number
  readonly 'tls-creds'?: string
}

/** QAPI `ChardevBackend` (qapi/char.json): the kinds that are made here. */
export type ChardevBackend =
  | { readonly type: 'file'; readonly data: ChardevFile }
  | { readonly type: 'socket'; readonly data: ChardevSocket }
  | { readonly type: 'pipe' | 'serial'; readonly data: ChardevCommon & { readonly device: string } }
  | { readonly type: 'pty' | 'null'; readonly data: ChardevCommon }
  | { readonly type: 'ringbuf'; readonly data: ChardevCommon & { readonly size?: number } }

/** QAPI `ChardevReturn` (qapi/char.json). */
export interface ChardevReturn {
  /** The path of the terminal, for a backend of type `pty`. */
  readonly pty?: string
}

/** Makes a character device. */
export const chardevAdd: QmpCommand<
  { readonly id: string; readonly backend: ChardevBackend },
  ChardevReturn
> = { name: 'chardev-add', accepts: isRecord<ChardevReturn>({ pty: optional(isString) }) }

/** Deletes a character device; refused while a device uses it. */
export const chardevRemove: QmpCommand<{ readonly id: string }, JsonObject> = {
  name: 'chardev-remove',
  accepts: isObject,
}
