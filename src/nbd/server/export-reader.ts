import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow'
import type { NbdDescriptor } from '../codec/block-status.ts'
import { NBD_BASE_ALLOCATION } from '../codec/constants.ts'
import { checkRange, piecesOf } from '../ranges.ts'
import { ExtentJoiner, mergeContexts, type ContextDescriptors } from '../extent-merge.ts'
import { NbdError } from '../nbd-error.ts'
import type { NbdExportReader, NbdExtent, NbdExtentsOptions, NbdRequestOptions } from '../reader.ts'
import { asked, describe } from './answers.ts'
import { contextsOf, type NbdExport } from './export.ts'

/** Bytes that an export is asked to describe at once, and descriptors that are taken of it. */
const WINDOW = 0x4000_0000
const MAX_DESCRIPTORS = 0x2_0000

/**
 * Gives a reader of an export in this process, without a server and a connection.
 *
 * @param contexts - The metadata contexts to tell; `base:allocation` by default
 * @errors `unsupported` for a context that the export does not have
 */
export function readerOf(
  source: NbdExport,
  contexts: readonly string[] = [NBD_BASE_ALLOCATION],
): Result<NbdExportReader, NbdError> {
  const missing = contexts.find((name) => !contextsOf(source).includes(name))
  if (missing === undefined) return ok(new ExportReader(source, contexts))
  return err(new NbdError('unsupported', `Export does not offer metadata context '${missing}'`))
}

class ExportReader implements NbdExportReader {
  readonly #source: NbdExport
  readonly contexts: readonly string[]

  constructor(source: NbdExport, contexts: readonly string[]) {
    this.#source = source
    this.contexts = contexts
  }

  get size(): number {
    return this.#source.size
  }

  async *extents(options: NbdExtentsOptions = {}): AsyncGenerator<NbdExtent, void, undefined> {
    const { contexts = this.contexts, offset = 0, length = this.size - offset } = options
    const range = checkRange(offset, length, this.size)
    if (range.isErr()) throw range.error
    const missing = contexts.find((name) => !this.contexts.includes(name))
    if (missing !== undefined || contexts.length === 0) {
      throw new NbdError('unsupported', `Extents in ${missing ?? 'any context'} were not asked for`)
    }
    const joiner = new ExtentJoiner()
    for (let at = offset; at < offset + length;) {
      const end = Math.min(offset + length, at + WINDOW)
      const batch = await this.#batch(at, end, contexts, options)
      for (const extent of batch) {
        at = extent.offset + extent.length
        const complete = joiner.add(extent)
        if (complete !== undefined) yield complete
      }
    }
    const last = joiner.finish()
    if (last !== undefined) yield last
  }

  read(
    offset: number,
    length: number,
    options: NbdRequestOptions = {},
  ): ResultAsync<Uint8Array, NbdError> {
    const range = checkRange(offset, length, this.size)
    if (range.isErr()) return errAsync(range.error)
    return new ResultAsync(this.#read(offset, length, options))
  }

  readInto(
    offset: number,
    buffer: Uint8Array,
    options: NbdRequestOptions = {},
  ): ResultAsync<void, NbdError> {
    return this.read(offset, buffer.length, options).map((data) => buffer.set(data))
  }

  async #read(
    offset: number,
    length: number,
    options: NbdRequestOptions,
  ): Promise<Result<Uint8Array, NbdError>> {
    let data: Uint8Array
    try {
      data = new Uint8Array(length)
    } catch (cause) {
      return err(new NbdError('invalid', `Cannot allocate ${length} bytes`, { cause }))
    }
    const most = this.#source.blockSize?.maximum ?? WINDOW
    for (const piece of piecesOf(offset, length, most)) {
      if (options.signal?.aborted === true) return err(new NbdError('aborted', 'Aborted'))
      const part = await asked(() => this.#source.read(piece.offset, piece.length))
      if (part.isErr()) return err(part.error)
      if (part.value.length !== piece.length) {
        return err(new NbdError('unexpected', 'Export gave too few or too many bytes'))
      }
      data.set(part.value, piece.offset - offset)
    }
    return ok(data)
  }

  async #batch(
    offset: number,
    end: number,
    names: readonly string[],
    { signal }: NbdRequestOptions,
  ): Promise<readonly NbdExtent[]> {
    const contexts: ContextDescriptors[] = []
    for (const name of names) {
      if (signal?.aborted === true) throw new NbdError('aborted', 'Aborted')
      const answer = await asked(() => describe(this.#source, name, offset, end - offset))
      if (answer.isErr()) throw answer.error
      contexts.push({ name, descriptors: withLength(answer.value) })
    }
    const batch: NbdExtent[] = []
    for (const extent of mergeContexts(offset, end, contexts)) {
      batch.push(extent)
      if (batch.length === MAX_DESCRIPTORS) break
    }
    // Going on from nowhere would go on for ever.
    if (batch.length === 0) throw new NbdError('unexpected', 'Export gave no extents')
    return batch
  }
}

function* withLength(descriptors: Iterable<NbdDescriptor>): Generator<NbdDescriptor> {
  for (const descriptor of descriptors) if (descriptor.length > 0) yield descriptor
}
