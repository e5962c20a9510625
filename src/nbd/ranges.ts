import { err, ok, type Result } from 'neverthrow'
import { NbdError } from './nbd-error.ts'

/** A part of a larger request. */
export interface Piece {
  readonly offset: number
  readonly length: number
}

/**
 * Checks that a range lies within an export.
 *
 * @errors `invalid` for one that does not, and for numbers that are no sizes
 */
export function checkRange(offset: number, length: number, size: number): Result<void, NbdError> {
  const sound = Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length)
  if (sound && length >= 0 && offset <= size && length <= size - offset) return ok(undefined)
  const message = `Range of ${length} bytes at ${offset} is not within the export of ${size} bytes`
  return err(new NbdError('invalid', message))
}

/** Whether a range is made of whole blocks. */
export function isAligned(offset: number, length: number, block: number): boolean {
  return offset % block === 0 && length % block === 0
}

/** Widens a range to whole blocks, within the export. */
export function widen(offset: number, length: number, block: number, size: number): Piece {
  const start = offset - (offset % block)
  const end = Math.min(size, Math.ceil((offset + length) / block) * block)
  return { offset: start, length: end - start }
}

/** Cuts a range into pieces of at most `most` bytes, of which all but the first begin at a multiple of that. */
export function* piecesOf(offset: number, length: number, most: number): Generator<Piece> {
  const end = offset + length
  for (let at = offset; at < end;) {
    const until = Math.min(end, at - (at % most) + most)
    yield { offset: at, length: until - at }
    at = until
  }
}
