import { err, errAsync, ok, ResultAsync } from 'neverthrow'
import { publishSend } from './diagnostics.ts'
import type { QmpReceiver, QmpTransport } from './duplex.ts'
import { QmpError, type QmpResult, type QmpResultAsync } from './error.ts'
import { MessageFramer } from './framing.ts'
import { formatJson, type JsonValue } from './json.ts'
import { decodeMessage, type QmpGreeting, type QmpMessage } from './message.ts'
import { PendingCommands, type PendingCommand } from './pending.ts'
import { waitFor, type WaitLimits } from './waiting.ts'

/** An event as it came, before anything is known of its data. */
export type RawEvent = Extract<QmpMessage, { type: 'event' }>

/** What settles a command. */
type QmpAnswer = Extract<QmpMessage, { type: 'return' | 'error' }>

/** Who hears what is no answer. */
export interface SessionListener {
  event(event: RawEvent): void
  /** A message that belongs to nothing; the conversation goes on. */
  stray(error: QmpError): void
  /** The last call; every command has been settled. `error` is absent when one side simply hung up. */
  ended(by: 'us' | 'peer', error?: QmpError): void
}

/** What a session sends. */
export interface QmpRequest<Reply> {
  /** The command's name, for errors. */
  readonly name: string
  /** The message, to which the session adds an id. */
  readonly message: object
  readonly outOfBand: boolean
  /** Makes a reply of the answer. */
  readonly accept: (value: JsonValue) => QmpResult<Reply>
}

/**
 * QEMU reads on while at most this many in-band commands wait, one less than its queue holds (`QMP_REQ_QUEUE_LEN_MAX`,
 * monitor/qmp.c); beyond that an out-of-band command would not be read either.
 */
const OUT_OF_BAND_WINDOW = 7

/**
 * The conversation on one transport: sends requests, finds the request that an answer belongs to, and settles each request
 * exactly once, whatever happens.
 */
export class QmpSession implements QmpReceiver {
  readonly #transport: QmpTransport
  readonly #listener: SessionListener
  readonly #framer: MessageFramer
  readonly #encoder = new TextEncoder()
  readonly #pending = new PendingCommands()
  readonly #greeted: Promise<QmpResult<QmpGreeting>>
  #settleGreeting: ((outcome: QmpResult<QmpGreeting>) => void) | undefined
  #queue: PendingCommand[] = []
  #window = Infinity
  #lastId = 0
  #ended = false

