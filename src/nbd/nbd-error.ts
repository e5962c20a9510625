import type { NbdErrno } from './codec/constants.ts'
import { nbdErrnoText } from './codec/constants.ts'

/**
 * What a caller may do after an {@link NbdError}.
 *
 * - `refused`: the peer said no; the connection is fine, `errno` says why when the peer gave one
 * - `unsupported`: nothing was sent, because the peer does not offer it or its limits forbid it
 * - `invalid`: nothing was sent, because an argument is wrong
 * - `aborted`, `timeout`: the caller's signal or deadline ended the wait; the peer may still have done the work
 * - `unreachable`: no connection came about
 * - `interrupted`: the connection was lost; the outcome of what was under way is unknown
 * - `bad-magic`, `truncated`, `unexpected`: the peer broke the protocol; the connection is over
 * - `file`: a local file could not be read or written
 */
export type NbdErrorKind =
  | 'refused'
  | 'unsupported'
  | 'invalid'
  | 'aborted'
  | 'timeout'
  | 'unreachable'
  | 'interrupted'
  | 'bad-magic'
  | 'truncated'
  | 'unexpected'
  | 'file'

/** What an {@link NbdError} may carry besides its kind and message. */
export interface NbdErrorDetails {
  /** The error value of the protocol, for `refused`. */
  readonly errno?: NbdErrno | undefined
  /** What lies below, such as the error of a socket. */
  readonly cause?: unknown
}

/** What went wrong between an NBD client and a server; `kind` says what the caller may do now. */
export class NbdError extends Error {
  readonly kind: NbdErrorKind
  /** The error value of the protocol; present when a server refused a command. */
  readonly errno: NbdErrno | undefined

  constructor(kind: NbdErrorKind, message: string, details: NbdErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'NbdError'
    this.kind = kind
    this.errno = details.errno
  }
}

/**
 * Makes the error that an export gives to refuse a request, and that a client gets for it.
 *
 * @param message - Sent to the client as it is, cut at 4096 bytes; the protocol's name of the error by default
 */
export function nbdRefusal(errno: NbdErrno, message: string = nbdErrnoText(errno)): NbdError {
  return new NbdError('refused', message, { errno })
}
