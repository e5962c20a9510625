import { err, ok, type Result } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import { ByteCursor, concatBytes, decodeText, encodeText, u16, u32, u64 } from './bytes.ts'
import { NBD_MAX_STRING, NbdInfoType } from './constants.ts'

/** The most queries that one request for metadata contexts may have. */
export const MAX_QUERIES = 1024

/** The data of the INFO and GO options. */
export interface NbdInfoRequest {
  readonly name: string
  /** {@link NbdInfoType}s that the client asks for. */
  readonly requests: readonly number[]
}

/** The data of the LIST_META_CONTEXT and SET_META_CONTEXT options. */
export interface NbdMetaContextRequest {
  readonly name: string
  readonly queries: readonly string[]
}

/** An export as the LIST option names it. */
export interface NbdServerReply {
  readonly name: string
  readonly description?: string
}

/** A metadata context: its name, and the number that stands for it in block status replies. */
export interface NbdMetaContext {
  readonly id: number
  readonly name: string
}

/** The sizes of requests that an export takes, in bytes. */
export interface NbdBlockSize {
  /** Every offset and length is a multiple of this. */
  readonly minimum: number
  /** Requests aligned to this are served without extra work. */
  readonly preferred: number
  /** The largest payload of one request or reply. */
  readonly maximum: number
}

/** One piece of information about an export. */
export type NbdInfo =
  | { readonly type: 'export'; readonly size: bigint; readonly flags: number }
  | { readonly type: 'name' | 'description'; readonly text: string }
  | { readonly type: 'block-size'; readonly blockSize: NbdBlockSize }
  | { readonly type: 'unknown'; readonly code: number }

/** Encodes the data of INFO and GO. */
export function encodeInfoRequest(request: NbdInfoRequest): Uint8Array {
  const name = encodeText(request.name)
  const requests = request.requests.map(u16)
  return concatBytes([u32(name.length), name, u16(requests.length), ...requests])
}

/** Reads the data of INFO and GO. */
export function decodeInfoRequest(data: Uint8Array): Result<NbdInfoRequest, NbdError> {
  const cursor = new ByteCursor(data)
  return takeString(cursor, 'name').andThen((name) => {
    const count = cursor.u16()
    if (cursor.overrun || cursor.remaining < count * 2) return err(inconsistent())
    if (cursor.remaining > count * 2) return err(new NbdError('invalid', 'Unexpected length'))
    return ok({ name, requests: Array.from({ length: count }, () => cursor.u16()) })
  })
}

/** Encodes the data of LIST_META_CONTEXT and SET_META_CONTEXT. */
export function encodeMetaContextRequest(request: NbdMetaContextRequest): Uint8Array {
  const strings = request.queries.map(withLength)
  return concatBytes([withLength(request.name), u32(strings.length), ...strings])
}

/**
 * Reads the data of LIST_META_CONTEXT and SET_META_CONTEXT.
 *
 * Queries that no context can match, because they are too long or no UTF-8, are left out.
 */
export function decodeMetaContextRequest(
  data: Uint8Array,
): Result<NbdMetaContextRequest, NbdError> {
  const cursor = new ByteCursor(data)
  return takeString(cursor, 'name').andThen((name) => {
    const count = cursor.u32()
    if (cursor.overrun || count * 4 > cursor.remaining) return err(inconsistent())
    if (count > MAX_QUERIES) return err(new NbdError('invalid', `Too many queries: ${count}`))
    const queries: string[] = []
    for (let index = 0; index < count; index++) {
      const query = cursor.take(cursor.u32())
      if (cursor.overrun) return err(inconsistent())
      const text = query.length > NBD_MAX_STRING ? undefined : decodeText(query)
      if (text !== undefined) queries.push(text)
    }
    return cursor.remaining === 0 ? ok({ name, queries }) : err(inconsistent())
  })
}

/** Encodes the data of a SERVER reply. */
export function encodeServerReply(reply: NbdServerReply): Uint8Array {
  return concatBytes([withLength(reply.name), encodeText(reply.description ?? '')])
}

/** Reads the data of a SERVER reply. */
export function decodeServerReply(data: Uint8Array): Result<NbdServerReply, NbdError> {
  const cursor = new ByteCursor(data)
  return takeString(cursor, 'name').andThen((name) => {
    const bytes = cursor.take(cursor.remaining)
    const description = bytes.length > NBD_MAX_STRING ? undefined : decodeText(bytes)
    if (description === undefined) return err(new NbdError('unexpected', 'Bad description'))
    return ok(description === '' ? { name } : { name, description })
  })
}

