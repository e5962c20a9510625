import { err, ok, type Result } from 'neverthrow'
import { NbdOptionReplyType } from '../codec/constants.ts'
import {
  decodeOptionReplyHeader,
  encodeOption,
  OPTION_REPLY_HEADER_SIZE,
} from '../codec/handshake.ts'
import { NbdError } from '../nbd-error.ts'
import type { Steps } from '../step-reader.ts'

/** One reply to an option. */
export interface OptionReply {
  readonly type: number
  readonly data: Uint8Array
}

/** All that a server said to an option. */
export interface OptionAnswer {
  /** `ACK`, or the error that it ended with. */
  readonly type: number
  /** The text of an error. */
  readonly message: Uint8Array
  readonly replies: readonly OptionReply[]
}

/** Bytes of one reply: a name and a description of 4096 bytes each fit easily. */
const MAX_REPLY_DATA = 0x1_0000
const MAX_REPLIES = 0x4000
/** Bytes of all replies to one option. */
const MAX_ANSWER = 0x40_0000

const empty = new Uint8Array(0)

/** Asks options of a server, one after the other. */
export class OptionExchange {
  readonly #send: (bytes: Uint8Array) => void
  /** Whether the server does fixed newstyle negotiation, and so answers options. */
  readonly fixed: boolean
  /** Whether both sides leave the zeroes after the answer to EXPORT_NAME out. */
  readonly noZeroes: boolean

  constructor(send: (bytes: Uint8Array) => void, fixed: boolean, noZeroes: boolean) {
    this.#send = send
    this.fixed = fixed
    this.noZeroes = noZeroes
  }

  /** Sends an option whose answer is not awaited. */
  send(option: number, data: Uint8Array): void {
    this.#send(encodeOption(option, data))
  }

  /** Sends an option, and waits for its answer; an error of the server's is an answer too. */
  *ask(option: number, data: Uint8Array): Steps<Result<OptionAnswer, NbdError>> {
    this.send(option, data)
    const replies: OptionReply[] = []
    let size = 0
    for (;;) {
      const header = decodeOptionReplyHeader(yield OPTION_REPLY_HEADER_SIZE)
      if (header.isErr()) return err(header.error)
      const { type, length } = header.value
      if (header.value.option !== option) {
        return err(new NbdError('unexpected', `Answer to option ${header.value.option}`))
      }
      size += length
      if (length > MAX_REPLY_DATA || size > MAX_ANSWER || replies.length >= MAX_REPLIES) {
        return err(new NbdError('unexpected', `Answer to option ${option} is too long`))
      }
      const bytes = length === 0 ? empty : yield new Uint8Array(length)
      if (type === NbdOptionReplyType.ACK) return ok({ type, message: empty, replies })
      if (type >= 0x8000_0000) return ok({ type, message: bytes, replies })
      replies.push({ type, data: bytes })
    }
  }
}
