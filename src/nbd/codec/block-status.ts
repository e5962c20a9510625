import { err, ok, type Result } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import { viewOf } from './bytes.ts'
import { NBD_MAX_DESCRIPTORS, NBD_STRUCTURED_REPLY_MAGIC, NbdChunkType } from './constants.ts'
import { CHUNK_HEADER_SIZE } from './reply.ts'

/** A run of bytes of the export that have one status in a metadata context. */
export interface NbdDescriptor {
  /** Bytes; never 0. */
  readonly length: number
  /** What they mean is up to the context; in `base:allocation` they are {@link NbdAllocationFlags}. */
  readonly flags: number
}

/** The payload of a block status chunk; consecutive from the offset of the request. */
export interface NbdBlockStatus {
  /** The number of the metadata context. */
  readonly contextId: number
  readonly descriptors: DescriptorList
}

/** The largest payload of a block status chunk that is accepted, in bytes. */
export const MAX_BLOCK_STATUS_PAYLOAD: number = 4 + 8 * NBD_MAX_DESCRIPTORS

const PREFIX = CHUNK_HEADER_SIZE + 4

/** A list of descriptors as it came from the wire, decoded when read. */
export class DescriptorList implements Iterable<NbdDescriptor> {
  readonly #view: DataView
  readonly length: number

  /** @param bytes - Descriptors of 8 bytes each */
  constructor(bytes: Uint8Array) {
    this.#view = viewOf(bytes)
    this.length = bytes.length / 8
  }

  /** Bytes of the export that a descriptor stands for. */
  lengthAt(index: number): number {
    return this.#view.getUint32(index * 8)
  }

  flagsAt(index: number): number {
    return this.#view.getUint32(index * 8 + 4)
  }

  *[Symbol.iterator](): Generator<NbdDescriptor> {
    for (let index = 0; index < this.length; index++) {
      yield { length: this.lengthAt(index), flags: this.flagsAt(index) }
    }
  }
}

/** Reads the payload of a block status chunk. */
export function decodeBlockStatus(payload: Uint8Array): Result<NbdBlockStatus, NbdError> {
  const size = payload.length - 4
  if (size < 8 || size % 8 !== 0 || payload.length > MAX_BLOCK_STATUS_PAYLOAD) {
    return err(new NbdError('unexpected', `Block status of ${payload.length} bytes`))
  }
  const descriptors = new DescriptorList(payload.subarray(4))
  for (let index = 0; index < descriptors.length; index++) {
    if (descriptors.lengthAt(index) === 0) {
      return err(new NbdError('unexpected', 'Block status with an extent of no length'))
    }
  }
  return ok({ contextId: viewOf(payload).getUint32(0), descriptors })
}

/** Builds a block status chunk descriptor by descriptor, straight into its bytes. */
export class BlockStatusChunk {
  readonly #limit: number
  #bytes = new Uint8Array(PREFIX + 8 * 64)
  #view = viewOf(this.#bytes)
  #count = 0
  #covered = 0

  /** @param limit - The most descriptors that the chunk may have */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes of the export that the descriptors stand for so far. */
  get covered(): number {
    return this.#covered
  }

  /**
   * Adds a run; one with the flags of the run before makes that one longer.
   *
   * @returns Whether there was room for it
   */
  add(length: number, flags: number): boolean {
    const last = PREFIX + 8 * (this.#count - 1)
    if (this.#count > 0 && this.#view.getUint32(last + 4) === flags) {
      this.#view.setUint32(last, this.#view.getUint32(last) + length)
      this.#covered += length
      return true
    }
    if (this.#count === this.#limit) return false
    const at = last + 8
    if (at === this.#bytes.length) this.#grow()
    this.#view.setUint32(at, length)
    this.#view.setUint32(at + 4, flags)
    this.#count++
    this.#covered += length
    return true
  }

  /** Ends the chunk, and gives its bytes. */
  finish(cookie: bigint, flags: number, contextId: number): Uint8Array {
    const end = PREFIX + 8 * this.#count
    this.#view.setUint32(0, NBD_STRUCTURED_REPLY_MAGIC)
    this.#view.setUint16(4, flags)
    this.#view.setUint16(6, NbdChunkType.BLOCK_STATUS)
    this.#view.setBigUint64(8, cookie)
    this.#view.setUint32(16, end - CHUNK_HEADER_SIZE)
    this.#view.setUint32(CHUNK_HEADER_SIZE, contextId)
    return this.#bytes.subarray(0, end)
  }

  #grow(): void {
    const larger = new Uint8Array(PREFIX + (this.#bytes.length - PREFIX) * 2)
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = viewOf(larger)
  }
}
