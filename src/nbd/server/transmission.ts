import { err, ok, type Result } from 'neverthrow'
import {
  NBD_BASE_ALLOCATION,
  NbdChunkFlags,
  NbdCommand,
  NbdCommandFlags,
  NbdErrno,
} from '../codec/constants.ts'
import {
  encodeDataChunkHeader,
  encodeErrorChunk,
  encodeHoleChunk,
  encodeNoneChunk,
  encodeSimpleReply,
} from '../codec/reply.ts'
import { decodeRequest, REQUEST_SIZE, type NbdRequest } from '../codec/request.ts'
import { nbdRefusal, type NbdError } from '../nbd-error.ts'
import type { Outbox } from '../outbox.ts'
import { skip, type Steps } from '../step-reader.ts'
import { Admission } from './admission.ts'
import { ask, asked, describe, readParts, statusChunk, type ReadPart } from './answers.ts'
import type { NbdExport, NbdAnswer } from './export.ts'
import type { SessionTerms } from './negotiation.ts'
import { payloadProblem, requestProblem } from './request-check.ts'

/** As in QEMU: this many requests of a connection are under way, the others wait in the socket. */
const MAX_REQUESTS = 16
/** Bytes of payload and replies that a connection may hold; one larger request is served alone. */
const MAX_HELD_BYTES = 0x80_0000
/** What a block status reply is counted as, for each context. */
const STATUS_BYTES = 0x10_0000

const empty = new Uint8Array(0)

/** The server's side of the transmission phase: requests in, replies out in the order in which they are ready. */
export class ServerTransmission {
  readonly #terms: SessionTerms
  readonly #export: NbdExport
  readonly #outbox: Outbox
  readonly #admission = new Admission(MAX_REQUESTS, MAX_HELD_BYTES)

  constructor(terms: SessionTerms, outbox: Outbox) {
    this.#terms = terms
    this.#export = terms.export
    this.#outbox = outbox
  }

  /** Serves requests until the client takes its leave, and then what is under way. */
  *run(): Steps<Result<void, NbdError>> {
    for (;;) {
      const decoded = decodeRequest(yield REQUEST_SIZE)
      if (decoded.isErr()) return err(decoded.error)
      const request = decoded.value
      if (request.command === NbdCommand.DISC) break
      const held = this.#heldBy(request)
      const wait = this.#admission.enter(held)
      if (wait !== undefined) yield wait
      const problem = requestProblem(request, this.#terms)
      const payload = yield* this.#payload(request, problem)
      if (payload === undefined) {
        this.#refuse(request, problem ?? nbdRefusal(NbdErrno.EINVAL), held)
        break
      }
      if (problem === undefined) this.#serve(request, payload, held)
      else this.#refuse(request, problem, held)
    }
    yield this.#admission.idle()
    return ok(undefined)
  }

  #heldBy({ command, length }: NbdRequest): number {
    switch (command) {
      case NbdCommand.READ:
      case NbdCommand.WRITE:
        return length
      case NbdCommand.BLOCK_STATUS:
        return STATUS_BYTES * this.#terms.contexts.length
      default:
        return 0
    }
  }

  /** Takes the payload of a write; `undefined` when it is too large to be taken. */
  *#payload(request: NbdRequest, problem: NbdError | undefined): Steps<Uint8Array | undefined> {
    if (request.command !== NbdCommand.WRITE || request.length === 0) return empty
    if (payloadProblem(request, this.#export) !== undefined) return undefined
    if (problem === undefined) return yield new Uint8Array(request.length)
    yield* skip(request.length)
    return empty
  }

  #serve(request: NbdRequest, payload: Uint8Array, held: number): void {
    // Checked to lie within the export, whose size is a safe integer.
    const offset = Number(request.offset)
    const { command, length } = request
    const target = this.#export
    switch (command) {
      case NbdCommand.READ:
        this.#read(request, offset, held)
        return
      case NbdCommand.BLOCK_STATUS:
        this.#blockStatus(request, offset, held)
        return
      case NbdCommand.FLUSH:
        this.#finish(request, held, () => target.flush?.() ?? ok(undefined))
        return
      default:
        if (length === 0) this.#finish(request, held, () => ok(undefined))
        else this.#serveRange(request, offset, payload, held)
    }
  }

