import { err, type ResultAsync } from 'neverthrow'
import { NbdCommand, NbdErrno } from '../codec/constants.ts'
import { encodeRequest } from '../codec/request.ts'
import { NbdError } from '../nbd-error.ts'
import type { Steps } from '../step-reader.ts'
import type { NbdTransport } from '../transport.ts'
import { negotiate, type NbdSession, type SessionWishes } from './negotiation.ts'
import type { PendingRequest } from './pending-request.ts'
import { ReplyReceiver } from './replies.ts'
import { runSteps, type SteppedPort } from './run-steps.ts'

/** Milliseconds for data of an aborted read to make way; after them the connection is given up. */
const DIVERT_GRACE_MS = 1_000

/** What a connection tells its client. */
export interface ConnectionEvents {
  /** A reply is complete; there is room for one more request. */
  freed(): void
  /** The connection is over; its requests were settled. */
  closed(reason: NbdError): void
}

/** One connection in its transmission phase. */
export class ClientConnection {
  readonly session: NbdSession
  readonly #transport: NbdTransport
  readonly #port: SteppedPort
  readonly #pending = new Map<bigint, PendingRequest>()
  #events: ConnectionEvents | undefined
  #reason: NbdError | undefined
  #receiving: PendingRequest | undefined
  #nextCookie = 1n
  #state: 'open' | 'retiring' | 'closed' = 'open'

  private constructor(session: NbdSession, transport: NbdTransport, port: SteppedPort) {
    this.session = session
    this.#transport = transport
    this.#port = port
  }

  /**
   * Negotiates over a transport, which is closed when that fails.
   *
   * @param signal - Ends the attempt; its reason is given when it is an `NbdError`
   */
  static open(
    transport: NbdTransport,
    wishes: SessionWishes,
    signal: AbortSignal,
  ): ResultAsync<ClientConnection, NbdError> {
    return runSteps<ClientConnection>(transport, signal, function* (port, ready) {
      const session = yield* negotiate(port, wishes)
      if (session.isErr()) return session.error
      const connection = new ClientConnection(session.value, transport, port)
      ready(connection, (reason) => connection.fail(reason))
      return yield* connection.#receive()
    })
  }

  /** Requests whose replies are not complete. */
  get load(): number {
    return this.#pending.size
  }

  /** Whether it takes more requests. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Begins to tell what happens; a connection that is over already says so at once. */
  observe(events: ConnectionEvents): void {
    this.#events = events
    if (this.#reason !== undefined) events.closed(this.#reason)
  }

  /** Sends a request. */
  submit(request: PendingRequest): void {
    const cookie = this.#nextCookie++
    this.#pending.set(cookie, request)
    const header = encodeRequest({
      flags: request.flags,
      command: request.command,
      cookie,
      offset: BigInt(request.offset),
      length: request.length,
    })
    this.#port.outbox.send(request.payload === undefined ? [header] : [header, request.payload])
  }

  /**
   * Settles a request whose caller no longer waits; its reply is dropped when it comes.
   *
   * When data is just being received into the caller's memory, it is settled once nothing writes there any more.
   */
  abandon(request: PendingRequest, error: NbdError): void {
    request.target = undefined
    if (this.#receiving !== request) {
      request.settle(err(error))
      return
    }
    this.#receiving = undefined
    const stuck = setTimeout(() => this.fail(error), DIVERT_GRACE_MS)
    this.#port.divert(this.#transport.holdsTarget, () => {
      clearTimeout(stuck)
      request.settle(err(error))
    })
  }

  /** Says goodbye; requests that are under way are settled as `interrupted`. */
  close(): void {
    if (this.#state === 'closed') return
    this.#sayGoodbye()
    this.#end(new NbdError('interrupted', 'Client was closed'))
    this.#transport.end()
  }

  /** Gives the connection up. */
  fail(reason: NbdError): void {
    this.#end(reason)
    this.#transport.destroy()
  }

  *#receive(): Steps<NbdError> {
    const receiver = new ReplyReceiver(this.session, {
      pending: (cookie) => this.#pending.get(cookie),
      completed: (cookie, request) => this.#complete(cookie, request),
      receiving: (request) => {
        this.#receiving = request
      },
    })
    return yield* receiver.run()
  }

  #complete(cookie: bigint, request: PendingRequest): void {
    this.#pending.delete(cookie)
    if (request.error === undefined) request.succeed()
    else request.settle(err(request.error))
    // The protocol asks a client to leave a server that is shutting down.
    if (request.error?.errno === NbdErrno.ESHUTDOWN) this.#state = 'retiring'
    if (this.#state === 'retiring' && this.#pending.size === 0) {
      this.#sayGoodbye()
      this.#end(new NbdError('interrupted', 'Server is shutting down'))
      this.#transport.end()
      return
    }
    this.#events?.freed()
  }

  #sayGoodbye(): void {
    const goodbye = { flags: 0, command: NbdCommand.DISC, cookie: 0n, offset: 0n, length: 0 }
    this.#port.outbox.send([encodeRequest(goodbye)])
  }

  #end(reason: NbdError): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#reason = reason
    this.#port.stop()
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const request of pending) request.settle(err(reason))
    this.#events?.closed(reason)
  }
}
