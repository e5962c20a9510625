import { Errno, strerror } from '../../errors/index.ts'
import { NbdError, parseNbdUri } from '../../nbd/in-process.ts'

/** What the C library says of a host whose address cannot be found, by Node's code. */
const resolverTexts: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'Name or service not known'],
  ['EAI_AGAIN', 'Temporary failure in name resolution'],
])

/** Says in QEMU's words why an NBD export cannot be opened. */
export function nbdOpenError(uri: string, error: Error): Error {
  const description = unreachable(uri, error)
  return description === undefined ? error : new Error(description, { cause: error })
}

function unreachable(uri: string, error: Error): string | undefined {
  if (!(error instanceof NbdError) || error.kind !== 'unreachable') return undefined
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  // QEMU says this one of the path alone, before it connects; so does the client.
  if (code === 'ENAMETOOLONG' && cause instanceof Error) return cause.message
  const address = parseNbdUri(uri)
    .map(({ address: to }) => ('path' in to ? to.path : `${to.host}:${to.port}`))
    .unwrapOr(uri)
  const unresolved = resolverTexts.get(String(code))
  if (unresolved !== undefined) return `address resolution failed for ${address}: ${unresolved}`
  const known = Object.entries(Errno).find(([name]) => name === code)
  return known && `Failed to connect to '${address}': ${strerror(known[1])}`
}
