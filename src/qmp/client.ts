import { err, errAsync, ok, okAsync, ResultAsync, safeTry } from 'neverthrow'
import type { ExecuteOptions, QmpCommand, QmpExecutor } from './command.ts'
import { qmpCapabilities } from './commands/control.ts'
import type { QmpTransport } from './duplex.ts'
import { QmpEmitter, type QmpListener, type QmpReports } from './emitter.ts'
import { QmpError, type QmpResultAsync } from './error.ts'
import { eventGuards, type QmpEventData, type QmpEventName } from './events.ts'
import { DEFAULT_MAX_MESSAGE_BYTES } from './framing.ts'
import type { Guard } from './guard.ts'
import type { JsonObject } from './json.ts'
import type { QmpGreeting } from './message.ts'
import { QmpSession, type RawEvent, type SessionListener } from './session.ts'
import { connectSocket, type QmpAddress } from './transport.ts'
import { waitFor, type WaitLimits } from './waiting.ts'

/** How a {@link QmpClient} is connected. */
export interface QmpClientOptions {
  /** Stops the connecting; has no effect afterwards. */
  readonly signal?: AbortSignal
  /** How long connecting may take, and then greeting and negotiation; 10,000 when absent. */
  readonly handshakeTimeoutMs?: number
  /** Asks for out-of-band commands, when the server offers them. */
  readonly outOfBand?: boolean
  /** The largest message that is accepted; 64 MiB when absent. */
  readonly maxMessageBytes?: number
  /** Called with the client before the negotiation ends, to add listeners before the first event can come. */
  readonly prepare?: (client: QmpClient) => void
}

const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000

/**
 * A connection to a QMP server.
 *
 * A connection that ended stays ended: make a new client, and ask QEMU how things are, since nothing is sent again.
 */
export class QmpClient implements QmpExecutor, AsyncDisposable {
  /** What the server said of itself. */
  readonly greeting: QmpGreeting
  readonly #session: QmpSession
  readonly #emitter: QmpEmitter

  /** @internal */
  constructor(greeting: QmpGreeting, session: QmpSession, emitter: QmpEmitter) {
    this.greeting = greeting
    this.#session = session
    this.#emitter = emitter
  }

  /**
   * Connects to a monitor's socket.
   *
   * @errors `unreachable` when nobody listens; `timeout` when the server does not greet, as while another client holds the
   * monitor; `unexpected` when it is no QMP server
   */
  static connect(address: QmpAddress, options: QmpClientOptions = {}): QmpResultAsync<QmpClient> {
    return connectSocket(address, handshakeLimits(options)).andThen((transport) =>
      QmpClient.open(transport, options),
    )
  }

  /** Connects over a transport that is there already; as {@link QmpClient.connect} otherwise. */
  static open(transport: QmpTransport, options: QmpClientOptions = {}): QmpResultAsync<QmpClient> {
    if (typeof transport?.start !== 'function') {
      return errAsync(new QmpError('unsupported', 'Cannot open what is no transport'))
    }
    const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options
    const emitter = new QmpEmitter()
    const session = new QmpSession(transport, listenerFor(emitter), maxMessageBytes)
    const client = safeTry<QmpClient, QmpError>(async function* () {
      const greeting = yield* session.start()
      const opened = new QmpClient(greeting, session, emitter)
      options.prepare?.(opened)
      const outOfBand = options.outOfBand === true && greeting.capabilities.includes('oob')
      yield* opened.execute(qmpCapabilities, outOfBand ? { enable: ['oob'] } : {})
      if (outOfBand) session.enableOutOfBand()
      return ok(opened)
    })
    return withinDeadline(client, handshakeLimits(options)).mapErr((error) => {
      session.end('us')
      return error
    })
  }

  /** Whether the connection has ended. */
  get isClosed(): boolean {
    return this.#session.hasEnded
  }

  /** Whether commands can be sent out of band. */
  get hasOutOfBand(): boolean {
    return this.#session.hasOutOfBand
  }

