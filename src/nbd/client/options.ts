import type { ResultAsync } from 'neverthrow'
import type { NbdError } from '../nbd-error.ts'
import type { NbdTransport } from '../transport.ts'

/** How a client does TLS; what is given here comes before what the URI says. */
export interface NbdClientTls {
  /** The authorities that may have signed the server's certificate, in PEM; Node's own list by default. */
  readonly ca?: string
  /** The client's certificate in PEM, for a server that asks for one. */
  readonly cert?: string
  /** The key of `cert`, in PEM. */
  readonly key?: string
  /** The name to look for in the server's certificate; the host of the URI by default. */
  readonly hostname?: string
  /** Whether the server's certificate is checked; true by default. */
  readonly verifyPeer?: boolean
}

/** Opens one connection to a server. */
export type NbdDial = (signal: AbortSignal) => ResultAsync<NbdTransport, NbdError>

/** How a client connects. */
export interface NbdConnectOptions {
  /**
   * Metadata contexts that must be there, such as `qemu:dirty-bitmap:backup-vda`. Without this option
   * `base:allocation` is taken if the server has it.
   */
  readonly contexts?: readonly string[]
  /**
   * Connections to open, if the server says that they see the same data; fewer when it turns some away. 1 by default:
   * more of them help where the network is slow, or the server uses a thread for each.
   */
  readonly connections?: number
  /** Requests under way on each connection; others wait. 16 by default, as many as QEMU takes. */
  readonly requests?: number
  /** Makes TLS a must, whatever the scheme of the URI. */
  readonly tls?: NbdClientTls
  /** Milliseconds until a connection must stand, with TLS and handshake; 30,000 by default. */
  readonly connectTimeoutMs?: number
  /** Milliseconds that each request may take; without it they may take for ever. */
  readonly timeoutMs?: number
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal
  /** Connects in place of a socket, such as through a tunnel; of the URI the export name counts, and whether TLS is. */
  readonly dial?: NbdDial
}
