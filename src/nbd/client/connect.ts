import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow'
import { encodeString } from '../codec/bytes.ts'
import { NbdTransmissionFlags } from '../codec/constants.ts'
import { NbdError } from '../nbd-error.ts'
import { parseNbdUri, type NbdUri } from '../uri.ts'
import { ClientConnection } from './connection.ts'
import type { NbdSession, SessionWishes } from './negotiation.ts'
import type { NbdClientTls, NbdConnectOptions, NbdDial } from './options.ts'
import { RequestPool } from './request-pool.ts'
import { abortError } from './run-steps.ts'

/** What a client works with. */
export interface OpenConnections {
  readonly session: NbdSession
  readonly pool: RequestPool
}

/** Opens the connections of a client: one, and more if the server allows and they are wanted. */
export function openConnections(
  uri: string,
  options: NbdConnectOptions,
): ResultAsync<OpenConnections, NbdError> {
  return target(uri, options).andThen(({ dial, wishes }) => {
    const { requests = 16, connections = 1, timeoutMs } = options
    const pool = new RequestPool(Math.max(1, requests), timeoutMs)
    return openOne(dial, wishes, options).andThen((first) => {
      pool.add(first)
      const shared = (first.session.flags & NbdTransmissionFlags.CAN_MULTI_CONN) !== 0
      const more = shared ? Math.max(0, connections - 1) : 0
      const others = Array.from({ length: more }, () => openOne(dial, wishes, options))
      return new ResultAsync(addMore(pool, first.session, others)).andThen((opened) => {
        if (options.signal?.aborted !== true) return ok(opened)
        pool.close()
        return err(abortError(options.signal))
      })
    })
  })
}

/** How the server that a URI names is reached, and what is wanted of it. */
export interface Target {
  readonly dial: NbdDial
  readonly wishes: SessionWishes
}

/** Works out where a URI leads. */
export function target(uri: string, options: NbdConnectOptions): ResultAsync<Target, NbdError> {
  return parseNbdUri(uri)
    .andThen((parsed) => checkContexts(options.contexts).map(() => parsed))
    .asyncAndThen((parsed) => {
      const tls = options.tls ?? (parsed.secure ? {} : undefined)
      const wishes = {
        exportName: parsed.exportName,
        contexts: options.contexts,
        tls: tls !== undefined,
      }
      const dial = options.dial === undefined ? dialer(parsed, tls) : okAsync(options.dial)
      return dial.map((found) => ({ dial: found, wishes }))
    })
}

function checkContexts(contexts: readonly string[] = []): Result<void, NbdError> {
  for (const name of contexts) {
    const encoded = encodeString(name)
    if (encoded.isErr()) return err(encoded.error)
  }
  return ok(undefined)
}

function dialer(uri: NbdUri, tls: NbdClientTls | undefined): ResultAsync<NbdDial, NbdError> {
  // Loaded when needed, so that a client over other transports runs where there are no sockets.
  return ResultAsync.fromPromise(
    import('./dialer.ts'),
    (cause) => new NbdError('unsupported', 'Sockets are not available', { cause }),
  ).andThen(({ socketDialer }) => socketDialer(uri, tls))
}

function openOne(
  dial: NbdDial,
  wishes: SessionWishes,
  options: NbdConnectOptions,
): ResultAsync<ClientConnection, NbdError> {
  return withinDeadline(options, (signal) =>
    dial(signal).andThen((transport) => ClientConnection.open(transport, wishes, signal)),
  )
}

/** Gives up what takes longer than a connection may, or when the caller does. */
export function withinDeadline<T>(
  { signal, connectTimeoutMs = 30_000 }: NbdConnectOptions,
  attempt: (signal: AbortSignal) => ResultAsync<T, NbdError>,
): ResultAsync<T, NbdError> {
  const controller = new AbortController()
  const abort = (): void => {
    if (signal !== undefined) controller.abort(abortError(signal))
  }
  const timer = setTimeout(() => {
    controller.abort(new NbdError('timeout', `No connection after ${connectTimeoutMs} ms`))
  }, connectTimeoutMs)
  signal?.addEventListener('abort', abort)
  if (signal?.aborted === true) abort()
  const settle = async (): Promise<Result<T, NbdError>> => {
    const outcome = await attempt(controller.signal)
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    // Whatever an attempt says when it is cut short, the reason is that it was.
    if (outcome.isErr() && controller.signal.aborted) return err(abortError(controller.signal))
    return outcome
  }
  return new ResultAsync(settle())
}

async function addMore(
  pool: RequestPool,
  session: NbdSession,
  others: readonly ResultAsync<ClientConnection, NbdError>[],
): Promise<Result<OpenConnections, NbdError>> {
  const opened = await Promise.all(others)
  for (const connection of opened) {
    // A server may turn some away; those that stand do the work, and `connections` tells how many they are.
    if (connection.isErr()) continue
    if (isSame(connection.value.session, session)) pool.add(connection.value)
    else connection.value.close()
  }
  return ok({ session, pool })
}

/** Whether two connections see the same export; block status is told by numbers that must agree, too. */
function isSame(a: NbdSession, b: NbdSession): boolean {
  return fingerprint(a) === fingerprint(b)
}

function fingerprint({ size, flags, structured, contexts }: NbdSession): string {
  return JSON.stringify([size, flags, structured, contexts])
}