  execute<Arguments extends object, Reply>(
    command: QmpCommand<Arguments, Reply>,
    args: NoInfer<Arguments>,
    options: ExecuteOptions = {},
  ): QmpResultAsync<Reply> {
    const { name } = command
    const objection = command.objection?.(args)
    if (objection !== undefined) return errAsync(objected(name, objection))
    const outOfBand = options.outOfBand === true
    const message = {
      [outOfBand ? 'exec-oob' : 'execute']: name,
      ...(Object.keys(args).length > 0 && { arguments: args }),
    }
    return this.#session.request(
      {
        name,
        message,
        outOfBand,
        accept: (value) => (command.accepts(value) ? ok(value) : err(unexpectedAnswer(name))),
      },
      options,
    )
  }

  /**
   * Sends a message as it is and gives the whole answer, also one that refuses.
   *
   * The `id` is the client's on the way; the answer has the caller's again, or none.
   */
  exchange(message: JsonObject, limits: WaitLimits = {}): QmpResultAsync<JsonObject> {
    const { id, ...rest } = message
    const outOfBand = Object.hasOwn(rest, 'exec-oob')
    const command = rest['execute'] ?? rest['exec-oob']
    const name = typeof command === 'string' ? command : ''
    const back = id === undefined ? {} : { id }
    return this.#session
      .request({ name, message: rest, outOfBand, accept: (value) => ok(value) }, limits)
      .map((value): JsonObject => ({ return: value, ...back }))
      .orElse((error) =>
        error.kind === 'refused'
          ? ok({ error: { class: error.errorClass, desc: error.desc }, ...back })
          : err(error),
      )
  }

  /**
   * Adds a listener for an event of QEMU, for `event` (all of them), `stray`, or `closed`.
   *
   * Events come in the order in which QEMU sent them, and each can come before the command that caused it has answered.
   */
  on<Name extends keyof QmpReports>(name: Name, listener: QmpListener<Name>): this {
    this.#emitter.on(name, listener)
    return this
  }

  /** Takes a listener away. */
  off<Name extends keyof QmpReports>(name: Name, listener: QmpListener<Name>): this {
    this.#emitter.off(name, listener)
    return this
  }

  /** Adds a listener as {@link QmpClient.on} does, until the value returned is disposed of. */
  subscribe<Name extends keyof QmpReports>(name: Name, listener: QmpListener<Name>): Disposable {
    this.#emitter.on(name, listener)
    return { [Symbol.dispose]: () => this.#emitter.off(name, listener) }
  }

  /** Hangs up. QEMU goes on; commands that were sent and not answered are settled with `interrupted`. */
  close(): QmpResultAsync<void> {
    this.#session.end('us')
    return okAsync(undefined)
  }

  /** Closes it, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function handshakeLimits(options: QmpClientOptions): WaitLimits {
  const { signal, handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = options
  return { timeoutMs: handshakeTimeoutMs, ...(signal !== undefined && { signal }) }
}

/** QEMU serves one client at a time; the next one is let in by the kernel, and then nobody talks to it. */
function withinDeadline(
  client: QmpResultAsync<QmpClient>,
  limits: WaitLimits,
): QmpResultAsync<QmpClient> {
  const waiting = waitFor<QmpClient>('handshake', limits, (settle) => {
    void client.then(settle)
    return { wasSent: () => false, giveUp: () => undefined }
  })
  return new ResultAsync(waiting).mapErr((error) =>
    error.kind === 'timeout'
      ? new QmpError('timeout', `${error.message}: another client may hold this monitor`)
      : error,
  )
}

function objected(command: string, objection: string): QmpError {
  return new QmpError('unsupported', `'${command}' was not sent: ${objection}`, { command })
}

function unexpectedAnswer(command: string): QmpError {
  const message = `'${command}' was answered with a value of another type than it has`
  return new QmpError('unexpected', message, { command, sent: true })
}

function listenerFor(emitter: QmpEmitter): SessionListener {
  return {
    event: (event) => {
      const { name, data, timestamp } = event
      emitter.report('event', { name, data, timestamp })
      if (isKnownEvent(name)) reportKnownEvent(emitter, name, eventGuards[name], event)
    },
    stray: (error) => emitter.report('stray', error),
    ended: (by, error) => emitter.report('closed', { by, ...(error !== undefined && { error }) }),
  }
}

function isKnownEvent(name: string): name is QmpEventName {
  return Object.hasOwn(eventGuards, name)
}

function reportKnownEvent<Name extends QmpEventName>(
  emitter: QmpEmitter,
  name: Name,
  accepts: Guard<QmpEventData[Name]>,
  event: RawEvent,
): void {
  const { data, timestamp } = event
  if (!accepts(data)) {
    emitter.report('stray', new QmpError('unexpected', `The data of ${name} is of another type`))
  } else emitter.reportEvent({ name, data, timestamp })
}
