import type { Result, ResultAsync } from 'neverthrow'

/**
 * What went wrong, by what the caller may do now.
 *
 * - `refused`: the peer said no; the connection is fine
 * - `unsupported`: nothing was sent, because it cannot be: not representable, not negotiated, known to crash the peer, or
 *   the connection is closed
 * - `unexpected`: the peer sent what the protocol does not allow. When it concerns the stream, the connection is over
 * - `interrupted`: the connection was lost and the outcome is unknown
 * - `timeout`: no answer within the deadline; a command may still be carried out
 * - `aborted`: the caller's signal fired; a command that was sent may still be carried out
 * - `unreachable`: no connection could be made; `cause` has the system's error
 */
export type QmpErrorKind =
  'refused' | 'unsupported' | 'unexpected' | 'interrupted' | 'timeout' | 'aborted' | 'unreachable'

/** What a {@link QmpError} is made of besides its message. */
export interface QmpErrorFields {
  readonly command?: string
  readonly errorClass?: string
  readonly desc?: string
  readonly sent?: boolean
  readonly cause?: unknown
}

/** What went wrong between us and a QMP server or a guest agent; `kind` says what the caller may do now. */
export class QmpError extends Error {
  override readonly name: string = 'QmpError'
  readonly kind: QmpErrorKind
  /** The command's name on the wire; empty when the failure is the connection's. */
  readonly command: string
  /** The peer's error class, `GenericError` in most cases; empty unless `kind` is `refused`. */
  readonly errorClass: string
  /** The peer's own words; empty unless `kind` is `refused`. */
  readonly desc: string
  /** Whether the command had left when this happened; if not, it was not carried out. */
  readonly sent: boolean

  constructor(kind: QmpErrorKind, message: string, fields: QmpErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.kind = kind
    this.command = fields.command ?? ''
    this.errorClass = fields.errorClass ?? ''
    this.desc = fields.desc ?? ''
    this.sent = fields.sent ?? false
  }
}

/** What a QMP function gives that answers at once: a value or a {@link QmpError}. */
export type QmpResult<T> = Result<T, QmpError>

/** What a QMP call gives that waits; it settles once and never rejects. */
export type QmpResultAsync<T> = ResultAsync<T, QmpError>
