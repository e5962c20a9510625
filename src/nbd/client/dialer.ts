import { readFile } from 'node:fs/promises'
import { connect, isIP, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import type { NbdClientTls, NbdDial } from './options.ts'
import { NbdError } from '../nbd-error.ts'
import { socketPathProblem } from '../socket-path.ts'
import { DirectReceiver, SocketTransport, type SecureSocket } from '../socket-transport.ts'
import type { NbdTransport } from '../transport.ts'
import type { NbdUri } from '../uri.ts'

/**
 * Makes what connects to the server of a URI.
 *
 * @param tls - Present when TLS is wanted; files that the URI names are read here
 */
export function socketDialer(
  uri: NbdUri,
  tls: NbdClientTls | undefined,
): ResultAsync<NbdDial, NbdError> {
  if (tls === undefined) return okAsync((signal) => dial(uri, signal, undefined))
  return certificatesOf(uri).map((files) => {
    const secure = clientSide(uri, { ...files, ...tls })
    return (signal) => dial(uri, signal, secure)
  })
}

function dial(
  { address }: NbdUri,
  signal: AbortSignal,
  secure: SecureSocket | undefined,
): ResultAsync<NbdTransport, NbdError> {
  const where = 'path' in address ? address.path : `${address.host}:${address.port}`
  return ResultAsync.fromPromise(
    new Promise<NbdTransport>((resolve, reject) => {
      // Bytes of a TLS connection arrive decrypted, by events; only plain ones can go straight to their place.
      const direct = secure === undefined ? new DirectReceiver() : undefined
      const onread = direct === undefined ? {} : { onread: direct.options }
      const problem = 'path' in address ? socketPathProblem(address.path) : undefined
      if (problem !== undefined) throw problem
      const socket = connect({ ...address, ...onread })
      const abort = (): void => void socket.destroy(new Error('Aborted'))
      signal.addEventListener('abort', abort, { once: true })
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('Connection closed')))
      socket.once('connect', () => {
        signal.removeEventListener('abort', abort)
        socket.setNoDelay(true)
        resolve(new SocketTransport(socket, direct, secure))
      })
      if (signal.aborted) abort()
    }),
    (cause) => new NbdError('unreachable', `Cannot connect to ${where}`, { cause }),
  )
}

/** Makes what turns a connected socket into a TLS one. */
function clientSide({ address, tls: fromUri }: NbdUri, tls: NbdClientTls): SecureSocket {
  const host = tls.hostname ?? fromUri.hostname ?? ('host' in address ? address.host : 'localhost')
  return (socket) =>
    ResultAsync.fromPromise(
      new Promise<Socket>((resolve, reject) => {
        const secured = connectTls({
          socket,
          host,
          // The name of a server may be sent to it, its address may not.
          ...(isIP(host) === 0 && { servername: host }),
          ...(tls.ca !== undefined && { ca: tls.ca }),
          ...(tls.cert !== undefined && { cert: tls.cert }),
          ...(tls.key !== undefined && { key: tls.key }),
          rejectUnauthorized: tls.verifyPeer ?? fromUri.verifyPeer ?? true,
        })
        secured.once('secureConnect', () => resolve(secured))
        secured.once('error', reject)
        secured.once('close', () => reject(new Error('Connection closed')))
      }),
      (cause) => new NbdError('unreachable', 'TLS handshake failed', { cause }),
    )
}

function certificatesOf({ tls }: NbdUri): ResultAsync<NbdClientTls, NbdError> {
  const directory = tls.certificates
  if (directory === undefined) return okAsync({})
  return readCertificates(directory, 'client').map(({ ca, cert, key }) => ({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }))
}

/** The contents of a directory of certificates; a file that does not exist is `undefined`. */
export interface NbdCertificates {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/**
 * Reads a directory of certificates as QEMU, libvirt and libnbd lay it out: `ca-cert.pem`, `server-cert.pem` and
 * `server-key.pem`, or `client-…`.
 *
 * @errors `file` for one that exists and cannot be read, and when there is none at all; `invalid` for a directory that is no
 * string
 */
export function readCertificates(
  directory: string,
  side: 'client' | 'server',
): ResultAsync<NbdCertificates, NbdError> {
  if (typeof directory !== 'string') {
    return errAsync(new NbdError('invalid', 'The directory of certificates must be a string'))
  }
  const names = ['ca-cert.pem', `${side}-cert.pem`, `${side}-key.pem`]
  return ResultAsync.combine(names.map((name) => readOptional(join(directory, name)))).andThen(
    ([ca, cert, key]) =>
      ca === undefined && cert === undefined && key === undefined
        ? errAsync(new NbdError('file', `No certificates in ${directory}`))
        : okAsync({ ca, cert, key }),
  )
}

function readOptional(path: string): ResultAsync<string | undefined, NbdError> {
  return ResultAsync.fromPromise(
    readFile(path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }),
    (cause) => new NbdError('file', `Cannot read ${path}`, { cause }),
  )
}
