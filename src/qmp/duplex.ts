/** Who hears what comes over a {@link QmpTransport}. */
export interface QmpReceiver {
  /** The next bytes, cut anywhere. The array belongs to the transport and may be reused after the call. */
  data(chunk: Uint8Array): void
  /** The last call: nothing comes any more, and nothing can be sent. `error` is absent when the peer hung up. */
  closed(error?: Error): void
}

/**
 * A stream of bytes in both directions that a client works on.
 *
 * `QmpClient.connect` makes one of a socket; tests use a pair in memory.
 */
export interface QmpTransport {
  /** Starts the delivery; called once. Nothing is delivered from within this call. */
  start(receiver: QmpReceiver): void
  /** Sends bytes, in the order of the calls; after the end it does nothing. */
  send(bytes: Uint8Array): void
  /** Ends the stream in both directions at once. May be called again. */
  close(): void
}
