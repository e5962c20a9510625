import { err, ok, type Result } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import { NBD_MAX_STRING } from './constants.ts'

const encoder = new TextEncoder()
// A byte order mark is a character like any other here, or names would not survive a round trip.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Makes a view of exactly the given bytes, which are usually a slice of a larger buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Puts byte strings one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Encodes an unsigned 16-bit number in network byte order. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

/** Encodes an unsigned 32-bit number in network byte order. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** Encodes an unsigned 64-bit number in network byte order. */
export function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  viewOf(bytes).setBigUint64(0, value)
  return bytes
}

/** Encodes a text as UTF-8, without a limit or a length. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Decodes UTF-8 strictly; `undefined` for bytes that are none. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Encodes a string of the protocol: well-formed, without NUL, of at most 4096 bytes.
 *
 * @errors `invalid` when the text cannot be such a string
 */
export function encodeString(text: string): Result<Uint8Array, NbdError> {
  const bytes = encoder.encode(text)
  if (bytes.length > NBD_MAX_STRING) {
    return err(new NbdError('invalid', `String of ${bytes.length} bytes is longer than 4096`))
  }
  if (text.includes('\0')) return err(new NbdError('invalid', 'String has a NUL character'))
  // A lone surrogate is encoded as U+FFFD, and the peer would see another name than the caller's.
  if (decoder.decode(bytes) !== text) {
    return err(new NbdError('invalid', 'String is not well-formed Unicode'))
  }
  return ok(bytes)
}

/** Shortens a text for the wire to at most 4096 bytes of UTF-8, on a character's border. */
export function encodeMessage(text: string): Uint8Array {
  const bytes = encoder.encode(text)
  if (bytes.length <= NBD_MAX_STRING) return bytes
  let end = NBD_MAX_STRING
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.slice(0, end)
}

/** Decodes a message for a person; bytes that are no UTF-8 become replacement characters. */
export function decodeMessage(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/**
 * Reads fields one after the other, and remembers when there were too few bytes.
 *
 * After an overrun every field reads as zero or empty; look at {@link ByteCursor.overrun} once, at the end.
 */
export class ByteCursor {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  #overrun = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
  }

  /** Whether a field was asked for that lies beyond the end. */
  get overrun(): boolean {
    return this.#overrun
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  u16(): number {
    const at = this.#advance(2)
    return at === undefined ? 0 : this.#view.getUint16(at)
  }

  u32(): number {
    const at = this.#advance(4)
    return at === undefined ? 0 : this.#view.getUint32(at)
  }

  u64(): bigint {
    const at = this.#advance(8)
    return at === undefined ? 0n : this.#view.getBigUint64(at)
  }

  /** The next bytes, as a slice of the same memory. */
  take(length: number): Uint8Array {
    const at = this.#advance(length)
    return at === undefined ? new Uint8Array(0) : this.#bytes.subarray(at, at + length)
  }

  #advance(length: number): number | undefined {
    if (this.#overrun || length > this.remaining) {
      this.#overrun = true
      return undefined
    }
    const at = this.#at
    this.#at += length
    return at
  }
}
