import {
  formatJson,
  isObject,
  parseJson,
  QmpClient,
  type ExecuteOptions,
  type JsonObject,
  type QmpClientOptions,
  type QmpCommand,
  type QmpExecutor,
  type QmpReceiver,
  type QmpResultAsync,
  type QmpTransport,
} from '../qmp/index.ts'

import { QmpMatcher } from './qmp-matcher.ts'
import type { QmpTrace, QmpTraceOptions } from './qmp-trace.ts'

/** How a {@link QmpScript} plays. */
export interface QmpScriptOptions extends QmpTraceOptions {
  /** The most bytes that come at once, to see that it does not matter; everything at once when absent. */
  readonly chunkBytes?: number
}

/** What QEMU 7.2 says first; for traces that begin later. */
const GREETING: JsonObject = {
  QMP: { version: { qemu: { micro: 22, minor: 2, major: 7 }, package: '' }, capabilities: ['oob'] },
}

/**
 * A QMP server that plays a recorded conversation back and checks what it is sent.
 *
 * A command that the trace does not have at this place is refused and noted in `mismatches`; the place stays. A trace that
 * begins after the greeting gets one.
 */
export class QmpScript implements QmpExecutor {
  readonly #matcher: QmpMatcher
  readonly #chunkBytes: number
  #client: QmpResultAsync<QmpClient> | undefined

  constructor(trace: QmpTrace, options: QmpScriptOptions = {}) {
    this.#matcher = new QmpMatcher(trace, options)
    this.#chunkBytes = Math.max(1, options.chunkBytes ?? Infinity)
  }

  /** What was sent and is not in the trace at its place, in words. */
  get mismatches(): readonly string[] {
    return this.#matcher.mismatches
  }

  /** The names of the commands of the trace that have not been sent yet. */
  get remaining(): readonly string[] {
    return this.#matcher.remaining
  }

  /** Gives a client that talks to the script. */
  connect(options: QmpClientOptions = {}): QmpResultAsync<QmpClient> {
    this.#client = QmpClient.open(this.transport(), options)
    return this.#client
  }

  /** Carries a command out through a client, which is connected at the first call. */
  execute<Arguments extends object, Reply>(
    command: QmpCommand<Arguments, Reply>,
    args: NoInfer<Arguments>,
    options: ExecuteOptions = {},
  ): QmpResultAsync<Reply> {
    const client = this.#client ?? this.connect()
    return client.andThen((connected) => connected.execute(command, args, options))
  }

  /** Gives the client's end of a connection to the script. */
  transport(): QmpTransport {
    return new ScriptedTransport(this.#matcher, this.#chunkBytes)
  }
}

class ScriptedTransport implements QmpTransport {
  readonly #matcher: QmpMatcher
  readonly #chunkBytes: number
  readonly #decoder = new TextDecoder()
  readonly #encoder = new TextEncoder()
  #receiver: QmpReceiver | undefined

  constructor(matcher: QmpMatcher, chunkBytes: number) {
    this.#matcher = matcher
    this.#chunkBytes = chunkBytes
  }

  start(receiver: QmpReceiver): void {
    this.#receiver = receiver
    this.#deliver(this.#matcher.greeting ?? GREETING)
  }

  /** A client writes one message at a time. */
  send(bytes: Uint8Array): void {
    const message = parseJson(this.#decoder.decode(bytes)).unwrapOr(null)
    if (isObject(message)) this.#take(message)
  }

  close(): void {
    this.#receiver = undefined
  }

  #take(message: JsonObject): void {
    const isNegotiation = message['execute'] === 'qmp_capabilities'
    if (isNegotiation && this.#matcher.greeting === undefined) {
      this.#deliver({ return: {}, id: message['id'] ?? null })
    } else this.#answer(message)
    if (isNegotiation) for (const event of this.#matcher.prelude) this.#deliver(event)
  }

  #answer(message: JsonObject): void {
    const { answers, hangsUp } = this.#matcher.take(message)
    for (const answer of answers) {
      const isEvent = Object.hasOwn(answer, 'event')
      this.#deliver(isEvent ? answer : { ...answer, id: message['id'] ?? null })
    }
    if (hangsUp) queueMicrotask(() => this.#receiver?.closed())
  }

  #deliver(message: JsonObject): void {
    const text = formatJson(message).unwrapOr('')
    const bytes = this.#encoder.encode(`${text}\r\n`)
    for (let at = 0; at < bytes.length; at += this.#chunkBytes) {
      const chunk = bytes.subarray(at, Math.min(at + this.#chunkBytes, bytes.length))
      queueMicrotask(() => this.#receiver?.data(chunk))
    }
  }
}
