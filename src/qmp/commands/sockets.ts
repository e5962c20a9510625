/** QAPI `InetSocketAddress` (qapi/sockets.json). */
export interface InetSocketAddress {
  readonly host: string
  /** A string also for a number. */
  readonly port: string
  readonly numeric?: boolean
  /** The last port to try when listening. */
  readonly to?: number
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  readonly 'keep-alive'?: boolean
}

/** QAPI `UnixSocketAddress` (qapi/sockets.json). */
export interface UnixSocketAddress {
  readonly path: string
  readonly abstract?: boolean
  readonly tight?: boolean
}

/** QAPI `VsockSocketAddress` (qapi/sockets.json). */
export interface VsockSocketAddress {
  readonly cid: string
  readonly port: string
}

/** QAPI `String` (qapi/common.json): a file descriptor by number, or by the name that `getfd` gave it. */
export interface FdSocketAddress {
  readonly str: string
}

/** QAPI `SocketAddress` (qapi/sockets.json, since 2.9): flat. */
export type SocketAddress =
  | ({ readonly type: 'inet' } & InetSocketAddress)
  | ({ readonly type: 'unix' } & UnixSocketAddress)
  | ({ readonly type: 'vsock' } & VsockSocketAddress)
  | ({ readonly type: 'fd' } & FdSocketAddress)

/** QAPI `SocketAddressLegacy` (qapi/sockets.json): wrapped in `data`, as `nbd-server-start` and character devices have it. */
export type SocketAddressLegacy =
  | { readonly type: 'inet'; readonly data: InetSocketAddress }
  | { readonly type: 'unix'; readonly data: UnixSocketAddress }
  | { readonly type: 'vsock'; readonly data: VsockSocketAddress }
  | { readonly type: 'fd'; readonly data: FdSocketAddress }