  #serveRange(request: NbdRequest, offset: number, payload: Uint8Array, held: number): void {
    const { command, length } = request
    const target = this.#export
    switch (command) {
      case NbdCommand.WRITE:
        this.#change(request, held, () => target.write?.(offset, payload) ?? ok(undefined))
        return
      case NbdCommand.TRIM:
        this.#change(request, held, () => target.trim?.(offset, length) ?? ok(undefined))
        return
      case NbdCommand.WRITE_ZEROES: {
        const noHole = (request.flags & NbdCommandFlags.NO_HOLE) !== 0
        const fast = (request.flags & NbdCommandFlags.FAST_ZERO) !== 0
        const zero = (): NbdAnswer<void> =>
          target.zero?.(offset, length, { noHole, fast }) ?? ok(undefined)
        this.#change(request, held, zero)
        return
      }
      default:
        this.#finish(request, held, () => target.cache?.(offset, length) ?? ok(undefined))
    }
  }

  #change(request: NbdRequest, held: number, change: () => NbdAnswer<void>): void {
    if ((request.flags & NbdCommandFlags.FUA) === 0) {
      this.#finish(request, held, change)
      return
    }
    ask(change, (changed) => {
      if (changed.isErr()) this.#refuse(request, changed.error, held)
      else this.#finish(request, held, () => this.#export.flush?.() ?? ok(undefined))
    })
  }

  #finish(request: NbdRequest, held: number, last: () => NbdAnswer<void>): void {
    ask(last, (done) => {
      if (done.isErr()) this.#refuse(request, done.error, held)
      else this.#reply([encodeSimpleReply({ error: 0, cookie: request.cookie })], held)
    })
  }

  #read(request: NbdRequest, offset: number, held: number): void {
    const { length, cookie } = request
    if (length === 0) {
      const done = this.#terms.structured
        ? encodeNoneChunk(cookie)
        : encodeSimpleReply({ error: 0, cookie })
      this.#reply([done], held)
      return
    }
    const whole = (request.flags & NbdCommandFlags.DF) !== 0 || !this.#terms.structured
    if (whole || this.#export.extents === undefined) {
      this.#readWhole(request, { offset, length, zero: false }, held)
      return
    }
    ask(
      () => describe(this.#export, NBD_BASE_ALLOCATION, offset, length),
      (answer) => {
        const parts = answer.andThen((list) => readParts(list, offset, length))
        if (parts.isErr()) this.#refuse(request, parts.error, held)
        else this.#readSparsely(request, parts.value, held)
      },
    )
  }

  #readSparsely(request: NbdRequest, parts: readonly ReadPart[], held: number): void {
    const [first] = parts
    if (first !== undefined && parts.length === 1) this.#readWhole(request, first, held)
    else void this.#readInParts(request, parts, held)
  }

  #readWhole(request: NbdRequest, part: ReadPart, held: number): void {
    const { cookie } = request
    if (part.zero) {
      const hole = { offset: request.offset, length: part.length }
      this.#reply([encodeHoleChunk(cookie, NbdChunkFlags.DONE, hole)], held)
      return
    }
    ask(
      () => this.#readExactly(part),
      (read) => {
        if (read.isErr()) this.#refuse(request, read.error, held)
        else this.#reply([this.#dataHeader(request, part, true), read.value], held)
      },
    )
  }

  async #readInParts(request: NbdRequest, parts: readonly ReadPart[], held: number): Promise<void> {
    const reply: Uint8Array[] = []
    for (const part of parts) {
      const last = part === parts.at(-1)
      if (part.zero) {
        const hole = { offset: BigInt(part.offset), length: part.length }
        reply.push(encodeHoleChunk(request.cookie, last ? NbdChunkFlags.DONE : 0, hole))
        continue
      }
      const read = await asked(() => this.#readExactly(part))
      if (read.isErr()) {
        this.#refuse(request, read.error, held)
        return
      }
      reply.push(this.#dataHeader(request, part, last), read.value)
    }
    this.#reply(reply, held)
  }

  /** A reply of a wrong length would end the connection's sense, so it is checked. */
  #readExactly({ offset, length }: ReadPart): NbdAnswer<Uint8Array> {
    const check = (data: Uint8Array): Result<Uint8Array, NbdError> =>
      data.length === length
        ? ok(data)
        : err(nbdRefusal(NbdErrno.EIO, `export gave ${data.length} of ${length} bytes`))
    const answer = this.#export.read(offset, length)
    return 'then' in answer ? answer.andThen(check) : answer.andThen(check)
  }

  #dataHeader({ cookie }: NbdRequest, { offset, length }: ReadPart, last: boolean): Uint8Array {
    if (!this.#terms.structured) return encodeSimpleReply({ error: 0, cookie })
    return encodeDataChunkHeader(cookie, last ? NbdChunkFlags.DONE : 0, BigInt(offset), length)
  }

  /** Asks context by context; `reply` has the chunks of those before. */
  #blockStatus(
    request: NbdRequest,
    offset: number,
    held: number,
    reply: readonly Uint8Array[] = [],
  ): void {
    const { length, cookie } = request
    const context = this.#terms.contexts[reply.length]
    if (context === undefined) {
      this.#reply(reply, held)
      return
    }
    const onlyOne = (request.flags & NbdCommandFlags.REQ_ONE) !== 0
    ask(
      () => describe(this.#export, context.name, offset, length),
      (answer) => {
        const chunk = answer.andThen((descriptors) => statusChunk(descriptors, length, onlyOne))
        if (chunk.isErr()) {
          this.#refuse(request, chunk.error, held)
          return
        }
        const last = reply.length === this.#terms.contexts.length - 1
        const flags = last ? NbdChunkFlags.DONE : 0
        const bytes = chunk.value.finish(cookie, flags, context.id)
        this.#blockStatus(request, offset, held, [...reply, bytes])
      },
    )
  }

  #refuse({ cookie }: NbdRequest, error: NbdError, held: number): void {
    const errno = error.errno ?? NbdErrno.EIO
    const reply = this.#terms.structured
      ? encodeErrorChunk(cookie, errno, error.message)
      : encodeSimpleReply({ error: errno, cookie })
    this.#reply([reply], held)
  }

  #reply(parts: readonly Uint8Array[], held: number): void {
    this.#outbox.send(parts, () => this.#admission.leave(held))
  }
}
