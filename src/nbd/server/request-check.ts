import { NbdCommand, NbdCommandFlags, NbdErrno } from '../codec/constants.ts'
import type { NbdRequest } from '../codec/request.ts'
import { nbdRefusal, type NbdError } from '../nbd-error.ts'
import { NBD_DEFAULT_BLOCK_SIZE, type NbdExport } from './export.ts'
import type { SessionTerms } from './negotiation.ts'

const Cmd = NbdCommand
const Flags = NbdCommandFlags

const commandNames: Readonly<Record<number, string>> = {
  [Cmd.READ]: 'read',
  [Cmd.WRITE]: 'write',
  [Cmd.DISC]: 'disconnect',
  [Cmd.FLUSH]: 'flush',
  [Cmd.TRIM]: 'trim',
  [Cmd.CACHE]: 'cache',
  [Cmd.WRITE_ZEROES]: 'write zeroes',
  [Cmd.BLOCK_STATUS]: 'block status',
}

/** Says why a request cannot have its payload at all; its connection cannot go on when it is a write. */
export function payloadProblem(request: NbdRequest, source: NbdExport): NbdError | undefined {
  const { command, length } = request
  const { maximum } = source.blockSize ?? NBD_DEFAULT_BLOCK_SIZE
  if (command !== Cmd.READ && command !== Cmd.WRITE && command !== Cmd.CACHE) return undefined
  if (length <= maximum) return undefined
  return invalid(`len (${length} ) is larger than max len (${maximum})`)
}

/**
 * Says why an export refuses a request, or `undefined` for one that may be tried.
 *
 * Order, texts and `EINVAL` throughout are those of QEMU 7.2 (nbd.md, "Commands").
 */
export function requestProblem(request: NbdRequest, terms: SessionTerms): NbdError | undefined {
  const source = terms.export
  return (
    payloadProblem(request, source) ??
    writeProblem(request, source) ??
    rangeProblem(request, source) ??
    flagsProblem(request, terms) ??
    commandProblem(request, terms)
  )
}

function writeProblem({ command }: NbdRequest, source: NbdExport): NbdError | undefined {
  const writes = command === Cmd.WRITE || command === Cmd.WRITE_ZEROES || command === Cmd.TRIM
  return writes && source.write === undefined ? invalid('Export is read-only') : undefined
}

function rangeProblem(
  { command, offset, length }: NbdRequest,
  source: NbdExport,
): NbdError | undefined {
  const size = BigInt(source.size)
  if (offset > size || BigInt(length) > size - offset) {
    return invalid(`operation past EOF; From: ${offset}, Len: ${length}, Size: ${size}`)
  }
  const { minimum } = source.blockSize ?? NBD_DEFAULT_BLOCK_SIZE
  if (command === Cmd.FLUSH || minimum === 1) return undefined
  const aligned = length % minimum === 0 && offset % BigInt(minimum) === 0n
  return aligned ? undefined : invalid(`request is not aligned to ${minimum}`)
}

function flagsProblem({ command, flags }: NbdRequest, terms: SessionTerms): NbdError | undefined {
  if ((flags & ~validFlags(command, terms)) === 0) return undefined
  const name = commandNames[command] ?? '<unknown>'
  return invalid(`unsupported flags for command ${name} (got 0x${flags.toString(16)})`)
}

function validFlags(command: number, terms: SessionTerms): number {
  switch (command) {
    case Cmd.READ:
      return terms.structured ? Flags.FUA | Flags.DF : Flags.FUA
    case Cmd.WRITE_ZEROES:
      return Flags.FUA | Flags.NO_HOLE | Flags.FAST_ZERO
    case Cmd.BLOCK_STATUS:
      return Flags.FUA | Flags.REQ_ONE
    default:
      return Flags.FUA
  }
}

function commandProblem(
  { command, length }: NbdRequest,
  terms: SessionTerms,
): NbdError | undefined {
  const source = terms.export
  if (command === Cmd.BLOCK_STATUS) {
    if (length === 0) return invalid('need non-zero length')
    return terms.contexts.length === 0 ? invalid('CMD_BLOCK_STATUS not negotiated') : undefined
  }
  const known =
    command in commandNames &&
    (command !== Cmd.TRIM || source.trim !== undefined) &&
    (command !== Cmd.WRITE_ZEROES || source.zero !== undefined)
  return known ? undefined : invalid(`invalid request type (${command}) received`)
}

function invalid(message: string): NbdError {
  return nbdRefusal(NbdErrno.EINVAL, message)
}
