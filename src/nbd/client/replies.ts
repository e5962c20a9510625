import { decodeBlockStatus, MAX_BLOCK_STATUS_PAYLOAD } from '../codec/block-status.ts'
import { viewOf } from '../codec/bytes.ts'
import {
  NBD_SIMPLE_REPLY_MAGIC,
  NbdChunkFlags,
  NbdChunkType,
  NbdCommand,
  toNbdErrno,
} from '../codec/constants.ts'
import {
  CHUNK_HEADER_SIZE,
  decodeChunkError,
  decodeChunkHeader,
  decodeHole,
  decodeSimpleReply,
  SIMPLE_REPLY_SIZE,
  type NbdChunkHeader,
} from '../codec/reply.ts'
import { NbdError, nbdRefusal } from '../nbd-error.ts'
import { skip, type Steps } from '../step-reader.ts'
import type { NbdSession } from './negotiation.ts'
import type { PendingRequest } from './pending-request.ts'

/** What the receiver of replies needs of its connection. */
export interface ReplyPort {
  /** The request that a cookie stands for. */
  pending(cookie: bigint): PendingRequest | undefined
  /** Tells that a request's reply is complete. */
  completed(cookie: bigint, request: PendingRequest): void
  /** Tells whose memory is being filled, or that none is. */
  receiving(request: PendingRequest | undefined): void
}

/** The payload of an error chunk may have at most this many bytes. */
const MAX_ERROR_PAYLOAD = 0x1_0000

/** A step that ends well or finds that the server broke the protocol. */
type Checked = Steps<NbdError | undefined>

/** Receives the replies of the transmission phase, and puts the data of reads where it belongs. */
export class ReplyReceiver {
  readonly #session: NbdSession
  readonly #port: ReplyPort
  readonly #chunkHeader = new Uint8Array(CHUNK_HEADER_SIZE)

  constructor(session: NbdSession, port: ReplyPort) {
    this.#session = session
    this.#port = port
  }

  /** Receives until the server breaks the protocol; gives how. */
  *run(): Steps<NbdError> {
    for (;;) {
      const head = yield SIMPLE_REPLY_SIZE
      const simple = viewOf(head).getUint32(0) === NBD_SIMPLE_REPLY_MAGIC
      const problem = yield* simple ? this.#simpleReply(head) : this.#chunk(head)
      if (problem !== undefined) return problem
    }
  }

  *#simpleReply(head: Uint8Array): Checked {
    const reply = decodeSimpleReply(head)
    if (reply.isErr()) return reply.error
    const { cookie, error } = reply.value
    const request = this.#port.pending(cookie)
    if (request === undefined) return unknownCookie(cookie)
    if (error !== 0) {
      request.error = nbdRefusal(toNbdErrno(error))
    } else if (request.command === NbdCommand.BLOCK_STATUS) {
      return unexpected('Simple reply to a block status request')
    } else if (request.command === NbdCommand.READ) {
      if (this.#session.structured) return unexpected('Simple reply to a read')
      const problem = yield* this.#data(request, BigInt(request.offset), request.length)
      if (problem !== undefined) return problem
    }
    this.#port.completed(cookie, request)
    return undefined
  }

