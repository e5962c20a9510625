/**
 * How the test driver reaches the machine when it runs in Node.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { ResultAsync } from 'neverthrow'
import type { HostPort } from './drivers/test/index.ts'
import { ErrorDomain, errnoOf, systemError, type VirError } from './errors/index.ts'

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
}

function failed(text: string): (cause: unknown) => VirError {
  return (cause) => systemError(ErrorDomain.TEST, errnoOf(cause), text, { cause })
}
