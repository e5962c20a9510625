import { err, ok, type Result } from 'neverthrow'
import { decodeMessage, encodeText } from '../codec/bytes.ts'
import {
  NBD_BASE_ALLOCATION,
  NbdClientFlags,
  NbdHandshakeFlags,
  NbdInfoType,
  NbdOption,
  NbdOptionReplyType,
} from '../codec/constants.ts'
import {
  decodeExportNameReply,
  decodeGreeting,
  encodeClientFlags,
  EXPORT_NAME_PADDING,
  EXPORT_NAME_REPLY_SIZE,
  GREETING_SIZE,
} from '../codec/handshake.ts'
import {
  blockSizeProblem,
  decodeInfo,
  decodeMetaContext,
  encodeInfoRequest,
  encodeMetaContextRequest,
  type NbdBlockSize,
  type NbdMetaContext,
} from '../codec/option-data.ts'
import { NbdError } from '../nbd-error.ts'
import { skip, type Steps } from '../step-reader.ts'
import { OptionExchange, type OptionAnswer } from './option-exchange.ts'

/** What a client wants of a server. */
export interface SessionWishes {
  readonly exportName: string
  /** Contexts that must be there; `undefined` takes `base:allocation` if it is there. */
  readonly contexts: readonly string[] | undefined
  /** Whether the connection is turned into a TLS one first. */
  readonly tls: boolean
}

/** What negotiation needs of the connection. */
export interface NegotiationPort {
  send(bytes: Uint8Array): void
  /** Turns the connection into a TLS one; rejects with an `NbdError`. */
  secure(): Promise<void>
  /** Bytes that arrived before they were asked for. */
  buffered(): number
}

/** What was agreed on when the transmission phase begins. */
export interface NbdSession {
  readonly exportName: string
  /** Bytes. */
  readonly size: number
  /** {@link NbdTransmissionFlags} */
  readonly flags: number
  readonly blockSize: NbdBlockSize
  readonly structured: boolean
  readonly contexts: readonly NbdMetaContext[]
}

/** What the protocol lets a client assume when the server does not say. */
const ASSUMED_BLOCK_SIZE: NbdBlockSize = { minimum: 1, preferred: 4096, maximum: 0x200_0000 }

const empty = new Uint8Array(0)

/** Reads the greeting, and turns the connection into a TLS one if that is wanted. */
export function* greet(
  port: NegotiationPort,
  tls: boolean,
): Steps<Result<OptionExchange, NbdError>> {
  const greeting = decodeGreeting(yield GREETING_SIZE)
  if (greeting.isErr()) return err(greeting.error)
  const fixed = (greeting.value & NbdHandshakeFlags.FIXED_NEWSTYLE) !== 0
  const noZeroes = (greeting.value & NbdHandshakeFlags.NO_ZEROES) !== 0
  const flags =
    (fixed ? NbdClientFlags.FIXED_NEWSTYLE : 0) | (noZeroes ? NbdClientFlags.NO_ZEROES : 0)
  port.send(encodeClientFlags(flags))
  const exchange = new OptionExchange((bytes) => port.send(bytes), fixed, noZeroes)
  if (!tls) return ok(exchange)
  if (!fixed) return err(new NbdError('unsupported', 'Server cannot negotiate TLS'))
  const answer = yield* exchange.ask(NbdOption.STARTTLS, empty)
  if (answer.isErr()) return err(answer.error)
  if (answer.value.type !== NbdOptionReplyType.ACK) {
    return err(refusal('Server refused TLS', answer.value))
  }
  // What came in the clear after the answer must not count as if it had come encrypted.
  if (port.buffered() > 0) {
    return err(new NbdError('unexpected', 'Server sent data before TLS was set up'))
  }
  yield port.secure()
  return ok(exchange)
}

/** Chooses an export and its metadata contexts; the transmission phase begins when it succeeds. */
export function* negotiate(
  port: NegotiationPort,
  wishes: SessionWishes,
): Steps<Result<NbdSession, NbdError>> {
  const exchange = yield* greet(port, wishes.tls)
  if (exchange.isErr()) return err(exchange.error)
  if (!exchange.value.fixed) return yield* byExportName(exchange.value, wishes, false, [])
  const structured = yield* exchange.value.ask(NbdOption.STRUCTURED_REPLY, empty)
  if (structured.isErr()) return err(structured.error)
  const acknowledged = structured.value.type === NbdOptionReplyType.ACK
  const contexts = acknowledged
    ? yield* selectContexts(exchange.value, wishes)
    : ok<readonly NbdMetaContext[], NbdError>([])
  if (contexts.isErr()) return err(contexts.error)
  // A server that insists on TLS is told by its answer to GO, which says so in words.
  return yield* byGo(exchange.value, wishes, acknowledged, contexts.value)
}

