import { err, ok, type Result } from 'neverthrow'
import { decodeText, encodeText } from '../codec/bytes.ts'
import {
  NBD_MAX_PAYLOAD,
  NbdClientFlags,
  NbdHandshakeFlags,
  NbdInfoType,
  NbdOption,
  NbdOptionReplyType,
} from '../codec/constants.ts'
import {
  CLIENT_FLAGS_SIZE,
  decodeClientFlags,
  decodeOptionHeader,
  encodeExportNameReply,
  encodeGreeting,
  encodeOptionReply,
  OPTION_HEADER_SIZE,
  type NbdOptionHeader,
} from '../codec/handshake.ts'
import {
  decodeInfoRequest,
  decodeMetaContextRequest,
  encodeInfo,
  encodeMetaContext,
  encodeServerReply,
  type NbdInfo,
  type NbdMetaContext,
} from '../codec/option-data.ts'
import { NbdError } from '../nbd-error.ts'
import type { Outbox } from '../outbox.ts'
import { skip, type Steps } from '../step-reader.ts'
import { matchingContexts } from './contexts.ts'
import { NBD_DEFAULT_BLOCK_SIZE, transmissionFlags, type NbdExport } from './export.ts'

/** What negotiation needs of the server and the connection. */
export interface NegotiationHost {
  /** Whether every option but STARTTLS waits for TLS. */
  readonly tls: boolean
  exports(): readonly NbdExport[]
  find(name: string): NbdExport | undefined
  /** Turns the connection into a TLS one; rejects with an `NbdError`. */
  secure(): Promise<void>
  /** Bytes that arrived before they were asked for. */
  buffered(): number
}

/** What was agreed on when the transmission phase begins. */
export interface SessionTerms {
  readonly export: NbdExport
  readonly structured: boolean
  /** The metadata contexts that the client selected, in the order of their numbers. */
  readonly contexts: readonly NbdMetaContext[]
}

/** How an option ended: the next one follows, or negotiation is over. */
type Outcome = 'next' | 'leave' | SessionTerms | NbdError

/** Option data that is longer is skipped and refused, in bytes. */
const MAX_OPTION_DATA = 0x1_0000
/** A client that does not read its replies is not served further beyond this, in bytes. */
const MAX_UNREAD_REPLIES = 0x1_0000

const empty = new Uint8Array(0)
const Rep = NbdOptionReplyType

const optionNames: Readonly<Record<number, string>> = {
  [NbdOption.EXPORT_NAME]: 'export name',
  [NbdOption.ABORT]: 'abort',
  [NbdOption.LIST]: 'list',
  [NbdOption.STARTTLS]: 'starttls',
  [NbdOption.INFO]: 'info',
  [NbdOption.GO]: 'go',
  [NbdOption.STRUCTURED_REPLY]: 'structured reply',
  [NbdOption.LIST_META_CONTEXT]: 'list meta context',
  [NbdOption.SET_META_CONTEXT]: 'set meta context',
}

/** The server's side of the handshake, as steps over bytes; texts of refusals are QEMU 7.2's. */
export class ServerNegotiation {
  readonly #host: NegotiationHost
  readonly #outbox: Outbox
  #secured = false
  #fixed = false
  #noZeroes = false
  #structured = false
  #selected:
    { readonly source: NbdExport; readonly contexts: readonly NbdMetaContext[] } | undefined

  constructor(host: NegotiationHost, outbox: Outbox) {
    this.#host = host
    this.#outbox = outbox
  }

  /**
   * Greets the client and answers its options.
   *
   * @returns What was agreed on, or `undefined` when the client left
   */
  *run(): Steps<Result<SessionTerms | undefined, NbdError>> {
    const flags = NbdHandshakeFlags.FIXED_NEWSTYLE | NbdHandshakeFlags.NO_ZEROES
    this.#outbox.send([encodeGreeting(flags)])
    const answer = decodeClientFlags(yield CLIENT_FLAGS_SIZE)
    if (answer.isErr()) return err(answer.error)
    const unknown = answer.value & ~(NbdClientFlags.FIXED_NEWSTYLE | NbdClientFlags.NO_ZEROES)
    if (unknown !== 0) {
      return err(
        new NbdError('unexpected', `Unknown client flags 0x${(unknown >>> 0).toString(16)}`),
      )
    }
    this.#fixed = (answer.value & NbdClientFlags.FIXED_NEWSTYLE) !== 0
    this.#noZeroes = (answer.value & NbdClientFlags.NO_ZEROES) !== 0
    for (;;) {
      const outcome = yield* this.#option()
      if (outcome === 'leave') return ok(undefined)
      if (outcome instanceof NbdError) return err(outcome)
      if (outcome !== 'next') return ok(outcome)
      const room = this.#outbox.room(MAX_UNREAD_REPLIES)
      if (room !== undefined) yield room
    }
  }

