import { err, ok, type Result } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import { concatBytes, u16, u32, u64, viewOf } from './bytes.ts'
import {
  NBD_MAGIC,
  NBD_OLDSTYLE_MAGIC,
  NBD_OPTION_MAGIC,
  NBD_OPTION_REPLY_MAGIC,
} from './constants.ts'

/** Bytes of a newstyle greeting. */
export const GREETING_SIZE = 18
/** Bytes of the client's answer to the greeting. */
export const CLIENT_FLAGS_SIZE = 4
/** Bytes of an option request before its data. */
export const OPTION_HEADER_SIZE = 16
/** Bytes of an option reply before its data. */
export const OPTION_REPLY_HEADER_SIZE = 20
/** Bytes that answer EXPORT_NAME, before the zeroes that a client may have declined. */
export const EXPORT_NAME_REPLY_SIZE = 10
/** Zeroes that follow the answer to EXPORT_NAME, unless both sides agreed to leave them out. */
export const EXPORT_NAME_PADDING = 124

/** What an option request starts with. */
export interface NbdOptionHeader {
  readonly option: number
  /** Bytes of data that follow. */
  readonly length: number
}

/** What an option reply starts with. */
export interface NbdOptionReplyHeader extends NbdOptionHeader {
  readonly type: number
}

/** What a server says of an export when the transmission phase begins. */
export interface NbdExportReply {
  /** Bytes of the export. */
  readonly size: bigint
  /** {@link NbdTransmissionFlags} */
  readonly flags: number
}

/** Encodes the greeting of a newstyle server. */
export function encodeGreeting(flags: number): Uint8Array {
  return concatBytes([u64(NBD_MAGIC), u64(NBD_OPTION_MAGIC), u16(flags)])
}

/**
 * Reads a greeting, and gives its handshake flags.
 *
 * @errors `unsupported` for an oldstyle server, `bad-magic` for what is no NBD server
 */
export function decodeGreeting(bytes: Uint8Array): Result<number, NbdError> {
  if (bytes.length !== GREETING_SIZE) return err(wrongSize('greeting', GREETING_SIZE, bytes))
  const view = viewOf(bytes)
  if (view.getBigUint64(0) !== NBD_MAGIC) {
    return err(new NbdError('bad-magic', 'Peer is not an NBD server'))
  }
  const style = view.getBigUint64(8)
  if (style === NBD_OLDSTYLE_MAGIC) {
    return err(new NbdError('unsupported', 'Server speaks only oldstyle negotiation'))
  }
  if (style !== NBD_OPTION_MAGIC) {
    return err(new NbdError('bad-magic', 'Server speaks an unknown style of negotiation'))
  }
  return ok(view.getUint16(16))
}

/** Encodes a client's answer to the greeting. */
export function encodeClientFlags(flags: number): Uint8Array {
  return u32(flags)
}

/** Reads a client's answer to the greeting. */
export function decodeClientFlags(bytes: Uint8Array): Result<number, NbdError> {
  if (bytes.length !== CLIENT_FLAGS_SIZE) {
    return err(wrongSize('client flags', CLIENT_FLAGS_SIZE, bytes))
  }
  return ok(viewOf(bytes).getUint32(0))
}

/** Encodes an option request with its data. */
export function encodeOption(option: number, data: Uint8Array): Uint8Array {
  return concatBytes([u64(NBD_OPTION_MAGIC), u32(option), u32(data.length), data])
}

/** Reads what an option request starts with. */
export function decodeOptionHeader(bytes: Uint8Array): Result<NbdOptionHeader, NbdError> {
  if (bytes.length !== OPTION_HEADER_SIZE) {
    return err(wrongSize('option', OPTION_HEADER_SIZE, bytes))
  }
  const view = viewOf(bytes)
  if (view.getBigUint64(0) !== NBD_OPTION_MAGIC) {
    return err(new NbdError('bad-magic', 'Bad magic of an option'))
  }
  return ok({ option: view.getUint32(8), length: view.getUint32(12) })
}

/** Encodes an option reply with its data. */
export function encodeOptionReply(option: number, type: number, data: Uint8Array): Uint8Array {
  return concatBytes([u64(NBD_OPTION_REPLY_MAGIC), u32(option), u32(type), u32(data.length), data])
}

/** Reads what an option reply starts with. */
export function decodeOptionReplyHeader(bytes: Uint8Array): Result<NbdOptionReplyHeader, NbdError> {
  if (bytes.length !== OPTION_REPLY_HEADER_SIZE) {
    return err(wrongSize('option reply', OPTION_REPLY_HEADER_SIZE, bytes))
  }
  const view = viewOf(bytes)
  if (view.getBigUint64(0) !== NBD_OPTION_REPLY_MAGIC) {
    return err(new NbdError('bad-magic', 'Bad magic of an option reply'))
  }
  return ok({ option: view.getUint32(8), type: view.getUint32(12), length: view.getUint32(16) })
}

/** Encodes the answer to EXPORT_NAME. */
export function encodeExportNameReply(reply: NbdExportReply, padding: boolean): Uint8Array {
  const parts = [u64(reply.size), u16(reply.flags)]
  return concatBytes(padding ? [...parts, new Uint8Array(EXPORT_NAME_PADDING)] : parts)
}

/** Reads the answer to EXPORT_NAME, without the padding. */
export function decodeExportNameReply(bytes: Uint8Array): Result<NbdExportReply, NbdError> {
  if (bytes.length !== EXPORT_NAME_REPLY_SIZE) {
    return err(wrongSize('export reply', EXPORT_NAME_REPLY_SIZE, bytes))
  }
  const view = viewOf(bytes)
  return ok({ size: view.getBigUint64(0), flags: view.getUint16(8) })
}

/** Makes the error for a fixed-size message of another size. */
export function wrongSize(what: string, wanted: number, bytes: Uint8Array): NbdError {
  return new NbdError('truncated', `Wanted ${wanted} bytes of a ${what}, got ${bytes.length}`)
}
