import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow'
import { NBD_BASE_ALLOCATION, NbdAllocationFlags } from '../codec/constants.ts'
import { NbdError } from '../nbd-error.ts'
import type { NbdExportReader, NbdExtent } from '../reader.ts'
import { piecesOf } from '../ranges.ts'

/** A part of a backup: data, or a range that reads as zeroes. */
export type BackupPiece =
  | { readonly offset: number; readonly length: number; readonly data: Uint8Array }
  | { readonly offset: number; readonly length: number; readonly zero: true }

/** How far a backup is; all numbers are bytes. */
export interface BackupProgress {
  /** Everything before this offset of the export is done. */
  readonly position: number
  /** Where it ends. */
  readonly end: number
  /** Data given so far. */
  readonly dataBytes: number
  /** Zeroes given so far. */
  readonly zeroBytes: number
}

/** How a backup is read. */
export interface ReadBackupOptions {
  /**
   * The context that says what is dirty, such as `qemu:dirty-bitmap:backup-vda`: only that is given. Without it the whole
   * export is.
   */
  readonly bitmap?: string
  /** Bytes from the start of the export; 0 by default. */
  readonly offset?: number
  /** Bytes; up to the end by default. */
  readonly length?: number
  /** The most bytes of data in one piece; 256 KiB by default. */
  readonly pieceSize?: number
  /** Pieces that are read at the same time, ahead of their consumer; 16 by default. */
  readonly parallel?: number
  /**
   * Uses memory again: the data of a piece is valid only until the next one is asked for. Faster, for consumers that
   * are done with a piece by then, as {@link writeRawFile} is.
   */
  readonly reuseBuffers?: boolean
  /** Ends the reading with an `aborted` error. */
  readonly signal?: AbortSignal
  /** Milliseconds that each request may take. */
  readonly timeoutMs?: number
  /** Hears how far it is, when a piece was consumed. It must not throw. */
  readonly onProgress?: (progress: BackupProgress) => void
}

/** What a backup amounts to; all numbers are bytes. */
export interface BackupEstimate {
  /** Data that must be transferred. */
  readonly dataBytes: number
  /** Zeroes that need not be. */
  readonly zeroBytes: number
  /** What the bitmap says is unchanged. */
  readonly cleanBytes: number
}

/**
 * Reads a pull backup: the dirty ranges of an export in order, or all of it, as data and as zeroes.
 *
 * A dirty range can be a hole, because the guest wrote zeroes or discarded; it is given as zeroes and must be written
 * to the target as such. Several pieces are read at the same time, but given one after the other.
 *
 * It throws an `NbdError`: `unsupported` when the reader was not opened with the contexts that are needed
 * (`bitmap`, and `base:allocation` if the server has it), or what a request failed with.
 */
export async function* readBackup(
  reader: NbdExportReader,
  options: ReadBackupOptions = {},
): AsyncGenerator<BackupPiece, void, undefined> {
  const controller = new AbortController()
  const stop = (): void => controller.abort(options.signal?.reason)
  options.signal?.addEventListener('abort', stop)
  if (options.signal?.aborted === true) stop()
  try {
    const reads = new ReadAhead(reader, options, controller.signal)
    const progress = new ProgressCount(reader, options)
    for await (const range of wantedRanges(reader, options, controller.signal)) {
      for (const piece of cut(range, options.pieceSize)) {
        for await (const ready of reads.add(piece)) {
          yield ready
          reads.recycle(ready)
          progress.add(ready)
        }
      }
    }
    for await (const ready of reads.rest()) {
      yield ready
      reads.recycle(ready)
      progress.add(ready)
    }
    progress.finish()
  } finally {
    options.signal?.removeEventListener('abort', stop)
    // A consumer that stops early leaves requests behind that nobody waits for.
    controller.abort()
  }
}

/** Adds up what {@link readBackup} would give, from the extents alone. */
export function estimateBackup(
  reader: NbdExportReader,
  options: Pick<ReadBackupOptions, 'bitmap' | 'offset' | 'length' | 'signal' | 'timeoutMs'> = {},
): ResultAsync<BackupEstimate, NbdError> {
  if (typeof reader?.size !== 'number') {
    return errAsync(new NbdError('invalid', 'The reader must be one of an export'))
  }
  const signal = options.signal ?? new AbortController().signal
  const add = async (): Promise<Result<BackupEstimate, NbdError>> => {
    const { offset = 0, length = reader.size - offset } = options
    let dataBytes = 0
    let zeroBytes = 0
    try {
      for await (const range of wantedRanges(reader, options, signal)) {
        if (range.zero) zeroBytes += range.length
        else dataBytes += range.length
      }
    } catch (error) {
      if (error instanceof NbdError) return err(error)
      throw error
    }
    return ok({ dataBytes, zeroBytes, cleanBytes: length - dataBytes - zeroBytes })
  }
  return new ResultAsync(add())
}

interface Range {
  readonly offset: number
  readonly length: number
  readonly zero: boolean
}

