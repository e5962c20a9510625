import { err, ok, type Result } from 'neverthrow'
import type { NbdDescriptor } from '../codec/block-status.ts'
import { NbdAllocationFlags } from '../codec/constants.ts'
import { NbdError } from '../nbd-error.ts'
import type { NbdExport } from './export.ts'

/** Bytes that are held or not held together. */
const CHUNK = 0x4_0000
const HOLE = NbdAllocationFlags.HOLE | NbdAllocationFlags.ZERO

/**
 * Makes an export that keeps its contents in memory, as much as was written; the rest is a hole.
 *
 * @param options - `readOnly` keeps clients from writing
 * @errors `invalid` for what is no size
 */
export function memoryExport(
  name: string,
  size: number,
  options: { readonly readOnly?: boolean } = {},
): Result<MemoryExport, NbdError> {
  if (!Number.isSafeInteger(size) || size < 0) {
    return err(new NbdError('invalid', `Size ${size} of an export`))
  }
  return ok(new MemoryExport(name, size, options.readOnly === true))
}

/** See {@link memoryExport}. */
export class MemoryExport implements NbdExport {
  readonly name: string
  readonly size: number
  readonly write?: NonNullable<NbdExport['write']>
  readonly zero?: NonNullable<NbdExport['zero']>
  readonly trim?: NonNullable<NbdExport['trim']>
  readonly #chunks = new Map<number, Uint8Array>()

  constructor(name: string, size: number, readOnly: boolean) {
    this.name = name
    this.size = size
    if (readOnly) return
    this.write = (offset, data) => ok(this.fill(offset, data))
    this.zero = (offset, length) => ok(this.clear(offset, length))
    this.trim = (offset, length) => ok(this.clear(offset, length))
  }

  /** Puts bytes in place, also into an export that clients cannot write. */
  fill(offset: number, data: Uint8Array): void {
    for (const { index, start, length, at } of chunksOf(offset, data.length)) {
      const chunk = this.#chunks.get(index) ?? new Uint8Array(CHUNK)
      chunk.set(data.subarray(at, at + length), start)
      this.#chunks.set(index, chunk)
    }
  }

  /** Makes a range read as zeroes; whole chunks of 256 KiB in it become a hole. */
  clear(offset: number, length: number): void {
    for (const part of chunksOf(offset, length)) {
      if (part.length === CHUNK) this.#chunks.delete(part.index)
      else this.#chunks.get(part.index)?.fill(0, part.start, part.start + part.length)
    }
  }

  read(offset: number, length: number): Result<Uint8Array, NbdError> {
    const [first] = chunksOf(offset, length)
    const chunk = first?.length === length ? this.#chunks.get(first.index) : undefined
    if (first !== undefined && chunk !== undefined) {
      return ok(chunk.subarray(first.start, first.start + length))
    }
    const data = new Uint8Array(length)
    for (const part of chunksOf(offset, length)) {
      const bytes = this.#chunks.get(part.index)
      if (bytes !== undefined)
        data.set(bytes.subarray(part.start, part.start + part.length), part.at)
    }
    return ok(data)
  }

  extents(
    _context: string,
    offset: number,
    length: number,
  ): Result<Iterable<NbdDescriptor>, NbdError> {
    return ok(this.#allocation(offset, length))
  }

  *#allocation(offset: number, length: number): Generator<NbdDescriptor> {
    for (const part of chunksOf(offset, length)) {
      yield { length: part.length, flags: this.#chunks.has(part.index) ? 0 : HOLE }
    }
  }
}

/** Cuts a range at the borders of chunks; `at` is where the part begins in the range. */
function* chunksOf(
  offset: number,
  length: number,
): Generator<{ index: number; start: number; length: number; at: number }> {
  for (let at = 0; at < length;) {
    const start = (offset + at) % CHUNK
    const part = Math.min(CHUNK - start, length - at)
    yield { index: Math.floor((offset + at) / CHUNK), start, length: part, at }
    at += part
  }
}
