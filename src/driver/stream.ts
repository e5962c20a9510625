import type { VirResultAsync } from '../errors/index.ts'

/**
 * A pipe for bytes beside the calls: consoles, screenshots and tunnelled migration.
 *
 * The caller makes it and hands it to a driver; `send` and `receive` are the driver's end.
 */
export interface Stream {
  /** Sends bytes to the caller, and settles when they were taken. */
  send(data: Uint8Array): VirResultAsync<void>
  /**
   * Receives bytes from the caller.
   *
   * @param maxLength - Bytes at most
   * @returns `undefined` once the caller has finished
   */
  receive(maxLength: number): VirResultAsync<Uint8Array | undefined>
  /** Tells the caller that nothing follows. */
  finish(): VirResultAsync<void>
  /** Tells the caller that something went wrong; bytes under way may be lost. */
  abort(): VirResultAsync<void>
}
