import { err, ok, type Result, type ResultAsync } from 'neverthrow'
import { NbdInfoType, NbdOption, NbdOptionReplyType } from '../codec/constants.ts'
import {
  decodeMetaContext,
  decodeServerReply,
  encodeInfoRequest,
  encodeMetaContextRequest,
  type NbdBlockSize,
  type NbdServerReply,
} from '../codec/option-data.ts'
import { NbdError } from '../nbd-error.ts'
import type { Steps } from '../step-reader.ts'
import { target, withinDeadline } from './connect.ts'
import { exportInfo, greet, refusal } from './negotiation.ts'
import type { OptionExchange } from './option-exchange.ts'
import type { NbdConnectOptions } from './options.ts'
import { runSteps } from './run-steps.ts'

/** What a server says of one of its exports. */
export interface NbdExportDescription {
  readonly name: string
  /** A text for people. */
  readonly description?: string
  /** Bytes; absent when the server does not say before the export is opened. */
  readonly size?: bigint
  /** {@link NbdTransmissionFlags} */
  readonly flags?: number
  readonly blockSize?: NbdBlockSize
  /** The metadata contexts that a client may ask for. */
  readonly contexts: readonly string[]
}

/** Options of {@link listNbdExports}. */
export type NbdListOptions = Pick<NbdConnectOptions, 'tls' | 'connectTimeoutMs' | 'signal' | 'dial'>

const empty = new Uint8Array(0)
const Rep = NbdOptionReplyType

/**
 * Asks a server for its exports, with their sizes and metadata contexts; the export name of the URI does not matter.
 *
 * @errors as `NbdClient.connect`; `refused` by a server that does not tell
 */
export function listNbdExports(
  uri: string,
  options: NbdListOptions = {},
): ResultAsync<readonly NbdExportDescription[], NbdError> {
  return target(uri, options).andThen(({ dial, wishes }) =>
    withinDeadline(options, (signal) =>
      dial(signal).andThen((transport) =>
        runSteps<readonly NbdExportDescription[]>(transport, signal, function* (port, ready) {
          const exchange = yield* greet(port, wishes.tls)
          if (exchange.isErr()) return exchange.error
          const listed = yield* list(exchange.value)
          if (listed.isErr()) return listed.error
          ready(listed.value, () => {})
          exchange.value.send(NbdOption.ABORT, empty)
          port.stop()
          transport.end()
          return undefined
        }),
      ),
    ),
  )
}

function* list(exchange: OptionExchange): Steps<Result<NbdExportDescription[], NbdError>> {
  if (!exchange.fixed) return err(new NbdError('unsupported', 'Server cannot list its exports'))
  const structured = yield* exchange.ask(NbdOption.STRUCTURED_REPLY, empty)
  if (structured.isErr()) return err(structured.error)
  const answer = yield* exchange.ask(NbdOption.LIST, empty)
  if (answer.isErr()) return err(answer.error)
  if (answer.value.type !== Rep.ACK) return err(refusal('Server refused to list', answer.value))
  const descriptions: NbdExportDescription[] = []
  for (const { type, data } of answer.value.replies) {
    if (type !== Rep.SERVER) continue
    const entry = decodeServerReply(data)
    if (entry.isErr()) return err(entry.error)
    const description = yield* describe(exchange, entry.value)
    if (description.isErr()) return err(description.error)
    descriptions.push(description.value)
  }
  return ok(descriptions)
}

function* describe(
  exchange: OptionExchange,
  entry: NbdServerReply,
): Steps<Result<NbdExportDescription, NbdError>> {
  const { name } = entry
  const request = encodeInfoRequest({ name, requests: [NbdInfoType.BLOCK_SIZE] })
  const info = yield* exchange.ask(NbdOption.INFO, request)
  if (info.isErr()) return err(info.error)
  const query = encodeMetaContextRequest({ name, queries: [] })
  const listed = yield* exchange.ask(NbdOption.LIST_META_CONTEXT, query)
  if (listed.isErr()) return err(listed.error)
  const contexts: string[] = []
  for (const { type, data } of listed.value.replies) {
    if (type !== Rep.META_CONTEXT) continue
    const context = decodeMetaContext(data)
    if (context.isErr()) return err(context.error)
    contexts.push(context.value.name)
  }
  if (info.value.type !== Rep.ACK) return ok({ ...entry, contexts })
  return exportInfo(info.value).map((found) => ({ ...entry, ...found, contexts }))
}
