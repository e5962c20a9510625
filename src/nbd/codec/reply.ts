import { err, ok, type Result } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import { ByteCursor, decodeMessage, encodeMessage, viewOf } from './bytes.ts'
import {
  NBD_SIMPLE_REPLY_MAGIC,
  NBD_STRUCTURED_REPLY_MAGIC,
  NbdChunkFlags,
  NbdChunkType,
} from './constants.ts'
import { wrongSize } from './handshake.ts'

/** Bytes of a simple reply before the data of a read. */
export const SIMPLE_REPLY_SIZE = 16
/** Bytes of a structured reply chunk before its payload. */
export const CHUNK_HEADER_SIZE = 20

/** The reply to a request without structured replies, and to one that has nothing to give. */
export interface NbdSimpleReply {
  /** An error value, or 0. */
  readonly error: number
  readonly cookie: bigint
}

/** What a structured reply chunk starts with. */
export interface NbdChunkHeader {
  /** {@link NbdChunkFlags} */
  readonly flags: number
  /** {@link NbdChunkType} */
  readonly type: number
  readonly cookie: bigint
  /** Bytes of payload that follow. */
  readonly length: number
}

/** The payload of an error chunk. */
export interface NbdChunkError {
  /** Never 0. */
  readonly error: number
  readonly message: string
  /** Bytes from the start of the export, when the chunk says where the error is. */
  readonly offset?: bigint
}

/** The payload of a hole chunk: bytes of the export that read as zeroes. */
export interface NbdChunkHole {
  readonly offset: bigint
  readonly length: number
}

/** Encodes a simple reply, without the data of a read. */
export function encodeSimpleReply(reply: NbdSimpleReply): Uint8Array {
  const bytes = new Uint8Array(SIMPLE_REPLY_SIZE)
  const view = viewOf(bytes)
  view.setUint32(0, NBD_SIMPLE_REPLY_MAGIC)
  view.setUint32(4, reply.error)
  view.setBigUint64(8, reply.cookie)
  return bytes
}

/** Reads the header of a simple reply from exactly {@link SIMPLE_REPLY_SIZE} bytes. */
export function decodeSimpleReply(bytes: Uint8Array): Result<NbdSimpleReply, NbdError> {
  if (bytes.length !== SIMPLE_REPLY_SIZE) {
    return err(wrongSize('simple reply', SIMPLE_REPLY_SIZE, bytes))
  }
  const view = viewOf(bytes)
  if (view.getUint32(0) !== NBD_SIMPLE_REPLY_MAGIC) {
    return err(new NbdError('bad-magic', 'Bad magic of a simple reply'))
  }
  return ok({ error: view.getUint32(4), cookie: view.getBigUint64(8) })
}

/** Reads what a structured reply chunk starts with from exactly {@link CHUNK_HEADER_SIZE} bytes. */
export function decodeChunkHeader(bytes: Uint8Array): Result<NbdChunkHeader, NbdError> {
  if (bytes.length !== CHUNK_HEADER_SIZE) {
    return err(wrongSize('reply chunk', CHUNK_HEADER_SIZE, bytes))
  }
  const view = viewOf(bytes)
  if (view.getUint32(0) !== NBD_STRUCTURED_REPLY_MAGIC) {
    return err(new NbdError('bad-magic', 'Bad magic of a structured reply'))
  }
  return ok({
    flags: view.getUint16(4),
    type: view.getUint16(6),
    cookie: view.getBigUint64(8),
    length: view.getUint32(16),
  })
}

/** Encodes a chunk that says only that the request is done. */
export function encodeNoneChunk(cookie: bigint): Uint8Array {
  return chunk(cookie, NbdChunkType.NONE, NbdChunkFlags.DONE, 0, 0)
}

/** Encodes what comes before the data of a data chunk. */
export function encodeDataChunkHeader(
  cookie: bigint,
  flags: number,
  offset: bigint,
  length: number,
): Uint8Array {
  const bytes = chunk(cookie, NbdChunkType.OFFSET_DATA, flags, 8, length)
  viewOf(bytes).setBigUint64(CHUNK_HEADER_SIZE, offset)
  return bytes
}

/** Encodes a hole chunk. */
export function encodeHoleChunk(cookie: bigint, flags: number, hole: NbdChunkHole): Uint8Array {
  const bytes = chunk(cookie, NbdChunkType.OFFSET_HOLE, flags, 12, 0)
  const view = viewOf(bytes)
  view.setBigUint64(CHUNK_HEADER_SIZE, hole.offset)
  view.setUint32(CHUNK_HEADER_SIZE + 8, hole.length)
  return bytes
}

/** Reads the payload of a hole chunk. */
export function decodeHole(payload: Uint8Array): Result<NbdChunkHole, NbdError> {
  if (payload.length !== 12) return err(wrongSize('hole', 12, payload))
  const view = viewOf(payload)
  const length = view.getUint32(8)
  if (length === 0) return err(new NbdError('unexpected', 'Hole of no length'))
  return ok({ offset: view.getBigUint64(0), length })
}

/** Encodes an error chunk that ends its reply. */
export function encodeErrorChunk(cookie: bigint, error: number, message: string): Uint8Array {
  const text = encodeMessage(message)
  const bytes = chunk(cookie, NbdChunkType.ERROR, NbdChunkFlags.DONE, 6 + text.length, 0)
  const view = viewOf(bytes)
  view.setUint32(CHUNK_HEADER_SIZE, error)
  view.setUint16(CHUNK_HEADER_SIZE + 4, text.length)
  bytes.set(text, CHUNK_HEADER_SIZE + 6)
  return bytes
}

/** Reads the payload of any error chunk; what follows the message of an unknown type is ignored. */
export function decodeChunkError(
  type: number,
  payload: Uint8Array,
): Result<NbdChunkError, NbdError> {
  const cursor = new ByteCursor(payload)
  const error = cursor.u32()
  const message = decodeMessage(cursor.take(cursor.u16()))
  const offset = type === NbdChunkType.ERROR_OFFSET ? cursor.u64() : undefined
  if (cursor.overrun) return err(new NbdError('unexpected', 'Error chunk of a wrong length'))
  if (error === 0) return err(new NbdError('unexpected', 'Error chunk without an error'))
  return ok(offset === undefined ? { error, message } : { error, message, offset })
}

/** Makes a chunk with `inline` bytes of payload in it, and `outside` bytes that follow it. */
function chunk(
  cookie: bigint,
  type: number,
  flags: number,
  inline: number,
  outside: number,
): Uint8Array {
  const bytes = new Uint8Array(CHUNK_HEADER_SIZE + inline)
  const view = viewOf(bytes)
  view.setUint32(0, NBD_STRUCTURED_REPLY_MAGIC)
  view.setUint16(4, flags)
  view.setUint16(6, type)
  view.setBigUint64(8, cookie)
  view.setUint32(16, inline + outside)
  return bytes
}