  *#option(): Steps<Outcome> {
    const header = decodeOptionHeader(yield OPTION_HEADER_SIZE)
    if (header.isErr()) return header.error
    const { option, length } = header.value
    if (length > NBD_MAX_PAYLOAD) {
      return new NbdError('unexpected', `Option ${option} with ${length} bytes of data`)
    }
    if (length > MAX_OPTION_DATA) {
      yield* skip(length)
      return this.#refuse(option, Rep.ERR_TOO_BIG, `Option data of ${length} bytes is too large`)
    }
    const data = length === 0 ? empty : yield new Uint8Array(length)
    if (this.#host.tls && !this.#secured) return yield* this.#beforeTls(header.value)
    if (!this.#fixed && option !== NbdOption.EXPORT_NAME) {
      return new NbdError('unexpected', `Option ${option} without fixed newstyle negotiation`)
    }
    return this.#answer(header.value, data)
  }

  *#beforeTls({ option, length }: NbdOptionHeader): Steps<Outcome> {
    const text = `Option 0x${option.toString(16)} not permitted before TLS`
    switch (option) {
      case NbdOption.STARTTLS:
        if (length > 0) {
          this.#rejectLength(option)
          return new NbdError('unexpected', 'STARTTLS with data')
        }
        return yield* this.#startTls()
      case NbdOption.EXPORT_NAME:
        return new NbdError('unexpected', text)
      case NbdOption.ABORT:
        this.#reply(option, Rep.ACK, empty)
        return 'leave'
      default:
        return this.#refuse(option, Rep.ERR_TLS_REQD, text)
    }
  }

  *#startTls(): Steps<Outcome> {
    // What came in the clear after the request must not count as if it had come encrypted.
    if (this.#host.buffered() > 0) {
      return new NbdError('unexpected', 'Client sent data before TLS was set up')
    }
    if (!this.#fixed) return new NbdError('unexpected', 'TLS without fixed newstyle negotiation')
    this.#reply(NbdOption.STARTTLS, Rep.ACK, empty)
    yield this.#host.secure()
    this.#secured = true
    return 'next'
  }

  #answer({ option, length }: NbdOptionHeader, data: Uint8Array): Outcome {
    switch (option) {
      case NbdOption.EXPORT_NAME:
        return this.#exportName(data)
      case NbdOption.ABORT:
        this.#reply(option, Rep.ACK, empty)
        return 'leave'
      case NbdOption.LIST:
        return length > 0 ? this.#rejectLength(option) : this.#list()
      case NbdOption.STARTTLS:
        if (length > 0) return this.#rejectLength(option)
        return this.#secured
          ? this.#refuse(option, Rep.ERR_INVALID, 'TLS already enabled')
          : this.#refuse(option, Rep.ERR_POLICY, 'TLS not configured')
      case NbdOption.INFO:
      case NbdOption.GO:
        return this.#info(option, data)
      case NbdOption.STRUCTURED_REPLY:
        return length > 0 ? this.#rejectLength(option) : this.#structuredReply()
      case NbdOption.LIST_META_CONTEXT:
      case NbdOption.SET_META_CONTEXT:
        return this.#metaContext(option, data)
      default:
        return this.#refuse(option, Rep.ERR_UNSUP, unsupportedText(option))
    }
  }

  #exportName(data: Uint8Array): Outcome {
    const name = decodeText(data)
    const found = name === undefined ? undefined : this.#host.find(name)
    if (found === undefined) return new NbdError('unexpected', 'export not found')
    const terms = this.#terms(found)
    const reply = { size: BigInt(found.size), flags: transmissionFlags(found, terms.structured) }
    this.#outbox.send([encodeExportNameReply(reply, !this.#noZeroes)])
    return terms
  }

  #list(): Outcome {
    for (const { name, description } of this.#host.exports()) {
      const entry = description === undefined ? { name } : { name, description }
      this.#reply(NbdOption.LIST, Rep.SERVER, encodeServerReply(entry))
    }
    return this.#acknowledge(NbdOption.LIST)
  }

  #structuredReply(): Outcome {
    const option = NbdOption.STRUCTURED_REPLY
    if (this.#structured) {
      return this.#refuse(option, Rep.ERR_INVALID, 'structured reply already negotiated')
    }
    this.#structured = true
    return this.#acknowledge(option)
  }

  #info(option: number, data: Uint8Array): Outcome {
    const decoded = decodeInfoRequest(data)
    if (decoded.isErr()) return this.#refuseBadData(option, decoded.error)
    const { name, requests } = decoded.value
    const found = this.#host.find(name)
    if (found === undefined) return this.#refuseUnknown(option, name)
    const sized = requests.includes(NbdInfoType.BLOCK_SIZE)
    for (const info of this.#infosOf(found, requests)) {
      this.#reply(option, Rep.INFO, encodeInfo(info))
    }
    const minimum = (found.blockSize ?? NBD_DEFAULT_BLOCK_SIZE).minimum
    if (!sized && minimum > 1) {
      const text = 'request NBD_INFO_BLOCK_SIZE to use this export'
      return this.#refuse(option, Rep.ERR_BLOCK_SIZE_REQD, text)
    }
    this.#acknowledge(option)
    return option === NbdOption.GO ? this.#terms(found) : 'next'
  }

  *#infosOf(
    source: NbdExport,
    requests: readonly number[],
  ): Generator<Exclude<NbdInfo, { type: 'unknown' }>> {
    if (requests.includes(NbdInfoType.NAME)) yield { type: 'name', text: source.name }
    if (source.description !== undefined) yield { type: 'description', text: source.description }
    yield { type: 'block-size', blockSize: source.blockSize ?? NBD_DEFAULT_BLOCK_SIZE }
    const flags = transmissionFlags(source, this.#structured)
    yield { type: 'export', size: BigInt(source.size), flags }
  }

  #metaContext(option: number, data: Uint8Array): Outcome {
    const setting = option === NbdOption.SET_META_CONTEXT
    if (setting) this.#selected = undefined
    // QEMU lets a client look before it negotiates structured replies, but not choose.
    if (setting && !this.#structured) {
      const text = `request option '${nameOf(option)}' when structured reply is not negotiated`
      return this.#refuse(option, Rep.ERR_INVALID, text)
    }
    const decoded = decodeMetaContextRequest(data)
    if (decoded.isErr()) return this.#refuseBadData(option, decoded.error)
    const { name, queries } = decoded.value
    const source = this.#host.find(name)
    if (source === undefined) return this.#refuseUnknown(option, name)
    const contexts = matchingContexts(source, queries, setting)
    if (setting) this.#selected = { source, contexts }
    for (const context of contexts) {
      const id = setting ? context.id : 0
      this.#reply(option, Rep.META_CONTEXT, encodeMetaContext({ id, name: context.name }))
    }
    return this.#acknowledge(option)
  }

  #terms(source: NbdExport): SessionTerms {
    const contexts = this.#selected?.source === source ? this.#selected.contexts : []
    return { export: source, structured: this.#structured, contexts }
  }

  #acknowledge(option: number): Outcome {
    this.#reply(option, Rep.ACK, empty)
    return 'next'
  }

  #refuseUnknown(option: number, name: string): Outcome {
    return this.#refuse(option, Rep.ERR_UNKNOWN, `export '${name}' not present`)
  }

  #refuseBadData(option: number, { message }: NbdError): Outcome {
    if (message === 'Unexpected length') return this.#rejectLength(option)
    const text = message.startsWith('Invalid') ? message : `${message} in option ${nameOf(option)}`
    return this.#refuse(option, Rep.ERR_INVALID, text)
  }

  #rejectLength(option: number): Outcome {
    const text = `option '${nameOf(option)}' has unexpected length`
    return this.#refuse(option, Rep.ERR_INVALID, text)
  }

  #refuse(option: number, type: number, text: string): Outcome {
    this.#reply(option, type, encodeText(text))
    return 'next'
  }

  #reply(option: number, type: number, data: Uint8Array): void {
    this.#outbox.send([encodeOptionReply(option, type, data)])
  }
}

function nameOf(option: number): string {
  return optionNames[option] ?? '<unknown>'
}

function unsupportedText(option: number): string {
  return `Unsupported option ${option} (${nameOf(option)})`
}
