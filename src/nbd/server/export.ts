import { err, ok, type Result, type ResultAsync } from 'neverthrow'
import { encodeString } from '../codec/bytes.ts'
import type { NbdDescriptor } from '../codec/block-status.ts'
import { blockSizeProblem, type NbdBlockSize } from '../codec/option-data.ts'
import { NBD_BASE_ALLOCATION, NBD_MAX_PAYLOAD, NbdTransmissionFlags } from '../codec/constants.ts'
import { NbdError } from '../nbd-error.ts'

/** What an export answers: at once or later, with a value or with the error for the client ({@link nbdRefusal}). */
export type NbdAnswer<T> = Result<T, NbdError> | ResultAsync<T, NbdError>

/** How a range is to be zeroed. */
export interface NbdZeroOptions {
  /** The range must stay allocated. */
  readonly noHole: boolean
  /** Refuse with `ENOTSUP` unless this is faster than writing zeroes. */
  readonly fast: boolean
}

/**
 * A disk as a server offers it. Ranges given to its members lie within it and, but for `extents` asked in process, are
 * aligned to its minimum block size; several calls may be under way at once.
 *
 * An export without `write` is read-only. One that throws or rejects fails that request with `EIO`.
 */
export interface NbdExport {
  /** How clients ask for it; at most 4096 bytes, and the empty name is the default export. */
  readonly name: string
  /** A text for people; at most 4096 bytes. */
  readonly description?: string
  /** Bytes; constant while clients are connected. */
  readonly size: number
  /** 1, 4096 and 32 MiB by default, as QEMU has them. */
  readonly blockSize?: NbdBlockSize
  /** Whether a flush through one connection covers the others; true by default. */
  readonly multiConn?: boolean
  /** Metadata contexts besides `base:allocation`, such as `qemu:dirty-bitmap:backup-vda`. */
  readonly contexts?: readonly string[]
  /**
   * Reads `length` bytes. The memory must not change before the reply was sent; a copy is safe, a view of what is
   * constant is faster.
   */
  read(offset: number, length: number): NbdAnswer<Uint8Array>
  /** Writes bytes, whose memory the export may keep. */
  write?(offset: number, data: Uint8Array): NbdAnswer<void>
  /** Makes a range read as zeroes; offered only with `write`. */
  zero?(offset: number, length: number, options: NbdZeroOptions): NbdAnswer<void>
  /** Gives up the contents of a range; offered only with `write`. */
  trim?(offset: number, length: number): NbdAnswer<void>
  /** Makes what was written durable; by default there is nothing to do. */
  flush?(): NbdAnswer<void>
  /** Hears that a range will be read soon; by default there is nothing to do. */
  cache?(offset: number, length: number): NbdAnswer<void>
  /**
   * Describes a range in a context, from its start on; what lies beyond the range is cut off. The list may end early,
   * but not before its first descriptor. Without this member `base:allocation` says that everything is data.
   */
  extents?(context: string, offset: number, length: number): NbdAnswer<Iterable<NbdDescriptor>>
}

/** The block sizes that QEMU advertises for a file, and this server unless an export says otherwise. */
export const NBD_DEFAULT_BLOCK_SIZE: NbdBlockSize = {
  minimum: 1,
  preferred: 4096,
  maximum: NBD_MAX_PAYLOAD,
}

/** Gives the transmission flags of an export: for a read-only one exactly those that QEMU gives a pull backup, 0x058f. */
export function transmissionFlags(source: NbdExport, structured: boolean): number {
  const F = NbdTransmissionFlags
  let flags: number = F.HAS_FLAGS | F.SEND_FLUSH | F.SEND_FUA | F.SEND_CACHE
  if (structured) flags |= F.SEND_DF
  if (source.multiConn !== false) flags |= F.CAN_MULTI_CONN
  if (source.write === undefined) return flags | F.READ_ONLY
  if (source.trim !== undefined) flags |= F.SEND_TRIM
  if (source.zero !== undefined) flags |= F.SEND_WRITE_ZEROES | F.SEND_FAST_ZERO
  return flags
}

/** Gives all metadata contexts of an export; `base:allocation` is the first. */
export function contextsOf(source: NbdExport): readonly string[] {
  return [NBD_BASE_ALLOCATION, ...(source.contexts ?? [])]
}

/** Checks that an export can be described in the protocol. */
export function checkExport(source: NbdExport): Result<void, NbdError> {
  if (!Number.isSafeInteger(source.size) || source.size < 0) {
    return err(new NbdError('invalid', `Size ${source.size} of an export`))
  }
  const problem = blockSizeProblem(source.blockSize ?? NBD_DEFAULT_BLOCK_SIZE)
  if (problem !== undefined) return err(new NbdError('invalid', `Block size: ${problem}`))
  const contexts = contextsOf(source)
  if (new Set(contexts).size !== contexts.length) {
    return err(new NbdError('invalid', 'A metadata context is given twice'))
  }
  const bad = contexts.find((name) => !/^[^\s:]+:/u.test(name))
  if (bad !== undefined) return err(new NbdError('invalid', `Metadata context '${bad}'`))
  for (const text of [source.name, source.description ?? '', ...contexts]) {
    const encoded = encodeString(text)
    if (encoded.isErr()) return err(encoded.error)
  }
  return ok(undefined)
}