  *#chunk(head: Uint8Array): Checked {
    // The bytes of one step are gone with the next, so the two parts of the header are kept here.
    this.#chunkHeader.set(head)
    this.#chunkHeader.set(yield CHUNK_HEADER_SIZE - SIMPLE_REPLY_SIZE, SIMPLE_REPLY_SIZE)
    const decoded = decodeChunkHeader(this.#chunkHeader)
    if (decoded.isErr()) return decoded.error
    if (!this.#session.structured) return unexpected('Structured reply was not negotiated')
    const header = decoded.value
    const request = this.#port.pending(header.cookie)
    if (request === undefined) return unknownCookie(header.cookie)
    const problem = yield* this.#payload(header, request)
    if (problem !== undefined) return problem
    if ((header.flags & NbdChunkFlags.DONE) === 0) return undefined
    const missing = request.error === undefined ? this.#missing(request) : undefined
    if (missing !== undefined) return missing
    this.#port.completed(header.cookie, request)
    return undefined
  }

  *#payload(header: NbdChunkHeader, request: PendingRequest): Checked {
    const { type, length } = header
    switch (type) {
      case NbdChunkType.NONE: {
        const done = (header.flags & NbdChunkFlags.DONE) !== 0
        return length === 0 && done ? undefined : unexpected('Malformed end of a reply')
      }
      case NbdChunkType.OFFSET_DATA: {
        if (request.command !== NbdCommand.READ || length < 9) return unexpected('Data in a reply')
        const offset = viewOf(yield 8).getBigUint64(0)
        return yield* this.#data(request, offset, length - 8)
      }
      case NbdChunkType.OFFSET_HOLE:
        if (request.command !== NbdCommand.READ || length !== 12)
          return unexpected('Hole in a reply')
        return this.#hole(request, yield length)
      case NbdChunkType.BLOCK_STATUS:
        return yield* this.#blockStatus(request, length)
      default:
        if (type < 0x8000) return unexpected(`Reply chunk of unknown type ${type}`)
        return yield* this.#error(header, request)
    }
  }

  *#data(request: PendingRequest, offset: bigint, length: number): Checked {
    const start = startIn(request, offset)
    if (!request.coverage.add(start, length)) return unexpected('Data outside of its request')
    const target = request.target
    if (target === undefined) {
      yield* skip(length)
      return undefined
    }
    this.#port.receiving(request)
    yield target.subarray(start, start + length)
    this.#port.receiving(undefined)
    return undefined
  }

  #hole(request: PendingRequest, payload: Uint8Array): NbdError | undefined {
    const hole = decodeHole(payload)
    if (hole.isErr()) return hole.error
    const start = startIn(request, hole.value.offset)
    if (!request.coverage.add(start, hole.value.length)) {
      return unexpected('Hole outside of its request')
    }
    request.target?.fill(0, start, start + hole.value.length)
    return undefined
  }

  *#blockStatus(request: PendingRequest, length: number): Checked {
    if (request.command !== NbdCommand.BLOCK_STATUS || length > MAX_BLOCK_STATUS_PAYLOAD) {
      return unexpected(`Block status of ${length} bytes`)
    }
    if (length < 12) return unexpected(`Block status of ${length} bytes`)
    const status = decodeBlockStatus(yield new Uint8Array(length))
    if (status.isErr()) return status.error
    const { contextId, descriptors } = status.value
    if (!this.#session.contexts.some(({ id }) => id === contextId)) {
      return unexpected(`Block status of unknown context ${contextId}`)
    }
    if (request.statuses.has(contextId)) return unexpected('Block status of one context twice')
    request.statuses.set(contextId, descriptors)
    return undefined
  }

  *#error({ type, length }: NbdChunkHeader, request: PendingRequest): Checked {
    if (length < 6 || length > MAX_ERROR_PAYLOAD) return unexpected(`Error of ${length} bytes`)
    const error = decodeChunkError(type, yield new Uint8Array(length))
    if (error.isErr()) return error.error
    const errno = toNbdErrno(error.value.error)
    const { message } = error.value
    // The first error is the one that matters; others may follow from it.
    request.error ??= message === '' ? nbdRefusal(errno) : nbdRefusal(errno, message)
    return undefined
  }

  /** Says what a reply lacks that claims success. */
  #missing(request: PendingRequest): NbdError | undefined {
    if (!request.coverage.complete) return unexpected('Reply lacks some of the data')
    const wanted = request.command === NbdCommand.BLOCK_STATUS ? this.#session.contexts.length : 0
    return request.statuses.size === wanted ? undefined : unexpected('Reply lacks a context')
  }
}

/** Says where in a request's data an offset of the export is; a place outside of it when there is none. */
function startIn(request: PendingRequest, offset: bigint): number {
  const start = offset - BigInt(request.offset)
  return start >= 0n && start < BigInt(request.length) ? Number(start) : -1
}

function unknownCookie(cookie: bigint): NbdError {
  return unexpected(`Reply to no request: cookie ${cookie}`)
}

function unexpected(message: string): NbdError {
  return new NbdError('unexpected', message)
}
