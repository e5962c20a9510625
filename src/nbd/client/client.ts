import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow'
import { NbdCommand, NbdCommandFlags, NbdTransmissionFlags } from '../codec/constants.ts'
import type { NbdBlockSize } from '../codec/option-data.ts'
import { NbdError } from '../nbd-error.ts'
import type { NbdExportReader, NbdExtent, NbdExtentsOptions, NbdRequestOptions } from '../reader.ts'
import { openConnections } from './connect.ts'
import { walkExtents, type WindowStatus } from './extents.ts'
import type { NbdSession } from './negotiation.ts'
import type { NbdConnectOptions } from './options.ts'
import type { PendingRequest, RequestSpec } from './pending-request.ts'
import { checkRange, isAligned, piecesOf, widen } from '../ranges.ts'
import type { RequestPool } from './request-pool.ts'

/** How data is written. */
export interface NbdWriteOptions extends NbdRequestOptions {
  /** The answer comes only when the data is durable. */
  readonly fua?: boolean
}

/** How a range is zeroed. */
export interface NbdZeroRequestOptions extends NbdWriteOptions {
  /** The range stays allocated. */
  readonly noHole?: boolean
  /** The server refuses with `ENOTSUP` unless this is faster than writing zeroes. */
  readonly fast?: boolean
}

/** The best size of one read or write, in bytes: larger ones are slower (libnbd's and our own measurements). */
const PIECE = 0x4_0000
/** The most that a request without data covers, in bytes. */
const RANGE_PIECE = 0x4000_0000

const F = NbdTransmissionFlags

/**
 * An export of an NBD server, to be read and written.
 *
 * Requests of any size may be made at any time; they are cut, sent together and put together again. Each settles exactly
 * once, also when the connection dies (`interrupted`), its signal fires (`aborted`) or its deadline passes (`timeout`).
 */
export class NbdClient implements NbdExportReader {
  readonly #session: NbdSession
  readonly #pool: RequestPool

  private constructor(session: NbdSession, pool: RequestPool) {
    this.#session = session
    this.#pool = pool
  }

  /**
   * Connects to the export that an NBD URI names (`nbd:`, `nbds:`, `nbd+unix:`, `nbds+unix:`).
   *
   * @errors `invalid` for what is no NBD URI; `unreachable` when no connection came about; `refused` when the server
   * does not give the export; `unsupported` when it lacks a context that was asked for; `timeout`, `aborted`
   */
  static connect(uri: string, options: NbdConnectOptions = {}): ResultAsync<NbdClient, NbdError> {
    return openConnections(uri, options).map(({ session, pool }) => new NbdClient(session, pool))
  }

  /** Bytes of the export. */
  get size(): number {
    return this.#session.size
  }

  get exportName(): string {
    return this.#session.exportName
  }

  /** What the export can do: {@link NbdTransmissionFlags}. */
  get flags(): number {
    return this.#session.flags
  }

  get readOnly(): boolean {
    return this.#has(F.READ_ONLY)
  }

  /** The sizes of requests that the server takes; the client cuts its requests by itself. */
  get blockSize(): NbdBlockSize {
    return this.#session.blockSize
  }

  /** The metadata contexts that were agreed on. */
  get contexts(): readonly string[] {
    return this.#session.contexts.map(({ name }) => name)
  }

  /** Connections that stand; 0 when the client is of no more use. */
  get connections(): number {
    return this.#pool.connections
  }

  /**
   * Describes the export in several contexts in one pass, such as what is dirty together with what is zero.
   *
   * The walk asks for a few gigabytes at a time, a little ahead of its reader, so it takes little memory for an
   * export of any size. It throws an `NbdError` where a method would give one.
   */
  extents(options: NbdExtentsOptions = {}): AsyncIterableIterator<NbdExtent> {
    const { contexts = this.contexts, offset = 0, length = this.size - offset } = options
    const problem = this.#extentsProblem(contexts, offset, length)
    if (problem !== undefined) return failing(problem)
    const ask = (at: number, size: number): ResultAsync<WindowStatus[], NbdError> =>
      this.#status(at, size, options)
    const { minimum } = this.blockSize
    const whole = widen(offset, length, minimum, this.size)
    const extents = walkExtents(ask, contexts, whole.offset, whole.offset + whole.length)
    return isAligned(offset, length, minimum) ? extents : clipped(extents, offset, length)
  }

  /**
   * Reads bytes.
   *
   * @errors `invalid` for a range beyond the end, or too large for the memory
   */
  read(
    offset: number,
    length: number,
    options: NbdRequestOptions = {},
  ): ResultAsync<Uint8Array, NbdError> {
    return checkRange(offset, length, this.size)
      .andThen(() => allocate(length))
      .asyncAndThen((buffer) => this.readInto(offset, buffer, options).map(() => buffer))
  }

