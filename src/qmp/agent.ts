import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow'
import { AgentLine } from './agent-line.ts'
import type { ExecuteOptions, QmpCommand, QmpExecutor } from './command.ts'
import type { QmpTransport } from './duplex.ts'
import { QmpError, type QmpResult, type QmpResultAsync } from './error.ts'
import { DEFAULT_MAX_MESSAGE_BYTES } from './framing.ts'
import { formatJson, type JsonValue } from './json.ts'
import { connectSocket, type QmpAddress } from './transport.ts'
import { waitFor, type WaitLimits } from './waiting.ts'

/** How a {@link GuestAgentClient} behaves. */
export interface GuestAgentOptions {
  /** How long the agent may take to say that it is there, before each command; 5,000 when absent, as in libvirt. */
  readonly syncTimeoutMs?: number
  /** The largest message that is accepted; 64 MiB when absent. */
  readonly maxMessageBytes?: number
}

const DEFAULT_SYNC_TIMEOUT_MS = 5_000

/** A command on its way. */
interface Job {
  readonly name: string
  readonly text: string
  readonly options: WaitLimits
  sent: boolean
  givenUp: boolean
}

/**
 * A connection to the agent in a guest, through the socket of its virtio-serial channel.
 *
 * An agent may be absent, hang, start again in mid-answer, or send whatever a hostile guest likes; the socket tells nothing
 * of it. So each command is preceded by `guest-sync-delimited`, which clears both directions, and commands are carried out
 * one at a time. After an error of any kind but `interrupted` the next command finds its way again.
 */
export class GuestAgentClient implements QmpExecutor, AsyncDisposable {
  readonly #line: AgentLine
  readonly #syncTimeoutMs: number
  #turn: Promise<void> = Promise.resolve()

  /** @internal */
  constructor(line: AgentLine, syncTimeoutMs: number) {
    this.#line = line
    this.#syncTimeoutMs = syncTimeoutMs
  }

  /**
   * Connects to the agent's socket; whether there is an agent shows with the first command.
   *
   * @errors `unreachable` when nobody listens, as when the guest is not running
   */
  static connect(
    address: QmpAddress,
    options: GuestAgentOptions & WaitLimits = {},
  ): QmpResultAsync<GuestAgentClient> {
    return connectSocket(address, options).map((transport) =>
      GuestAgentClient.open(transport, options),
    )
  }

  /** Uses a transport that is there already. */
  static open(transport: QmpTransport, options: GuestAgentOptions = {}): GuestAgentClient {
    const { syncTimeoutMs = DEFAULT_SYNC_TIMEOUT_MS } = options
    const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options
    return new GuestAgentClient(new AgentLine(transport, maxMessageBytes), syncTimeoutMs)
  }

  /** Whether the connection has ended. */
  get isClosed(): boolean {
    return this.#line.hasEnded
  }

  /**
   * Carries one command out, after the ones asked for before.
   *
   * @param options - `timeoutMs` counts from when the agent has said that it is there
   * @errors `timeout` without `sent`: the agent is not there, and the command was not given to it
   */
  execute<Arguments extends object, Reply>(
    command: QmpCommand<Arguments, Reply>,
    args: NoInfer<Arguments>,
    options: ExecuteOptions = {},
  ): QmpResultAsync<Reply> {
    const { name } = command
    if (options.outOfBand === true) return notSent(name, 'the agent has no out-of-band commands')
    const text = formatJson({
      execute: name,
      ...(Object.keys(args).length > 0 && { arguments: args }),
    })
    if (text.isErr()) return notSent(name, `it holds ${text.error.message}`)
    const { signal } = options
    const waiting = waitFor<Reply>(name, signal === undefined ? {} : { signal }, (settle) => {
      const job: Job = { name, text: text.value, options, sent: false, givenUp: false }
      const previous = this.#turn
      this.#turn = (async () => {
        await previous
        if (!job.givenUp) settle((await this.#run(job)).andThen((value) => accept(command, value)))
      })()
      return { wasSent: () => job.sent, giveUp: () => (job.givenUp = true) }
    })
    return new ResultAsync(waiting)
  }

  async #run(job: Job): Promise<QmpResult<JsonValue>> {
    const { name, options } = job
    const syncLimits = { ...options, timeoutMs: this.#syncTimeoutMs }
    const synced = await this.#line.synchronize(name, syncLimits)
    if (synced.isErr()) return err(synced.error)
    job.sent = true
    return this.#line.ask(name, job.text, options)
  }

  /** Hangs up. */
  close(): QmpResultAsync<void> {
    this.#line.close()
    return okAsync(undefined)
  }

  /** Closes it, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function accept<Arguments extends object, Reply>(
  command: QmpCommand<Arguments, Reply>,
  value: JsonValue,
): QmpResult<Reply> {
  if (command.accepts(value)) return ok(value)
  const message = `'${command.name}' was answered with a value of another type than it has`
  return err(new QmpError('unexpected', message, { command: command.name, sent: true }))
}

function notSent(command: string, reason: string): QmpResultAsync<never> {
  return errAsync(new QmpError('unsupported', `'${command}' was not sent: ${reason}`, { command }))
}
