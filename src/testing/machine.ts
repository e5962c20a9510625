import { ResultAsync } from 'neverthrow'
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
  }
}

function nodeHost(): ResultAsync<HostPort, VirError> {
  return ResultAsync.fromPromise(
    import('../node-host.ts').then(({ nodeHost: host }) => host),
    (cause) =>
      virError(ErrorNumber.OPERATION_UNSUPPORTED, ErrorDomain.TEST, 'no access to files', {
        cause,
      }),
  )
}
