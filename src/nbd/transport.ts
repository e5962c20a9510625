import type { ResultAsync } from 'neverthrow'
import type { NbdError } from './nbd-error.ts'

/**
 * A two-way stream of bytes that a client or a server speaks the protocol over.
 *
 * `NbdClient.connect` and `NbdServer.listen` make them of sockets. Others can be given: a tunnel, a WebSocket, two ends
 * in one process. An implementation never calls its sink from inside {@link write}.
 */
export interface NbdTransport {
  /** Whether memory that {@link NbdTransportSink.target} gave may be written to until the next delivery. */
  readonly holdsTarget: boolean
  /** Begins the delivery of bytes; called once. */
  open(sink: NbdTransportSink): void
  /**
   * Sends byte strings in order. Their memory must not change until `flushed` is called.
   *
   * @param flushed - Called once, when the bytes have left this process or never will
   */
  write(parts: readonly Uint8Array[], flushed?: () => void): void
  /** Stops the delivery of bytes until {@link resume}. */
  pause(): void
  /** Lets bytes come again. */
  resume(): void
  /**
   * Turns the stream into a TLS stream; what is read and written after it settles is encrypted. Absent where
   * there is no TLS.
   */
  secure?(): ResultAsync<void, NbdError>
  /** Sends what was written and then closes, after a while also when the peer does not take it; nothing is delivered. */
  end(): void
  /** Closes at once; what was not sent is lost. */
  destroy(): void
}

/** Where a transport puts the bytes that it receives. */
export interface NbdTransportSink {
  /** The memory for the next bytes; empty only while the transport is paused. */
  target(): Uint8Array
  /** Tells that bytes were put at the start of the last {@link target}. */
  received(count: number): void
  /** Tells, once, that the stream is over. */
  closed(cause?: Error): void
}