async function* wantedRanges(
  reader: NbdExportReader,
  { bitmap, offset, length, timeoutMs }: ReadBackupOptions,
  signal: AbortSignal,
): AsyncGenerator<Range, void, undefined> {
  const contexts = neededContexts(reader, bitmap)
  const rangeOptions = {
    signal,
    ...(offset !== undefined && { offset }),
    ...(length !== undefined && { length }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
  if (contexts.length === 0) {
    const start = offset ?? 0
    const rest = length ?? reader.size - start
    if (rest > 0) yield { offset: start, length: rest, zero: false }
    return
  }
  for await (const extent of reader.extents({ contexts, ...rangeOptions })) {
    if (isWanted(extent, bitmap)) {
      yield { offset: extent.offset, length: extent.length, zero: isZero(extent) }
    }
  }
}

function neededContexts(reader: NbdExportReader, bitmap: string | undefined): readonly string[] {
  if (bitmap !== undefined && !reader.contexts.includes(bitmap)) {
    // Reading everything instead, or nothing, would be a backup of another kind than was asked for.
    throw new NbdError('unsupported', `Metadata context '${bitmap}' was not agreed on`)
  }
  const allocation = reader.contexts.includes(NBD_BASE_ALLOCATION) ? [NBD_BASE_ALLOCATION] : []
  return bitmap === undefined ? allocation : [bitmap, ...allocation]
}

function isWanted({ flags }: NbdExtent, bitmap: string | undefined): boolean {
  return bitmap === undefined || ((flags[bitmap] ?? 0) & 1) !== 0
}

function isZero({ flags }: NbdExtent): boolean {
  return ((flags[NBD_BASE_ALLOCATION] ?? 0) & NbdAllocationFlags.ZERO) !== 0
}

/** Zeroes stay in one piece, data comes in pieces of a size that is good to read. */
function* cut(range: Range, pieceSize = 0x4_0000): Generator<Range> {
  if (range.zero) {
    yield range
    return
  }
  const most = Number.isSafeInteger(pieceSize) && pieceSize > 0 ? pieceSize : 0x4_0000
  for (const piece of piecesOf(range.offset, range.length, most)) yield { ...piece, zero: false }
}

/** Reads pieces ahead of their consumer, and gives them in order. */
class ReadAhead {
  readonly #reader: NbdExportReader
  readonly #parallel: number
  readonly #request: { readonly signal: AbortSignal; readonly timeoutMs?: number }
  readonly #reuse: boolean
  readonly #free: Uint8Array[] = []
  #queue: PromiseLike<Result<BackupPiece, NbdError>>[] = []

  constructor(reader: NbdExportReader, options: ReadBackupOptions, signal: AbortSignal) {
    this.#reader = reader
    this.#parallel = Math.max(1, options.parallel ?? 16)
    this.#reuse = options.reuseBuffers === true
    const { timeoutMs } = options
    this.#request = timeoutMs === undefined ? { signal } : { signal, timeoutMs }
  }

  /** Takes one more piece; gives those that must be consumed before there is room for another. */
  async *add(range: Range): AsyncGenerator<BackupPiece, void, undefined> {
    this.#queue.push(this.#begin(range))
    if (this.#queue.length >= this.#parallel) yield* this.#take()
  }

  /** Gives all that is left. */
  async *rest(): AsyncGenerator<BackupPiece, void, undefined> {
    while (this.#queue.length > 0) yield* this.#take()
  }

  /** Takes the memory of a piece back that was consumed. */
  recycle(piece: BackupPiece): void {
    if (this.#reuse && 'data' in piece) this.#free.push(piece.data)
  }

  async *#take(): AsyncGenerator<BackupPiece, void, undefined> {
    const piece = await this.#queue.shift()
    if (piece === undefined) return
    if (piece.isErr()) throw piece.error
    yield piece.value
  }

  #begin({ offset, length, zero }: Range): PromiseLike<Result<BackupPiece, NbdError>> {
    if (zero) return Promise.resolve(ok({ offset, length, zero: true }))
    const index = this.#free.findIndex((buffer) => buffer.length === length)
    const [data = new Uint8Array(length)] = index < 0 ? [] : this.#free.splice(index, 1)
    return this.#reader
      .readInto(offset, data, this.#request)
      .map((): BackupPiece => ({ offset, length, data }))
  }
}

class ProgressCount {
  readonly #report: ((progress: BackupProgress) => void) | undefined
  readonly #end: number
  #dataBytes = 0
  #zeroBytes = 0

  constructor(reader: NbdExportReader, { offset = 0, length, onProgress }: ReadBackupOptions) {
    this.#report = onProgress
    this.#end = length === undefined ? reader.size : offset + length
  }

  add(piece: BackupPiece): void {
    if ('data' in piece) this.#dataBytes += piece.length
    else this.#zeroBytes += piece.length
    this.#tell(piece.offset + piece.length)
  }

  finish(): void {
    this.#tell(this.#end)
  }

  #tell(position: number): void {
    const [dataBytes, zeroBytes] = [this.#dataBytes, this.#zeroBytes]
    this.#report?.({ position, end: this.#end, dataBytes, zeroBytes })
  }
}