/** Encodes the data of a META_CONTEXT reply. */
export function encodeMetaContext(context: NbdMetaContext): Uint8Array {
  return concatBytes([u32(context.id), encodeText(context.name)])
}

/** Reads the data of a META_CONTEXT reply. */
export function decodeMetaContext(data: Uint8Array): Result<NbdMetaContext, NbdError> {
  const cursor = new ByteCursor(data)
  const id = cursor.u32()
  const bytes = cursor.take(cursor.remaining)
  const name = bytes.length > NBD_MAX_STRING ? undefined : decodeText(bytes)
  if (cursor.overrun || name === undefined || name === '') {
    return err(new NbdError('unexpected', 'Bad name of a metadata context'))
  }
  return ok({ id, name })
}

/** Encodes the data of an INFO reply. */
export function encodeInfo(info: Exclude<NbdInfo, { type: 'unknown' }>): Uint8Array {
  switch (info.type) {
    case 'export':
      return concatBytes([u16(NbdInfoType.EXPORT), u64(info.size), u16(info.flags)])
    case 'name':
      return concatBytes([u16(NbdInfoType.NAME), encodeText(info.text)])
    case 'description':
      return concatBytes([u16(NbdInfoType.DESCRIPTION), encodeText(info.text)])
    case 'block-size': {
      const { minimum, preferred, maximum } = info.blockSize
      return concatBytes([u16(NbdInfoType.BLOCK_SIZE), u32(minimum), u32(preferred), u32(maximum)])
    }
  }
}

/** Reads the data of an INFO reply; a type that is not known is given as `unknown`, to be ignored. */
export function decodeInfo(data: Uint8Array): Result<NbdInfo, NbdError> {
  const cursor = new ByteCursor(data)
  const code = cursor.u16()
  if (cursor.overrun) return err(new NbdError('truncated', 'Information reply without a type'))
  switch (code) {
    case NbdInfoType.EXPORT: {
      const info = { type: 'export', size: cursor.u64(), flags: cursor.u16() } as const
      return whole(cursor, info)
    }
    case NbdInfoType.NAME:
    case NbdInfoType.DESCRIPTION: {
      const text = cursor.remaining > NBD_MAX_STRING ? undefined : decodeText(data.subarray(2))
      if (text === undefined) return err(new NbdError('unexpected', 'Bad text in information'))
      return ok({ type: code === NbdInfoType.NAME ? 'name' : 'description', text })
    }
    case NbdInfoType.BLOCK_SIZE: {
      const [minimum, preferred, maximum] = [cursor.u32(), cursor.u32(), cursor.u32()]
      return whole(cursor, { type: 'block-size', blockSize: { minimum, preferred, maximum } })
    }
    default:
      return ok({ type: 'unknown', code })
  }
}

/** Says what is wrong with block sizes, or `undefined` for sizes that the protocol allows. */
export function blockSizeProblem(sizes: NbdBlockSize): string | undefined {
  const { minimum, preferred, maximum } = sizes
  if (!isPowerOfTwo(minimum) || minimum > 0x1_0000) return `minimum ${minimum}`
  if (!isPowerOfTwo(preferred) || preferred < Math.max(minimum, 512))
    return `preferred ${preferred}`
  if (!Number.isInteger(maximum) || maximum < preferred || maximum > 0xffff_ffff) {
    return `maximum ${maximum}`
  }
  return undefined
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 0x8000_0000 && Math.log2(value) % 1 === 0
}

function whole<T>(cursor: ByteCursor, value: T): Result<T, NbdError> {
  if (!cursor.overrun && cursor.remaining === 0) return ok(value)
  return err(new NbdError('unexpected', 'Information reply of a wrong length'))
}

function takeString(cursor: ByteCursor, what: string): Result<string, NbdError> {
  const length = cursor.u32()
  if (length > NBD_MAX_STRING) {
    return err(new NbdError('invalid', `Invalid ${what} length: ${length}`))
  }
  const text = decodeText(cursor.take(length))
  if (cursor.overrun) return err(inconsistent())
  if (text === undefined) return err(new NbdError('invalid', `Malformed UTF-8 in a ${what}`))
  if (text.includes('\0')) return err(new NbdError('invalid', 'Unexpected embedded NUL'))
  return ok(text)
}

function withLength(text: string): Uint8Array {
  const bytes = encodeText(text)
  return concatBytes([u32(bytes.length), bytes])
}

function inconsistent(): NbdError {
  return new NbdError('invalid', 'Inconsistent lengths')
}