  /**
   * Reads as many bytes as `buffer` has, straight into it.
   *
   * Until the call settles the memory belongs to the client; after an error its contents are undefined.
   */
  readInto(
    offset: number,
    buffer: Uint8Array,
    options: NbdRequestOptions = {},
  ): ResultAsync<void, NbdError> {
    const { length } = buffer
    const range = checkRange(offset, length, this.size)
    if (range.isErr()) return errAsync(range.error)
    const { minimum } = this.blockSize
    if (!isAligned(offset, length, minimum)) return this.#readUnaligned(offset, buffer, options)
    return this.#readPieces(offset, buffer, options)
  }

  /**
   * Writes bytes, whose memory must stay as it is until the call settles.
   *
   * After `aborted` or `timeout` they may still be sent, so that the range holds the old bytes, the new ones or both.
   *
   * @errors `unsupported` for a read-only export, and for a range that is not made of the server's blocks
   */
  write(
    offset: number,
    data: Uint8Array,
    options: NbdWriteOptions = {},
  ): ResultAsync<void, NbdError> {
    const flags = this.#fua(options)
    return this.#checkChange(offset, data.length, flags).asyncAndThen(() => {
      const specs = Array.from(piecesOf(offset, data.length, this.#pieceSize), (piece) => {
        const start = piece.offset - offset
        const payload = data.subarray(start, start + piece.length)
        return { command: NbdCommand.WRITE, flags, ...piece, payload }
      })
      return this.#all(specs, options)
    })
  }

  /** Lets the server forget a range; what it reads as afterwards is undefined. */
  trim(offset: number, length: number, options: NbdWriteOptions = {}): ResultAsync<void, NbdError> {
    const flags = this.#fua(options)
    return this.#checkFeature(F.SEND_TRIM, 'trim')
      .andThen(() => this.#checkChange(offset, length, flags))
      .asyncAndThen(() => this.#ranges(NbdCommand.TRIM, flags, offset, length, options))
  }

  /** Makes a range read as zeroes without sending them. */
  zero(
    offset: number,
    length: number,
    options: NbdZeroRequestOptions = {},
  ): ResultAsync<void, NbdError> {
    const flags =
      this.#fua(options) |
      (options.noHole === true ? NbdCommandFlags.NO_HOLE : 0) |
      (options.fast === true ? NbdCommandFlags.FAST_ZERO : 0)
    return this.#checkFeature(F.SEND_WRITE_ZEROES, 'zero')
      .andThen(() => this.#checkChange(offset, length, flags))
      .asyncAndThen(() => this.#ranges(NbdCommand.WRITE_ZEROES, flags, offset, length, options))
  }

  /** Makes durable what was written before the call; changes still under way are not covered. */
  flush(options: NbdRequestOptions = {}): ResultAsync<void, NbdError> {
    if (!this.#has(F.SEND_FLUSH)) return errAsync(unsupported('flush'))
    return this.#all([{ command: NbdCommand.FLUSH, offset: 0, length: 0 }], options)
  }

  /** Tells the server that a range will be read soon. */
  cache(
    offset: number,
    length: number,
    options: NbdRequestOptions = {},
  ): ResultAsync<void, NbdError> {
    if (!this.#has(F.SEND_CACHE)) return errAsync(unsupported('cache'))
    return checkRange(offset, length, this.size).asyncAndThen(() => {
      const whole = widen(offset, length, this.blockSize.minimum, this.size)
      return this.#ranges(NbdCommand.CACHE, 0, whole.offset, whole.length, options)
    })
  }

  /** Takes leave of the server. Requests that are under way are settled as `interrupted`: await them before. */
  close(): ResultAsync<void, NbdError> {
    this.#pool.close()
    return okAsync(undefined)
  }

  /** Closes it, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** A size of pieces that the server takes, and that is made of its blocks. */
  get #pieceSize(): number {
    const { minimum, maximum } = this.blockSize
    return Math.max(minimum, Math.min(PIECE, maximum - (maximum % minimum)))
  }

  #extentsProblem(
    contexts: readonly string[],
    offset: number,
    length: number,
  ): NbdError | undefined {
    const missing = contexts.find((name) => !this.contexts.includes(name))
    if (missing !== undefined || contexts.length === 0) {
      const which = missing === undefined ? 'any context' : `context '${missing}'`
      return new NbdError('unsupported', `Extents in ${which} were not agreed on`)
    }
    const range = checkRange(offset, length, this.size)
    return range.isErr() ? range.error : undefined
  }

  #has(flag: number): boolean {
    return (this.flags & flag) !== 0
  }

  #fua({ fua }: NbdWriteOptions): number {
    return fua === true ? NbdCommandFlags.FUA : 0
  }

  #checkFeature(feature: number, what: string): Result<void, NbdError> {
    return this.#has(feature) || this.readOnly ? ok(undefined) : err(unsupported(what))
  }

  #checkChange(offset: number, length: number, flags: number): Result<void, NbdError> {
    if (this.readOnly) return err(new NbdError('unsupported', 'Export is read-only'))
    if ((flags & NbdCommandFlags.FUA) !== 0 && !this.#has(F.SEND_FUA))
      return err(unsupported('FUA'))
    if ((flags & NbdCommandFlags.FAST_ZERO) !== 0 && !this.#has(F.SEND_FAST_ZERO)) {
      return err(unsupported('fast zero'))
    }
    return checkRange(offset, length, this.size).andThen(() => {
      const { minimum } = this.blockSize
      if (isAligned(offset, length, minimum)) return ok(undefined)
      return err(new NbdError('unsupported', `Server takes only blocks of ${minimum} bytes`))
    })
  }

  #ranges(
    command: number,
    flags: number,
    offset: number,
    length: number,
    options: NbdRequestOptions,
  ): ResultAsync<void, NbdError> {
    // QEMU 7.2 counts the length of a cache request as if it were data.
    const most = command === NbdCommand.CACHE ? this.#pieceSize : RANGE_PIECE
    const pieces = piecesOf(offset, length, most)
    return this.#all(
      Array.from(pieces, (piece) => ({ command, flags, ...piece })),
      options,
    )
  }

  /** Makes several requests, and waits for all of them even when one fails: their memory is in use until then. */
  #all(specs: readonly RequestSpec[], options: NbdRequestOptions): ResultAsync<void, NbdError> {
    const [only] = specs
    if (only === undefined) return okAsync(undefined)
    if (specs.length === 1) return this.#pool.request(only, options).map(() => undefined)
    const requests = specs.map((spec) => this.#pool.request(spec, options))
    return ResultAsync.combine(requests).map(() => undefined)
  }

  #readPieces(
    offset: number,
    buffer: Uint8Array,
    options: NbdRequestOptions,
  ): ResultAsync<void, NbdError> {
    const specs = Array.from(piecesOf(offset, buffer.length, this.#pieceSize), (piece) => {
      const start = piece.offset - offset
      const target = buffer.subarray(start, start + piece.length)
      return { command: NbdCommand.READ, ...piece, target }
    })
    return this.#all(specs, options)
  }

  #readUnaligned(
    offset: number,
    buffer: Uint8Array,
    options: NbdRequestOptions,
  ): ResultAsync<void, NbdError> {
    // An export may end within a block, against the protocol: then the server is asked for the part that there is.
    const whole = widen(offset, buffer.length, this.blockSize.minimum, this.size)
    return allocate(whole.length).asyncAndThen((data) =>
      this.#readPieces(whole.offset, data, options).map(() => {
        const start = offset - whole.offset
        buffer.set(data.subarray(start, start + buffer.length))
      }),
    )
  }

  #status(
    offset: number,
    length: number,
    options: NbdRequestOptions,
  ): ResultAsync<WindowStatus[], NbdError> {
    const spec = { command: NbdCommand.BLOCK_STATUS, offset, length }
    return this.#pool.request(spec, options).map((request) => this.#named(request))
  }

  #named({ statuses }: PendingRequest): WindowStatus[] {
    return this.#session.contexts.flatMap(({ id, name }) => {
      const descriptors = statuses.get(id)
      return descriptors === undefined ? [] : [{ name, descriptors }]
    })
  }
}

// oxlint-disable-next-line require-yield -- an iterator that fails at its first step
async function* failing(error: NbdError): AsyncGenerator<never, void, undefined> {
  throw error
}

async function* clipped(
  extents: AsyncIterable<NbdExtent>,
  offset: number,
  length: number,
): AsyncGenerator<NbdExtent, void, undefined> {
  for await (const extent of extents) {
    const start = Math.max(offset, extent.offset)
    const end = Math.min(offset + length, extent.offset + extent.length)
    if (end > start) yield { offset: start, length: end - start, flags: extent.flags }
  }
}

function unsupported(what: string): NbdError {
  return new NbdError('unsupported', `Server does not offer ${what}`)
}

function allocate(length: number): Result<Uint8Array, NbdError> {
  try {
    return ok(new Uint8Array(length))
  } catch (cause) {
    return err(new NbdError('invalid', `Cannot allocate ${length} bytes`, { cause }))
  }
}
