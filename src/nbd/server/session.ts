import type { Result } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import { Outbox } from '../outbox.ts'
import { StepReader, type Steps } from '../step-reader.ts'
import type { NbdTransport } from '../transport.ts'
import type { NbdExport } from './export.ts'
import { ServerNegotiation } from './negotiation.ts'
import { ServerTransmission } from './transmission.ts'

/** What a session needs of its server. */
export interface SessionHost {
  /** Whether clients must turn their connection into a TLS one. */
  readonly tls: boolean
  /** Milliseconds that a client has until its transmission phase begins. */
  readonly handshakeTimeoutMs: number
  exports(): readonly NbdExport[]
  find(name: string): NbdExport | undefined
}

/** One client of a server, from its greeting to its end. */
export class ServerSession {
  readonly #host: SessionHost
  readonly #transport: NbdTransport
  readonly #outbox: Outbox
  readonly #reader: StepReader
  readonly #onEnd: (reason: NbdError | undefined) => void
  #deadline: ReturnType<typeof setTimeout> | undefined
  #export: NbdExport | undefined
  #over = false

  /**
   * @param onEnd - Called once; without a reason when the client took its leave or the server closed
   */
  constructor(
    host: SessionHost,
    transport: NbdTransport,
    onEnd: (reason: NbdError | undefined) => void,
  ) {
    this.#host = host
    this.#transport = transport
    this.#onEnd = onEnd
    this.#outbox = new Outbox(transport)
    this.#reader = new StepReader(this.#steps(), {
      finished: () => {},
      failed: (error) => this.#fail(toNbdError(error)),
      paused: () => transport.pause(),
      resumed: () => transport.resume(),
    })
  }

  /** The export of the transmission phase, once the client chose one. */
  get export(): NbdExport | undefined {
    return this.#export
  }

  /** Greets the client. */
  begin(): void {
    this.#deadline = setTimeout(() => {
      this.#fail(new NbdError('timeout', 'Client took too long for its handshake'))
    }, this.#host.handshakeTimeoutMs)
    this.#transport.open({
      target: () => this.#reader.target(),
      received: (count) => this.#reader.received(count),
      closed: (cause) => {
        this.#end(new NbdError('interrupted', 'Client closed the connection', { cause }))
      },
    })
    this.#reader.begin()
  }

  /** Disconnects the client at once, as QEMU does when its server is stopped. */
  disconnect(): void {
    if (this.#end(undefined)) this.#transport.destroy()
  }

  *#steps(): Steps<void> {
    const terms = yield* new ServerNegotiation(
      {
        tls: this.#host.tls,
        exports: () => this.#host.exports(),
        find: (name) => this.#host.find(name),
        secure: () => this.#secure(),
        buffered: () => this.#reader.buffered,
      },
      this.#outbox,
    ).run()
    clearTimeout(this.#deadline)
    if (terms.isErr() || terms.value === undefined) {
      this.#leave(terms)
      return
    }
    this.#export = terms.value.export
    this.#leave(yield* new ServerTransmission(terms.value, this.#outbox).run())
  }

  async #secure(): Promise<void> {
    const secured = await this.#transport.secure?.()
    if (secured === undefined) throw new NbdError('unsupported', 'Transport cannot do TLS')
    if (secured.isErr()) throw secured.error
  }

  #leave(outcome: Result<unknown, NbdError>): void {
    if (outcome.isErr()) this.#fail(outcome.error)
    else if (this.#end(undefined)) this.#transport.end()
  }

  #fail(reason: NbdError): void {
    if (this.#end(reason)) this.#transport.end()
  }

  #end(reason: NbdError | undefined): boolean {
    if (this.#over) return false
    this.#over = true
    clearTimeout(this.#deadline)
    this.#reader.stop()
    this.#onEnd(reason)
    return true
  }
}

function toNbdError(error: unknown): NbdError {
  if (error instanceof NbdError) return error
  return new NbdError('unexpected', 'Session failed', { cause: error })
}
