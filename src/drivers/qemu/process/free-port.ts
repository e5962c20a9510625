import { createServer } from 'node:net'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../../errors/index.ts'

/** Ports from the first to the last that may be used. */
export interface PortRange {
  readonly what: string
  readonly first: number
  readonly last: number
}

/** Finds a port that nobody listens at. @errors INTERNAL_ERROR when all are taken */
export function findFreePort(host: string, range: PortRange): VirResultAsync<number> {
  return ResultAsync.fromSafePromise<number | undefined, VirError>(firstFree(host, range)).andThen(
    (port) => {
      if (port !== undefined) return okAsync(port)
      const { what, first, last } = range
      const detail = `Unable to find an unused port in range '${what}' (${first}-${last})`
      return errAsync(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.NONE, detail))
    },
  )
}

async function firstFree(host: string, { first, last }: PortRange): Promise<number | undefined> {
  for (let port = first; port <= last; port++) {
    // oxlint-disable-next-line no-await-in-loop -- the first that is free ends the search
    if (await isFree(host, port)) return port
  }
  return undefined
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
