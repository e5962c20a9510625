import { err, ok, type Result, ResultAsync } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import { Outbox } from '../outbox.ts'
import { StepReader, type Steps } from '../step-reader.ts'
import type { NbdTransport } from '../transport.ts'
import type { NegotiationPort } from './negotiation.ts'

/** What the steps of a client may do with their transport. */
export interface SteppedPort extends NegotiationPort {
  readonly outbox: Outbox
  /** See {@link StepReader.divert}. */
  divert(held: boolean, safe: () => void): void
  /** Takes no more bytes. */
  stop(): void
}

/**
 * Tells that steps have a value for their caller, though they go on.
 *
 * @param failed - Hears how the steps end, from now on
 */
export type Ready<T> = (value: T, failed: (reason: NbdError) => void) => void

/**
 * Runs the steps of a client over a transport, which is closed when they fail before they are ready.
 *
 * @param steps - Give an error when the connection must end, or `undefined` when all is done
 */
export function runSteps<T>(
  transport: NbdTransport,
  signal: AbortSignal,
  steps: (port: SteppedPort, ready: Ready<T>) => Steps<NbdError | undefined>,
): ResultAsync<T, NbdError> {
  return new ResultAsync(
    new Promise((resolve) => new SteppedTransport(transport, signal, steps, resolve)),
  )
}

class SteppedTransport<T> {
  readonly #transport: NbdTransport
  readonly #signal: AbortSignal
  readonly #reader: StepReader
  readonly #resolve: (result: Result<T, NbdError>) => void
  readonly #abort = (): void => this.#fail(abortError(this.#signal))
  #failed: ((reason: NbdError) => void) | undefined

  constructor(
    transport: NbdTransport,
    signal: AbortSignal,
    steps: (port: SteppedPort, ready: Ready<T>) => Steps<NbdError | undefined>,
    resolve: (result: Result<T, NbdError>) => void,
  ) {
    this.#transport = transport
    this.#signal = signal
    this.#resolve = resolve
    this.#reader = new StepReader(this.#steps(steps), {
      finished: () => {},
      failed: (error) => this.#fail(toNbdError(error)),
      paused: () => transport.pause(),
      resumed: () => transport.resume(),
    })
    signal.addEventListener('abort', this.#abort, { once: true })
    transport.open({
      target: () => this.#reader.target(),
      received: (count) => this.#reader.received(count),
      closed: (cause) => {
        this.#fail(new NbdError('interrupted', 'Server closed the connection', { cause }))
      },
    })
    if (signal.aborted) this.#abort()
    else this.#reader.begin()
  }

  *#steps(steps: (port: SteppedPort, ready: Ready<T>) => Steps<NbdError | undefined>): Steps<void> {
    const outbox = new Outbox(this.#transport)
    const port: SteppedPort = {
      outbox,
      send: (bytes) => outbox.send([bytes]),
      secure: () => this.#secure(),
      buffered: () => this.#reader.buffered,
      divert: (held, safe) => this.#reader.divert(held, safe),
      stop: () => this.#reader.stop(),
    }
    const reason = yield* steps(port, (value, failed) => this.#ready(value, failed))
    if (reason !== undefined) this.#fail(reason)
  }

  #ready(value: T, failed: (reason: NbdError) => void): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#failed = failed
    this.#resolve(ok(value))
  }

  #fail(reason: NbdError): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#reader.stop()
    if (this.#failed === undefined) {
      // The reason first: closing the transport calls back to here with another.
      this.#resolve(err(reason))
      this.#transport.destroy()
    } else {
      this.#failed(reason)
    }
  }

  async #secure(): Promise<void> {
    const secured = await this.#transport.secure?.()
    if (secured === undefined) throw new NbdError('unsupported', 'Transport cannot do TLS')
    if (secured.isErr()) throw secured.error
  }
}

/** Gives the error that a signal stands for. */
export function abortError(signal: AbortSignal): NbdError {
  const cause: unknown = signal.reason
  return cause instanceof NbdError ? cause : new NbdError('aborted', 'Aborted', { cause })
}

function toNbdError(error: unknown): NbdError {
  if (error instanceof NbdError) return error
  return new NbdError('unexpected', 'Connection failed', { cause: error })
}
