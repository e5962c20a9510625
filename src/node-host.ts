/**
 * How the test driver reaches the machine when it runs in Node.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import type { HostPort, NbdTarget } from './drivers/test/index.ts'
import { Errno, ErrorDomain, errnoOf, systemError, type VirError } from './errors/index.ts'
import { NbdClient, NbdError } from './nbd/index.ts'

/** Files and name of the machine, by Node's own modules. */
export const nodeHost: HostPort = {
  hostname: hostname(),
  readFile: (path) => ResultAsync.fromPromise(readFile(path), failed(`cannot read '${path}'`)),
  writeFile: (path, bytes) =>
    // Only the owner may read what a hypervisor writes.
    ResultAsync.fromPromise(
      writeFile(path, bytes, { mode: 0o600 }),
      failed(`cannot write '${path}'`),
    ),
  openNbdTarget: (uri, signal) =>
    NbdClient.connect(uri, signal && { signal }).andThen((client) => {
      if (!client.readOnly) return okAsync(targetOf(client))
      const refused = new NbdError('refused', 'Could not open image: Permission denied')
      return client.close().andThen(() => errAsync(refused))
    }),
}

function targetOf(client: NbdClient): NbdTarget {
  return {
    target: {
      size: client.size,
      write: (offset, bytes) => client.write(offset, bytes).mapErr(ioFailed),
      writeZeroes: (offset, length) => client.zero(offset, length).mapErr(ioFailed),
    },
    close: () => {
      void client.flush().andThen(() => client.close())
    },
  }
}

/** A failed request as the block layer knows it: by its errno. */
function ioFailed(cause: NbdError): VirError {
  const errno = Object.values(Errno).find((each) => each === cause.errno) ?? Errno.EIO
  return systemError(ErrorDomain.TEST, errno, undefined, { cause })
}

function failed(text: string): (cause: unknown) => VirError {
  return (cause) => systemError(ErrorDomain.TEST, errnoOf(cause), text, { cause })
}
