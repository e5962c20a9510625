import { QmpError } from './error.ts'

/** The largest message that is accepted when nothing else is said: 64 MiB. */
export const DEFAULT_MAX_MESSAGE_BYTES = 67_108_864

/** What one chunk of the stream completed. */
export interface FramedChunk {
  /** Message texts, in the order of the stream. */
  readonly messages: readonly string[]
  /** Why the stream cannot be read on, after these messages. */
  readonly error?: QmpError
}

const LINE_FEED = 0x0a

/**
 * Cuts a byte stream into message texts, wherever its chunks begin and end.
 *
 * A message is a line. QEMU with `pretty=on` spreads one over lines that begin with `{` and end with `}` alone; such
 * lines are put together again. After its first error a framer gives nothing more.
 */
export class MessageFramer {
  readonly #maxBytes: number
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #partial: Uint8Array[] = []
  #partialBytes = 0
  #pretty: string[] | undefined
  #prettyBytes = 0
  #error: QmpError | undefined

  /** @param maxBytes - Longer messages are refused as soon as they are longer, without waiting for their end */
  constructor(maxBytes: number = DEFAULT_MAX_MESSAGE_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of an unfinished message that are kept. */
  get pendingBytes(): number {
    return this.#partialBytes + this.#prettyBytes
  }

  /** Takes the next bytes of the stream; the chunk may be reused afterwards. */
  push(chunk: Uint8Array): FramedChunk {
    const messages: string[] = []
    let start = 0
    while (this.#error === undefined) {
      const end = chunk.indexOf(LINE_FEED, start)
      if (end === -1) break
      this.#takeLine(this.#completeLine(chunk.subarray(start, end)), messages)
      start = end + 1
    }
    if (this.#error === undefined) this.#keep(chunk.subarray(start))
    return { messages, ...(this.#error !== undefined && { error: this.#error }) }
  }

  #completeLine(end: Uint8Array): Uint8Array {
    if (this.#partialBytes === 0) return end
    const line = new Uint8Array(this.#partialBytes + end.length)
    let at = 0
    for (const part of this.#partial) {
      line.set(part, at)
      at += part.length
    }
    line.set(end, at)
    this.#partial = []
    this.#partialBytes = 0
    return line
  }

  #takeLine(line: Uint8Array, messages: string[]): void {
    if (this.#isTooLong(line.length)) return
    const text = this.#decode(line)
    if (text === undefined) return
    const trimmed = text.trimEnd()
    if (this.#pretty !== undefined) this.#takePrettyLine(trimmed, line.length, messages)
    else if (trimmed === '{') {
      this.#pretty = [trimmed]
      this.#prettyBytes = line.length + 1
    } else if (trimmed !== '') messages.push(trimmed)
  }

  #takePrettyLine(text: string, bytes: number, messages: string[]): void {
    this.#pretty?.push(text)
    this.#prettyBytes += bytes + 1
    if (text !== '}') return
    messages.push((this.#pretty ?? []).join('\n'))
    this.#pretty = undefined
    this.#prettyBytes = 0
  }

  #decode(line: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(line)
    } catch (cause) {
      this.#error = new QmpError('unexpected', 'The peer sent bytes that are not UTF-8', { cause })
      return undefined
    }
  }

  #keep(rest: Uint8Array): void {
    if (rest.length === 0 || this.#isTooLong(this.#partialBytes + rest.length)) return
    this.#partial.push(rest.slice())
    this.#partialBytes += rest.length
  }

  #isTooLong(lineBytes: number): boolean {
    if (this.#prettyBytes + lineBytes <= this.#maxBytes) return false
    this.#error = new QmpError(
      'unexpected',
      `The peer sent a message of more than ${this.#maxBytes} bytes`,
    )
    return true
  }
}
