import type { Socket } from 'node:net'
import type { ResultAsync } from 'neverthrow'
import { concatBytes } from './codec/bytes.ts'
import type { NbdError } from './nbd-error.ts'
import type { NbdTransport, NbdTransportSink } from './transport.ts'

/** Milliseconds after which a closing connection is cut when the peer does not take what was sent. */
const END_GRACE_MS = 2_000

/** Puts TLS over a socket; the socket that it gives replaces the other. */
export type SecureSocket = (socket: Socket) => ResultAsync<Socket, NbdError>

/** A transport over a socket of Node. */
export class SocketTransport implements NbdTransport {
  readonly holdsTarget: boolean
  readonly #direct: DirectReceiver | undefined
  readonly #secureSocket: SecureSocket | undefined
  #socket: Socket
  #sink: NbdTransportSink | undefined
  #corked = false
  #paused = false
  #leftover: Uint8Array | undefined
  #ended = false

  /**
   * @param direct - Receives in place of the socket's `data` events, when the socket was made with it
   * @param secureSocket - Absent when the connection is to stay as it is
   */
  constructor(socket: Socket, direct?: DirectReceiver, secureSocket?: SecureSocket) {
    this.#socket = socket
    this.#direct = direct
    this.holdsTarget = direct !== undefined
    this.#secureSocket = secureSocket
  }

  open(sink: NbdTransportSink): void {
    this.#sink = sink
    this.#listen()
    this.#direct?.open(
      () => (this.#ended ? undefined : sink.target()),
      (count) => {
        sink.received(count)
        return !this.#paused
      },
      (chunk) => {
        this.#deliver(chunk)
        return !this.#paused
      },
    )
  }

  write(parts: readonly Uint8Array[], flushed?: () => void): void {
    const socket = this.#socket
    if (socket.destroyed || this.#ended) {
      if (flushed !== undefined) queueMicrotask(flushed)
      return
    }
    // Replies of one turn leave in one system call.
    if (!this.#corked) {
      this.#corked = true
      socket.cork()
      process.nextTick(() => {
        socket.uncork()
        if (this.#socket === socket) this.#corked = false
      })
    }
    const last = parts.length - 1
    for (const [index, part] of parts.entries()) {
      if (index === last && flushed !== undefined) socket.write(part, () => flushed())
      else socket.write(part)
    }
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#deliverLeftover()
    if (!this.#paused) this.#socket.resume()
  }

  secure(): ResultAsync<void, NbdError> {
    const plain = this.#socket
    if (this.#secureSocket === undefined) throw new Error('No TLS was set up for this connection')
    plain.removeAllListeners('data')
    plain.removeAllListeners('close')
    plain.uncork()
    return this.#secureSocket(plain).map((socket) => {
      this.#socket = socket
      this.#corked = false
      this.#listen()
      if (this.#paused) socket.pause()
    })
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    const socket = this.#socket
    this.#leftover = undefined
    socket.uncork()
    socket.end(() => socket.destroy())
    setTimeout(() => socket.destroy(), END_GRACE_MS).unref()
  }

  destroy(): void {
    this.#ended = true
    this.#leftover = undefined
    this.#socket.destroy()
  }

  #listen(): void {
    const socket = this.#socket
    let cause: Error | undefined
    socket.on('error', (error) => {
      cause = error
    })
    socket.once('close', () => this.#sink?.closed(cause))
    // A peer that sends no more is gone: the protocol has no half-open connections.
    socket.once('end', () => socket.destroy())
    if (this.#direct === undefined) socket.on('data', (chunk: Uint8Array) => this.#deliver(chunk))
  }

  #deliver(chunk: Uint8Array): void {
    const sink = this.#sink
    if (sink === undefined) return
    const leftover = this.#leftover
    let rest = leftover === undefined ? chunk : concatBytes([leftover, chunk])
    this.#leftover = undefined
    while (rest.length > 0 && !this.#ended) {
      if (this.#paused) {
        this.#leftover = rest
        return
      }
      const target = sink.target()
      const count = Math.min(target.length, rest.length)
      target.set(rest.subarray(0, count))
      rest = rest.subarray(count)
      sink.received(count)
    }
  }

  #deliverLeftover(): void {
    if (this.#leftover !== undefined) this.#deliver(new Uint8Array(0))
  }
}

/**
 * Receives from the operating system straight into the memory where the bytes belong.
 *
 * Give {@link options} as `onread` to a new socket. While nobody can take bytes, and for the first ones, since Node 20
 * asks for memory before the socket is connected, they go through a small buffer.
 */
export class DirectReceiver {
  readonly #spare = new Uint8Array(4096)
  #handed: Uint8Array = this.#spare
  #target: (() => Uint8Array | undefined) | undefined
  #received: ((count: number) => boolean) | undefined
  #chunk: ((chunk: Uint8Array) => boolean) | undefined
  #early: Uint8Array[] = []

  /** For the `onread` option of a socket. */
  get options(): { buffer: () => Uint8Array; callback: (count: number) => boolean } {
    return { buffer: () => this.#handed, callback: (count) => this.#take(count) }
  }

  /**
   * Begins to pass bytes on.
   *
   * @param target - The memory for the next bytes; `undefined` while nobody can take them
   * @param received - Hears of bytes put there; gives whether to go on
   * @param chunk - Takes bytes that came by the small buffer; gives whether to go on
   */
  open(
    target: () => Uint8Array | undefined,
    received: (count: number) => boolean,
    chunk: (chunk: Uint8Array) => boolean,
  ): void {
    this.#target = target
    this.#received = received
    this.#chunk = chunk
    for (const early of this.#early.splice(0)) chunk(early)
  }

  #take(count: number): boolean {
    const goOn = this.#passOn(count)
    const target = goOn ? this.#target?.() : undefined
    this.#handed = target === undefined || target.length === 0 ? this.#spare : target
    return goOn
  }

  #passOn(count: number): boolean {
    if (this.#handed !== this.#spare) return this.#received?.(count) ?? true
    const chunk = this.#spare.slice(0, count)
    if (this.#chunk !== undefined) return this.#chunk(chunk)
    this.#early.push(chunk)
    return true
  }
}
