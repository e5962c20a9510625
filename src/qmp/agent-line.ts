import { err, ok } from 'neverthrow'
import type { QmpReceiver, QmpTransport } from './duplex.ts'
import { QmpError, type QmpResult } from './error.ts'
import { MessageFramer } from './framing.ts'
import type { JsonValue } from './json.ts'
import { decodeMessage, type QmpMessage } from './message.ts'
import { waitFor, type WaitLimits } from './waiting.ts'

/** Never part of UTF-8, so it ends whatever the other side was in the middle of; qga's documentation of `guest-sync-delimited`. */
const SENTINEL = 0xff

/** What is waited for: looks at each message that comes, and says whether it was the one. */
interface Expected {
  readonly command: string
  /** Whether the command itself has left, or only the question whether somebody is there. */
  readonly sent: boolean
  message(message: QmpResult<QmpMessage>, afterSentinel: boolean): void
  ended(error: QmpError): void
}

/** The conversation with a guest agent: one question at a time, and no trust in what comes. */
export class AgentLine implements QmpReceiver {
  readonly #transport: QmpTransport
  readonly #maxMessageBytes: number
  readonly #encoder = new TextEncoder()
  #framer: MessageFramer
  #expected: Expected | undefined
  #afterSentinel = false
  #lastSyncId = Math.floor(Math.random() * 2 ** 30)
  #ended = false

  constructor(transport: QmpTransport, maxMessageBytes: number) {
    this.#transport = transport
    this.#maxMessageBytes = maxMessageBytes
    this.#framer = new MessageFramer(maxMessageBytes)
    transport.start(this)
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  /** Makes sure that an agent is there and that nothing of an earlier conversation is under way. */
  synchronize(command: string, limits: WaitLimits): Promise<QmpResult<void>> {
    this.#lastSyncId += 1
    const id = this.#lastSyncId
    const text = JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })
    const bytes = Uint8Array.of(SENTINEL, ...this.#encoder.encode(`${text}\n`))
    return this.#converse<void>(
      command,
      limits,
      { bytes, sent: false },
      (message, afterSentinel) => {
        // All else is older than our question: answers to commands that timed out, errors about the sentinel, half messages.
        const isOurs =
          afterSentinel &&
          message.isOk() &&
          message.value.type === 'return' &&
          message.value.value === id
        return isOurs ? ok(undefined) : undefined
      },
    )
  }

  /** Asks, once both sides are synchronized. */
  ask(command: string, text: string, limits: WaitLimits): Promise<QmpResult<JsonValue>> {
    const bytes = this.#encoder.encode(`${text}\n`)
    return this.#converse<JsonValue>(command, limits, { bytes, sent: true }, (message) =>
      message
        .mapErr((cause) => noAnswer(command, cause))
        .andThen((answer) => toAnswer(command, answer)),
    )
  }

  #converse<T>(
    command: string,
    limits: WaitLimits,
    question: { readonly bytes: Uint8Array; readonly sent: boolean },
    take: (message: QmpResult<QmpMessage>, afterSentinel: boolean) => QmpResult<T> | undefined,
  ): Promise<QmpResult<T>> {
    if (this.#ended) return Promise.resolve(err(closed(command)))
    return waitFor<T>(command, limits, (settle) => {
      const finish = (outcome: QmpResult<T>): void => {
        this.#expected = undefined
        settle(outcome)
      }
      this.#expected = {
        command,
        sent: question.sent,
        message: (message, afterSentinel) => {
          const outcome = take(message, afterSentinel)
          if (outcome !== undefined) finish(outcome)
        },
        ended: (error) => finish(err(error)),
      }
      this.#transport.send(question.bytes)
      return { wasSent: () => question.sent, giveUp: () => (this.#expected = undefined) }
    })
  }

  data(chunk: Uint8Array): void {
    if (this.#ended) return
    let rest = chunk
    for (let at = rest.indexOf(SENTINEL); at !== -1; at = rest.indexOf(SENTINEL)) {
      this.#push(rest.subarray(0, at))
      this.#restart(true)
      rest = rest.subarray(at + 1)
    }
    this.#push(rest)
  }

  #push(bytes: Uint8Array): void {
    const { messages, error } = this.#framer.push(bytes)
    for (const text of messages) {
      this.#expected?.message(decodeMessage(text), this.#afterSentinel)
      this.#afterSentinel = false
    }
    if (error === undefined) return
    this.#restart(false)
    this.#expected?.message(err(error), false)
  }

  #restart(afterSentinel: boolean): void {
    this.#framer = new MessageFramer(this.#maxMessageBytes)
    this.#afterSentinel = afterSentinel
  }

  closed(cause?: Error): void {
    const reason = cause === undefined ? 'the connection was closed' : cause.message
    this.#end(reason, cause)
  }

  close(): void {
    this.#end('the connection was closed')
  }

  #end(reason: string, cause?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#transport.close()
    if (this.#expected === undefined) return
    const { command, sent } = this.#expected
    const text = sent ? `The outcome of '${command}' is unknown` : `'${command}' was not sent`
    this.#expected.ended(
      new QmpError('interrupted', `${text}: ${reason}`, { command, sent, cause }),
    )
  }
}

function toAnswer(command: string, message: QmpMessage): QmpResult<JsonValue> {
  switch (message.type) {
    case 'return':
      return ok(message.value)
    case 'error': {
      const { errorClass, desc } = message
      const text = `'${command}' was refused: ${desc}`
      return err(new QmpError('refused', text, { command, errorClass, desc, sent: true }))
    }
    case 'event':
    case 'greeting':
      return err(noAnswer(command))
  }
}

function noAnswer(command: string, cause?: QmpError): QmpError {
  const what = cause === undefined ? '' : `: ${cause.message}`
  const message = `The agent sent something else than the answer to '${command}'${what}`
  return new QmpError('unexpected', message, { command, sent: true, cause })
}

function closed(command: string): QmpError {
  const message = `'${command}' was not sent: the connection is closed`
  return new QmpError('unsupported', message, { command })
}
