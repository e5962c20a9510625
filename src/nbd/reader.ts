import type { ResultAsync } from 'neverthrow'
import type { NbdError } from './nbd-error.ts'

/** A run of bytes that have one status in each of the contexts that were asked for. */
export interface NbdExtent {
  /** Bytes from the start of the export. */
  readonly offset: number
  /** Bytes; never 0. */
  readonly length: number
  /** The status by context: in `base:allocation` 3 is a hole of zeroes, in a dirty bitmap 1 is dirty. */
  readonly flags: Readonly<Record<string, number>>
}

/** What every request may be given. */
export interface NbdRequestOptions {
  /** Ends the wait with an `aborted` error; the server may still do the work. */
  readonly signal?: AbortSignal
  /** Milliseconds until the wait ends with a `timeout` error; the client's own limit by default. */
  readonly timeoutMs?: number
}

/** Which part of an export is described, in which contexts. */
export interface NbdExtentsOptions extends NbdRequestOptions {
  /** All contexts that were agreed on by default. */
  readonly contexts?: readonly string[]
  /** Bytes from the start of the export; 0 by default. */
  readonly offset?: number
  /** Bytes; up to the end by default. */
  readonly length?: number
}

/**
 * A way to read an export: over a connection (`NbdClient`), or in process, where there are no sockets
 * ({@link readerOf}).
 */
export interface NbdExportReader {
  /** Bytes. */
  readonly size: number
  /** The metadata contexts that extents are given in. */
  readonly contexts: readonly string[]
  /**
   * Describes the export from one end of a range to the other, each extent as long as its flags stay the same.
   *
   * It throws an `NbdError` where a method would give one.
   */
  extents(options?: NbdExtentsOptions): AsyncIterableIterator<NbdExtent>
  /** Reads bytes. */
  read(
    offset: number,
    length: number,
    options?: NbdRequestOptions,
  ): ResultAsync<Uint8Array, NbdError>
  /** Reads as many bytes as `buffer` has, into it; after an error its contents are undefined. */
  readInto(
    offset: number,
    buffer: Uint8Array,
    options?: NbdRequestOptions,
  ): ResultAsync<void, NbdError>
}
