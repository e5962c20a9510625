import { err, errAsync, ok, okAsync, ResultAsync, type Result } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import type { NbdTransport } from '../transport.ts'
import { formatNbdUri } from '../uri.ts'
import { checkExport, type NbdExport } from './export.ts'
import { ServerSession } from './session.ts'

/** Where a server listens: a Unix socket, which gets mode 0600, or a TCP address. */
export type NbdListenAddress =
  | { readonly path: string }
  | {
      /** `localhost` by default. */
      readonly host?: string
      /** 0 takes a free one. */
      readonly port: number
    }

/** Certificate and key of a server, as text in PEM. */
export interface NbdServerTls {
  readonly cert: string
  readonly key: string
  /** Opens the key, where it is encrypted. */
  readonly passphrase?: string
  /** The authorities whose clients are let in; needed unless `verifyClient` is false. */
  readonly ca?: string
  /** Whether clients must show a certificate that `ca` signed; true by default, as in QEMU. */
  readonly verifyClient?: boolean
}

/** How a server treats its clients. */
export interface NbdServerOptions {
  readonly exports?: readonly NbdExport[]
  /** Makes TLS a must: no option but STARTTLS is served without it. */
  readonly tls?: NbdServerTls
  /** Clients at a time; one more is turned away. 100 by default. */
  readonly maxConnections?: number
  /** Milliseconds for a client's handshake, with TLS; 10,000 by default. */
  readonly handshakeTimeoutMs?: number
  /** Hears of each client that is gone, with the reason unless it took its leave or the server closed. */
  readonly onDisconnect?: (reason: NbdError | undefined) => void
}

/** A place where a server listens, as the server needs it. */
export interface NbdListener {
  readonly address: NbdListenAddress
  /** Stops listening, and removes the socket file. */
  close(): ResultAsync<void, NbdError>
}

/**
 * Serves exports to any number of clients.
 *
 * Connections are served alike wherever they come from: {@link listen} takes them from a socket, {@link accept} takes
 * any transport. Nothing a client sends makes the server throw; what breaks the protocol ends that connection.
 */
export class NbdServer {
  readonly #options: NbdServerOptions
  readonly #exports = new Map<string, NbdExport>()
  readonly #sessions = new Set<ServerSession>()
  readonly #listeners = new Set<NbdListener>()
  #closed = false

  private constructor(options: NbdServerOptions) {
    this.#options = options
  }

  /**
   * Makes a server that does not listen yet.
   *
   * @errors `invalid` for an export that the protocol cannot describe, or two of one name
   */
  static create(options: NbdServerOptions = {}): Result<NbdServer, NbdError> {
    if (!isObject(options)) return err(new NbdError('invalid', 'The options must be an object'))
    const { tls } = options
    if (tls !== undefined && tls.verifyClient !== false && tls.ca === undefined) {
      return err(new NbdError('invalid', 'Verifying clients needs the certificate of an authority'))
    }
    const server = new NbdServer(options)
    for (const source of options.exports ?? []) {
      const added = server.addExport(source)
      if (added.isErr()) return err(added.error)
    }
    return ok(server)
  }

  /**
   * Makes a server and lets it listen.
   *
   * @errors `unreachable` when the address cannot be had
   */
  static listen(
    address: NbdListenAddress,
    options: NbdServerOptions = {},
  ): ResultAsync<NbdServer, NbdError> {
    return NbdServer.create(options).asyncAndThen((server) =>
      server.listen(address).map(() => server),
    )
  }

  /** The exports, in the order in which they were added. */
  get exports(): readonly NbdExport[] {
    return [...this.#exports.values()]
  }

  /** Clients that are connected. */
  get connections(): number {
    return this.#sessions.size
  }

  /** Where the server listens; a TCP port is the one that was taken. */
  get addresses(): readonly NbdListenAddress[] {
    return [...this.#listeners].map(({ address }) => address)
  }

  /** Gives the URI under which a client reaches an export; `undefined` while the server does not listen. */
  uri(exportName: string): string | undefined {
    const [address] = this.addresses
    if (address === undefined) return undefined
    return formatNbdUri({ ...address, exportName, secure: this.#options.tls !== undefined })
  }

  /**
   * Offers one more export, to clients that connect from now on.
   *
   * @errors `invalid` for an export that the protocol cannot describe, or whose name is taken
   */
  addExport(source: NbdExport): Result<void, NbdError> {
    if (this.#exports.has(source.name)) {
      return err(new NbdError('invalid', `Export '${source.name}' exists already`))
    }
    return checkExport(source).map(() => {
      this.#exports.set(source.name, source)
    })
  }

  /**
   * Withdraws an export, and disconnects the clients that use it.
   *
   * @returns Whether there was one of that name
   */
  removeExport(name: string): boolean {
    const source = this.#exports.get(name)
    if (source === undefined) return false
    this.#exports.delete(name)
    for (const session of this.#sessions) {
      if (session.export === source) session.disconnect()
    }
    return true
  }

  /**
   * Listens at one more address.
   *
   * A socket file that exists already is replaced, as QEMU does; a file of another kind is left alone.
   *
   * @errors `unreachable` when the address cannot be had
   */
  listen(address: NbdListenAddress): ResultAsync<NbdListenAddress, NbdError> {
    if (!isObject(address)) {
      return errAsync(new NbdError('invalid', 'The address to listen at must be an object'))
    }
    return new ResultAsync(this.#listen(address))
  }

  /** Serves a client over any transport; one too many is turned away. */
  accept(transport: NbdTransport): void {
    if (this.#closed || this.#sessions.size >= (this.#options.maxConnections ?? 100)) {
      transport.destroy()
      return
    }
    const host = {
      tls: this.#options.tls !== undefined,
      handshakeTimeoutMs: this.#options.handshakeTimeoutMs ?? 10_000,
      exports: () => this.exports,
      find: (name: string) => this.#exports.get(name),
    }
    const session = new ServerSession(host, transport, (reason) => {
      this.#sessions.delete(session)
      this.#options.onDisconnect?.(reason)
    })
    this.#sessions.add(session)
    session.begin()
  }

  /**
   * Stops listening and disconnects all clients, without waiting for their requests, as QEMU does.
   *
   * Closing twice is fine.
   */
  close(): ResultAsync<void, NbdError> {
    this.#closed = true
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const session of this.#sessions) session.disconnect()
    if (listeners.length === 0) return okAsync(undefined)
    return ResultAsync.combine(listeners.map((listener) => listener.close())).map(() => undefined)
  }

  /** Closes it, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #listen(address: NbdListenAddress): Promise<Result<NbdListenAddress, NbdError>> {
    // Loaded when needed, so that a server over other transports runs where there are no sockets.
    const { listenOnSocket } = await import('./listener.ts')
    const listener = await listenOnSocket(address, this.#options.tls, (transport) => {
      this.accept(transport)
    })
    if (listener.isErr()) return err(listener.error)
    if (this.#closed) {
      await listener.value.close()
      return err(new NbdError('unreachable', 'Server was closed'))
    }
    this.#listeners.add(listener.value)
    return ok(listener.value.address)
  }
}

/** Plain JavaScript may pass anything. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
