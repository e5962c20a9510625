import { createConnection, type Socket } from 'node:net'
import { err, errAsync, ok, ResultAsync } from 'neverthrow'
import type { QmpReceiver, QmpTransport } from './duplex.ts'
import { QmpError, type QmpResultAsync } from './error.ts'
import { waitFor, type WaitLimits } from './waiting.ts'

/** Where a monitor or an agent listens: a Unix socket, or a TCP port. */
export type QmpAddress =
  { readonly path: string } | { readonly host: string; readonly port: number }

/** What `sun_path` of Linux holds besides its final zero; a longer path would name another socket. */
const MAX_SOCKET_PATH_BYTES = 107

/**
 * Connects to a socket.
 *
 * @errors `unreachable` with the system's error as cause, `timeout`, `aborted`; `unsupported` for a path that does not fit
 * in a socket address, and for what is no address
 */
export function connectSocket(
  address: QmpAddress,
  limits: WaitLimits = {},
): QmpResultAsync<QmpTransport> {
  if (!isAddress(address)) {
    const text = 'Cannot connect: the address has neither a path nor a host and a port'
    return errAsync(new QmpError('unsupported', text))
  }
  const target = 'path' in address ? address.path : `${address.host}:${address.port}`
  const waiting = waitFor<QmpTransport>('connect', limits, (settle) => {
    const fail = (cause: unknown): void =>
      settle(
        err(
          new QmpError('unreachable', `Cannot connect to ${target}: ${textOf(cause)}`, { cause }),
        ),
      )
    const objection = objectionTo(address)
    if (objection !== undefined) {
      settle(err(new QmpError('unsupported', `Cannot connect to ${target}: ${objection}`)))
      return { wasSent: () => false, giveUp: () => undefined }
    }
    const socket = openSocket(address, fail)
    socket?.once('connect', () => settle(ok(new SocketTransport(socket))))
    socket?.once('error', fail)
    return { wasSent: () => false, giveUp: () => socket?.destroy() }
  })
  return new ResultAsync(waiting)
}

/** Plain JavaScript may pass anything. */
function isAddress(address: unknown): boolean {
  if (typeof address !== 'object' || address === null) return false
  if ('path' in address) return typeof address.path === 'string'
  return (
    'host' in address &&
    typeof address.host === 'string' &&
    'port' in address &&
    typeof address.port === 'number'
  )
}

function objectionTo(address: QmpAddress): string | undefined {
  if (!('path' in address)) return undefined
  const bytes = Buffer.byteLength(address.path)
  if (bytes > MAX_SOCKET_PATH_BYTES) return `the path has more than ${MAX_SOCKET_PATH_BYTES} bytes`
  return bytes === 0 || address.path.includes('\0') ? 'the path is not one of a file' : undefined
}

/** `createConnection` throws for a port out of range. */
function openSocket(address: QmpAddress, fail: (cause: unknown) => void): Socket | undefined {
  try {
    return createConnection(
      'path' in address ? { path: address.path } : { ...address, noDelay: true },
    )
  } catch (error) {
    fail(error)
    return undefined
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

class SocketTransport implements QmpTransport {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.removeAllListeners('error')
    // Until `start` nobody listens; a socket that dies meanwhile says so in `close`.
    socket.on('error', (error) => {
      this.#error = error
    })
  }

  #error: Error | undefined

  start(receiver: QmpReceiver): void {
    const socket = this.#socket
    if (socket.closed) queueMicrotask(() => receiver.closed(this.#error))
    socket.on('data', (chunk: Uint8Array) => receiver.data(chunk))
    socket.on('end', () => receiver.closed())
    socket.on('close', () => receiver.closed(this.#error))
  }

  send(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  close(): void {
    this.#socket.destroy()
  }
}
