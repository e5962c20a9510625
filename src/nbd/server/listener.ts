import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { dirname } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { err, ok, type Result, ResultAsync } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import type { NbdListenAddress, NbdListener, NbdServerTls } from './server.ts'
import { socketPathProblem } from '../socket-path.ts'
import { SocketTransport, type SecureSocket } from '../socket-transport.ts'
import type { NbdTransport } from '../transport.ts'

/**
 * Listens on a socket, and gives each client's connection to `accept`.
 *
 * @errors `unreachable` when the address cannot be had
 */
export function listenOnSocket(
  address: NbdListenAddress,
  tls: NbdServerTls | undefined,
  accept: (transport: NbdTransport) => void,
): ResultAsync<NbdListener, NbdError> {
  const secure = tls === undefined ? undefined : serverSide(tls)
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    accept(new SocketTransport(socket, undefined, secure))
  })
  return new ResultAsync(listening(server, address)).map((taken) => ({
    address: taken,
    close: () => closing(server, taken),
  }))
}

function listening(
  server: Server,
  address: NbdListenAddress,
): Promise<Result<NbdListenAddress, NbdError>> {
  return new Promise((resolve) => {
    const fail = (reported: unknown): void => {
      const cause = 'path' in address ? trueCause(reported, address.path) : reported
      const where =
        'path' in address ? address.path : `${address.host ?? 'localhost'}:${address.port}`
      resolve(err(new NbdError('unreachable', `Cannot listen on ${where}`, { cause })))
    }
    server.once('error', fail)
    server.once('listening', () => {
      server.off('error', fail)
      // A failure to accept one connection, such as too many open files, is not the end of the others.
      server.on('error', () => {})
      resolve(ok(takenAddress(server, address)))
    })
    try {
      if ('path' in address) listenOnPath(server, address.path)
      else server.listen({ host: address.host ?? 'localhost', port: address.port })
    } catch (cause) {
      fail(cause)
    }
  })
}

/** Node's socket library says EACCES of a folder that is not there, because Windows does. */
function trueCause(reported: unknown, path: string): unknown {
  const isDenied = reported instanceof Error && 'code' in reported && reported.code === 'EACCES'
  if (!isDenied || existsSync(dirname(path))) return reported
  return Object.assign(new Error(`no folder for ${path}`, { cause: reported }), { code: 'ENOENT' })
}

/** Binds a Unix socket that nobody else can connect to, not even before its mode could be changed. */
function listenOnPath(server: Server, path: string): void {
  const problem = socketPathProblem(path)
  if (problem !== undefined) throw problem
  const abstract = path.startsWith('\0')
  if (!abstract) removeSocket(path)
  // Worker threads cannot change the mask; there the socket is open to others for a few microseconds.
  const mask = isMainThread ? process.umask(0o177) : undefined
  try {
    server.listen({ path })
  } finally {
    if (mask !== undefined) process.umask(mask)
  }
  if (!abstract && server.listening) chmodSync(path, 0o600)
}

function removeSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isSocket() === true) unlinkSync(path)
}

function takenAddress(server: Server, address: NbdListenAddress): NbdListenAddress {
  const taken = server.address()
  if (taken === null || typeof taken === 'string' || 'path' in address) return address
  return { host: address.host ?? 'localhost', port: taken.port }
}

function closing(server: Server, address: NbdListenAddress): ResultAsync<void, NbdError> {
  return new ResultAsync(
    new Promise((resolve) => {
      // Connections are closed by the sessions; waiting for them here could be for ever.
      server.close()
      if ('path' in address && !address.path.startsWith('\0')) {
        try {
          removeSocket(address.path)
        } catch (cause) {
          const message = `Cannot remove ${address.path}`
          resolve(err(new NbdError('file', message, { cause })))
          return
        }
      }
      resolve(ok(undefined))
    }),
  )
}

/** Makes what turns an accepted socket into a TLS one. */
function serverSide(tls: NbdServerTls): SecureSocket {
  const verify = tls.verifyClient !== false
  return (socket) =>
    ResultAsync.fromPromise(
      new Promise<Socket>((resolve, reject) => {
        // A server of its own for each connection: only so does Node check the client's certificate.
        const server = createTlsServer({
          cert: tls.cert,
          key: tls.key,
          ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
          ...(tls.ca !== undefined && { ca: tls.ca }),
          requestCert: verify,
          rejectUnauthorized: verify,
        })
        server.once('secureConnection', resolve)
        server.once('tlsClientError', reject)
        socket.once('close', () => reject(new Error('Connection closed')))
        server.emit('connection', socket)
      }),
      (cause) => new NbdError('unreachable', 'TLS handshake failed', { cause }),
    )
}