function* selectContexts(
  exchange: OptionExchange,
  { exportName, contexts = [NBD_BASE_ALLOCATION] }: SessionWishes,
): Steps<Result<readonly NbdMetaContext[], NbdError>> {
  if (contexts.length === 0) return ok([])
  const data = encodeMetaContextRequest({ name: exportName, queries: contexts })
  const answer = yield* exchange.ask(NbdOption.SET_META_CONTEXT, data)
  if (answer.isErr()) return err(answer.error)
  // An export that does not exist is told in better words by the answer to GO.
  if (answer.value.type !== NbdOptionReplyType.ACK) return ok([])
  const selected: NbdMetaContext[] = []
  for (const { type, data: bytes } of answer.value.replies) {
    if (type !== NbdOptionReplyType.META_CONTEXT) continue
    const context = decodeMetaContext(bytes)
    if (context.isErr()) return err(context.error)
    // What was not asked for would be told under a name that the caller does not know.
    if (contexts.includes(context.value.name)) selected.push(context.value)
    else return err(new NbdError('unexpected', 'Server selected a context of its own'))
  }
  if (new Set(selected.map(({ id }) => id)).size < selected.length) {
    return err(new NbdError('unexpected', 'Two metadata contexts have one number'))
  }
  return ok(selected)
}

function* byGo(
  exchange: OptionExchange,
  wishes: SessionWishes,
  structured: boolean,
  contexts: readonly NbdMetaContext[],
): Steps<Result<NbdSession, NbdError>> {
  const { exportName } = wishes
  const data = encodeInfoRequest({ name: exportName, requests: [NbdInfoType.BLOCK_SIZE] })
  const answer = yield* exchange.ask(NbdOption.GO, data)
  if (answer.isErr()) return err(answer.error)
  if (answer.value.type === NbdOptionReplyType.ERR_UNSUP) {
    return yield* byExportName(exchange, wishes, structured, contexts)
  }
  if (answer.value.type !== NbdOptionReplyType.ACK) {
    const which = exportName === '' ? 'the default export' : `export '${exportName}'`
    return err(refusal(`Server refused ${which}`, answer.value))
  }
  return exportInfo(answer.value).andThen(({ size, flags, blockSize }) =>
    session(wishes, { size, flags, blockSize, structured, contexts }),
  )
}

function* byExportName(
  exchange: OptionExchange,
  wishes: SessionWishes,
  structured: boolean,
  contexts: readonly NbdMetaContext[],
): Steps<Result<NbdSession, NbdError>> {
  exchange.send(NbdOption.EXPORT_NAME, encodeText(wishes.exportName))
  const reply = decodeExportNameReply(yield EXPORT_NAME_REPLY_SIZE)
  if (reply.isErr()) return err(reply.error)
  if (!exchange.noZeroes) yield* skip(EXPORT_NAME_PADDING)
  const { size, flags } = reply.value
  const found = { size, flags, blockSize: ASSUMED_BLOCK_SIZE, structured, contexts }
  return session(wishes, found)
}

/** What the answer to INFO or GO says of an export. */
export interface ExportInfo {
  readonly size: bigint
  readonly flags: number
  readonly blockSize: NbdBlockSize
}

/** Reads the pieces of information in the answer to INFO or GO. */
export function exportInfo(answer: OptionAnswer): Result<ExportInfo, NbdError> {
  let found: { readonly size: bigint; readonly flags: number } | undefined
  let blockSize = ASSUMED_BLOCK_SIZE
  for (const { type, data } of answer.replies) {
    if (type !== NbdOptionReplyType.INFO) continue
    const info = decodeInfo(data)
    if (info.isErr()) return err(info.error)
    if (info.value.type === 'export') found = info.value
    if (info.value.type === 'block-size') blockSize = info.value.blockSize
  }
  if (found === undefined) return err(new NbdError('unexpected', 'Server gave no export size'))
  const problem = blockSizeProblem(blockSize)
  if (problem !== undefined) return err(new NbdError('unexpected', `Block size: ${problem}`))
  return ok({ size: found.size, flags: found.flags, blockSize })
}

function session(
  { exportName, contexts: wanted = [] }: SessionWishes,
  found: ExportInfo & { structured: boolean; contexts: readonly NbdMetaContext[] },
): Result<NbdSession, NbdError> {
  if (found.size > BigInt(Number.MAX_SAFE_INTEGER)) {
    return err(new NbdError('unsupported', `Export of ${found.size} bytes is too large`))
  }
  const missing = wanted.find((name) => !found.contexts.some((context) => context.name === name))
  if (missing !== undefined) {
    return err(new NbdError('unsupported', `Server does not offer metadata context '${missing}'`))
  }
  return ok({ ...found, exportName, size: Number(found.size) })
}

/** Makes the error for an option that a server refused. */
export function refusal(what: string, answer: OptionAnswer): NbdError {
  const text = decodeMessage(answer.message)
  const reason = text === '' ? (reasons.get(answer.type) ?? `error ${answer.type}`) : text
  return new NbdError('refused', `${what}: ${reason}`)
}

const Rep = NbdOptionReplyType
const reasons: ReadonlyMap<number, string> = new Map([
  [Rep.ERR_UNSUP, 'option is not supported'],
  [Rep.ERR_POLICY, 'policy forbids it'],
  [Rep.ERR_INVALID, 'option is invalid'],
  [Rep.ERR_PLATFORM, 'platform does not support it'],
  [Rep.ERR_TLS_REQD, 'TLS is required'],
  [Rep.ERR_UNKNOWN, 'export is unknown'],
  [Rep.ERR_SHUTDOWN, 'server is shutting down'],
  [Rep.ERR_BLOCK_SIZE_REQD, 'block sizes must be negotiated'],
  [Rep.ERR_TOO_BIG, 'request is too large'],
])
