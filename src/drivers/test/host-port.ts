import type { ResultAsync } from 'neverthrow'
import type { BackupTarget } from '../../block/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'

/**
 * How a test hypervisor reaches the machine it runs on; without one, such calls give OPERATION_UNSUPPORTED.
 *
 * The hypervisor itself imports nothing of Node, so that it runs in a browser.
 */
export interface HostPort {
  /** The machine's name, as `connection.getHostname()` reports it. */
  readonly hostname: string
  /** Reads a whole file of the machine. */
  readFile(path: string): VirResultAsync<Uint8Array>
  /** Replaces a file of the machine, or creates it. */
  writeFile(path: string, bytes: Uint8Array): VirResultAsync<void>
  /**
   * Connects to an NBD export that a push backup writes into; absent where there are no sockets.
   *
   * @param uri - `nbd://host:port/export`, `nbd+unix:///export?socket=…`; `nbds` with TLS
   * @param signal - Ends the attempt
   * @errors An `NbdError`, or another whose message says why
   */
  openNbdTarget?(uri: string, signal?: AbortSignal): ResultAsync<NbdTarget, Error>
}

/** An NBD export that a backup writes into. */
export interface NbdTarget {
  readonly target: BackupTarget
  /** Makes what was written durable, and takes leave of the server. */
  close(): void
}
