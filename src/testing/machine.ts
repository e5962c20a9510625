import { errAsync, ResultAsync } from 'neverthrow'
import type { HostPort } from '../drivers/test/index.ts'
import { ErrorDomain, ErrorNumber, type VirError, virError } from '../errors/index.ts'

/**
 * The machine that the tests run on, reached by Node's modules, which are loaded when they are first needed.
 *
 * @returns `undefined` in a browser
 */
export function thisMachine(): HostPort | undefined {
  if (typeof process === 'undefined' || process.versions.node === undefined) return undefined
  return {
    hostname: 'localhost',
    readFile: (path) => nodeHost().andThen((host) => host.readFile(path)),
    writeFile: (path, bytes) => nodeHost().andThen((host) => host.writeFile(path, bytes)),
    openNbdTarget: (uri, signal) =>
      nodeHost().andThen(
        (host) => host.openNbdTarget?.(uri, signal) ?? errAsync(noAccess('sockets')),
      ),
  }
}

function nodeHost(): ResultAsync<HostPort, VirError> {
  return ResultAsync.fromPromise(
    import('../node-host.ts').then((module) => module.nodeHost),
    (cause) => noAccess('files', cause),
  )
}

function noAccess(to: string, cause?: unknown): VirError {
  const detail = `no access to ${to}`
  return virError(ErrorNumber.OPERATION_UNSUPPORTED, ErrorDomain.TEST, detail, { cause })
}