  constructor(transport: QmpTransport, listener: SessionListener, maxMessageBytes: number) {
    this.#transport = transport
    this.#listener = listener
    this.#framer = new MessageFramer(maxMessageBytes)
    this.#greeted = new Promise((resolve) => {
      this.#settleGreeting = resolve
    })
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  get hasOutOfBand(): boolean {
    return this.#window !== Infinity
  }

  /** Starts to read, and gives what the server says first. */
  start(): QmpResultAsync<QmpGreeting> {
    this.#transport.start(this)
    return new ResultAsync(this.#greeted)
  }

  /** From now on commands may be sent out of band. */
  enableOutOfBand(): void {
    this.#window = OUT_OF_BAND_WINDOW
  }

  request<Reply>(request: QmpRequest<Reply>, limits: WaitLimits = {}): QmpResultAsync<Reply> {
    const { name, outOfBand, accept } = request
    if (this.#ended) return notSent(name, 'the connection is closed')
    if (outOfBand && !this.hasOutOfBand) {
      return notSent(name, 'out-of-band commands were not negotiated')
    }
    // Short, because QEMU reads its monitor byte by byte: each one costs microseconds.
    const id = (this.#lastId += 1)
    const text = formatJson({ ...request.message, id })
    if (text.isErr()) return notSent(name, `it holds ${text.error.message}`)
    const bytes = this.#encoder.encode(`${text.value}\n`)
    const waiting = waitFor<Reply>(name, limits, (settle) => {
      const command: PendingCommand = {
        id,
        name,
        outOfBand,
        bytes,
        message: request.message,
        sent: false,
        settle: (outcome) => settle(outcome.andThen(accept)),
      }
      this.#submit(command)
      return { wasSent: () => command.sent, giveUp: () => this.#unqueue(command) }
    })
    return new ResultAsync(waiting)
  }

  /** Ends the conversation. Commands that were sent are settled with `interrupted`, the others with `unsupported`. */
  end(by: 'us' | 'peer', error?: QmpError): void {
    if (this.#ended) return
    this.#ended = true
    this.#transport.close()
    for (const { name, settle } of this.#pending.drain()) settle(err(interrupted(name, error)))
    for (const { name, settle } of this.#queue)
      settle(err(unsent(name, 'the connection is closed')))
    this.#queue = []
    this.#settleGreeting?.(err(error ?? hungUp()))
    this.#listener.ended(by, error)
  }

  data(chunk: Uint8Array): void {
    if (this.#ended) return
    const { messages, error } = this.#framer.push(chunk)
    for (const text of messages) {
      if (this.#ended) return
      const message = decodeMessage(text)
      if (message.isErr()) this.end('peer', message.error)
      else this.#take(message.value)
    }
    if (error !== undefined) this.end('peer', error)
  }

  closed(cause?: Error): void {
    if (cause === undefined) this.end('peer')
    else
      this.end(
        'peer',
        new QmpError('interrupted', `The connection was lost: ${cause.message}`, { cause }),
      )
  }

  #submit(command: PendingCommand): void {
    const mustWait = !command.outOfBand && this.#pending.inBandCount >= this.#window
    if (mustWait) this.#queue.push(command)
    else this.#send(command)
  }

  #send(command: PendingCommand): void {
    command.sent = true
    this.#pending.add(command)
    publishSend(command.name, command.message)
    this.#transport.send(command.bytes)
  }

  #unqueue(command: PendingCommand): void {
    if (!command.sent) this.#queue = this.#queue.filter((queued) => queued !== command)
  }

  #take(message: QmpMessage): void {
    switch (message.type) {
      case 'greeting':
        return this.#greet(message.greeting)
      case 'event':
        return this.#listener.event(message)
      case 'return':
      case 'error':
        return this.#answer(message)
    }
  }

  #greet(greeting: QmpGreeting): void {
    if (this.#settleGreeting === undefined) {
      this.#listener.stray(new QmpError('unexpected', 'The peer greeted again'))
    }
    this.#settleGreeting?.(ok(greeting))
    this.#settleGreeting = undefined
  }

  #answer(answer: QmpAnswer): void {
    const command = this.#pending.take(answer.id)
    if (command === undefined) {
      this.#listener.stray(
        new QmpError('unexpected', 'The peer answered a command that was not sent'),
      )
      return
    }
    command.settle(answer.type === 'return' ? ok(answer.value) : err(refused(command.name, answer)))
    const next = this.#pending.inBandCount < this.#window ? this.#queue.shift() : undefined
    if (next !== undefined) this.#send(next)
  }
}

function refused(command: string, error: { errorClass: string; desc: string }): QmpError {
  const { errorClass, desc } = error
  return new QmpError('refused', `'${command}' was refused: ${desc}`, {
    command,
    errorClass,
    desc,
    sent: true,
  })
}

function hungUp(): QmpError {
  return new QmpError('interrupted', 'The connection was closed before the greeting')
}

function interrupted(command: string, cause: QmpError | undefined): QmpError {
  const reason = cause === undefined ? 'the connection was closed' : cause.message
  const message = `The outcome of '${command}' is unknown: ${reason}`
  return new QmpError('interrupted', message, { command, sent: true, cause })
}

function unsent(command: string, reason: string): QmpError {
  return new QmpError('unsupported', `'${command}' was not sent: ${reason}`, { command })
}

function notSent(command: string, reason: string): QmpResultAsync<never> {
  return errAsync(unsent(command, reason))
}
