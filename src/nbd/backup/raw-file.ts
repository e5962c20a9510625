import { type FileHandle, open } from 'node:fs/promises'
import { err, ok, type Result, ResultAsync } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import type { BackupPiece } from './read-backup.ts'

/** How a raw file is written. */
export interface WriteRawFileOptions {
  /** Bytes that the file has in the end. */
  readonly size: number
  /**
   * `create` makes a file, or empties one that exists, for a full backup. `update` changes one that exists, for an
   * incremental one: what no piece covers stays.
   */
  readonly mode: 'create' | 'update'
  /** Waits until everything is durable; true by default. */
  readonly sync?: boolean
}

/** What was written; all numbers are bytes. */
export interface WrittenFile {
  /** Data written. */
  readonly dataBytes: number
  /** Zeroes that were left out because the file has them anyway. */
  readonly sparseBytes: number
}

/** Zeroes in data are left out in units of this, as files are allocated. */
const BLOCK = 4096
/** Bytes that are compared or zeroed at once. */
const SPAN = 0x4_0000

const zeroes = new Uint8Array(SPAN)

/**
 * Writes the pieces of a backup into a raw file, sparsely: blocks of zeroes are not written where the file has them.
 *
 * After an error the file has what was written until then. Pieces are consumed one by one, so that {@link readBackup}
 * may reuse its buffers.
 *
 * @param pieces - As {@link readBackup} gives them; what it throws is the error of the result
 * @errors `file` when the file cannot be written; `invalid` for a piece beyond `size`
 */
export function writeRawFile(
  path: string,
  pieces: AsyncIterable<BackupPiece>,
  options: WriteRawFileOptions,
): ResultAsync<WrittenFile, NbdError> {
  return new ResultAsync(writeAndClose(path, pieces, options))
}

async function writeAndClose(
  path: string,
  pieces: AsyncIterable<BackupPiece>,
  options: WriteRawFileOptions,
): Promise<Result<WrittenFile, NbdError>> {
  let file: FileHandle | undefined
  try {
    file = await open(path, options.mode === 'create' ? 'w+' : 'r+')
    await file.truncate(options.size)
    const writer = new SparseWriter(file, options)
    for await (const piece of pieces) await writer.write(piece)
    if (options.sync !== false) await file.sync()
    return ok({ dataBytes: writer.dataBytes, sparseBytes: writer.sparseBytes })
  } catch (error) {
    return err(toNbdError(path, error))
  } finally {
    await file?.close().catch(() => undefined)
  }
}

class SparseWriter {
  readonly #file: FileHandle
  readonly #size: number
  /** Whether everything that was not written reads as zeroes. */
  readonly #fresh: boolean
  readonly #present = new Uint8Array(SPAN)
  dataBytes = 0
  sparseBytes = 0

  constructor(file: FileHandle, { size, mode }: WriteRawFileOptions) {
    this.#file = file
    this.#size = size
    this.#fresh = mode === 'create'
  }

  async write(piece: BackupPiece): Promise<void> {
    const { offset, length } = piece
    if (offset < 0 || length < 0 || offset + length > this.#size) {
      throw new NbdError('invalid', `Piece at ${offset} lies beyond the end of the file`)
    }
    if ('data' in piece) await this.#writeData(offset, piece.data)
    else await this.#zero(offset, length)
  }

  /** Writes data; runs of whole zero blocks in it are treated as zeroes. */
  async #writeData(offset: number, data: Uint8Array): Promise<void> {
    let at = 0
    while (at < data.length) {
      const zero = isZeroBlock(data, at, offset)
      let end = blockEnd(at, offset, data.length)
      while (end < data.length && isZeroBlock(data, end, offset) === zero) {
        end = blockEnd(end, offset, data.length)
      }
      if (zero) await this.#zero(offset + at, end - at)
      else await this.#put(offset + at, data.subarray(at, end))
      at = end
    }
  }

  async #zero(offset: number, length: number): Promise<void> {
    if (this.#fresh) {
      this.sparseBytes += length
      return
    }
    for (let at = offset; at < offset + length;) {
      const span = Math.min(SPAN - (at % SPAN), offset + length - at)
      // A hole reads as zeroes, and stays one when it is not written to.
      if (await this.#isZeroInFile(at, span)) this.sparseBytes += span
      else await this.#put(at, zeroes.subarray(0, span))
      at += span
    }
  }

  async #isZeroInFile(offset: number, length: number): Promise<boolean> {
    const present = this.#present.subarray(0, length)
    for (let at = 0; at < length;) {
      const { bytesRead } = await this.#file.read(present, at, length - at, offset + at)
      if (bytesRead === 0) return false
      at += bytesRead
    }
    return Buffer.compare(present, zeroes.subarray(0, length)) === 0
  }

  async #put(offset: number, data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length;) {
      const { bytesWritten } = await this.#file.write(data, at, data.length - at, offset + at)
      at += bytesWritten
    }
    this.dataBytes += data.length
  }
}

/** Gives the end of the file's block that a place in data is in. */
function blockEnd(at: number, offset: number, length: number): number {
  return Math.min(length, at + BLOCK - ((offset + at) % BLOCK))
}

function isZeroBlock(data: Uint8Array, at: number, offset: number): boolean {
  const end = blockEnd(at, offset, data.length)
  // Most blocks are not zero, and show it at once.
  if (data[at] !== 0 || data[end - 1] !== 0) return false
  return Buffer.compare(data.subarray(at, end), zeroes.subarray(0, end - at)) === 0
}

function toNbdError(path: string, error: unknown): NbdError {
  if (error instanceof NbdError) return error
  return new NbdError('file', `Cannot write ${path}`, { cause: error })
}
