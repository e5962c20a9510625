import { err, ok, type Result } from 'neverthrow'
import { BlockStatusChunk, type NbdDescriptor } from '../codec/block-status.ts'
import { NBD_BASE_ALLOCATION, NbdAllocationFlags, NbdErrno } from '../codec/constants.ts'
import { nbdRefusal, type NbdError } from '../nbd-error.ts'
import type { NbdAnswer, NbdExport } from './export.ts'

/** QEMU's limit on the descriptors of one reply: 1 MiB of them. */
const MAX_REPLY_DESCRIPTORS = 0x2_0000

/** A part of a read: bytes of data, or zeroes that need not be read. */
export interface ReadPart {
  readonly offset: number
  readonly length: number
  readonly zero: boolean
}

/** Asks an export, and answers `EIO` in its place when it throws or rejects. */
export function ask<T>(
  question: () => NbdAnswer<T>,
  then: (answer: Result<T, NbdError>) => void,
): void {
  let answer: NbdAnswer<T>
  try {
    answer = question()
  } catch (error) {
    then(err(broken(error)))
    return
  }
  if ('then' in answer) answer.then(then, (error: unknown) => then(err(broken(error))))
  else then(answer)
}

/** Like {@link ask}, for one who can wait. */
export function asked<T>(question: () => NbdAnswer<T>): Promise<Result<T, NbdError>> {
  return new Promise((resolve) => ask(question, resolve))
}

/** Asks an export for its descriptors of a range; `base:allocation` of one that cannot say is all data. */
export function describe(
  source: NbdExport,
  context: string,
  offset: number,
  length: number,
): NbdAnswer<Iterable<NbdDescriptor>> {
  if (source.extents === undefined) {
    if (context === NBD_BASE_ALLOCATION) return ok([{ length, flags: 0 }])
    return err(nbdRefusal(NbdErrno.EIO, `no extents for context ${context}`))
  }
  return source.extents(context, offset, length)
}

/**
 * Divides a read into data and zeroes by what `base:allocation` says.
 *
 * @errors `refused` with `EIO` when walking the list throws
 */
export function readParts(
  descriptors: Iterable<NbdDescriptor>,
  offset: number,
  length: number,
): Result<readonly ReadPart[], NbdError> {
  const parts: { offset: number; length: number; zero: boolean }[] = []
  const end = offset + length
  let at = offset
  const add = (until: number, zero: boolean): boolean => {
    const last = parts.at(-1)
    if (last !== undefined && last.zero === zero) last.length += until - at
    else parts.push({ offset: at, length: until - at, zero })
    at = until
    return at < end
  }
  const walked = walk(descriptors, (descriptor) => {
    const until = Math.min(end, at + descriptor.length)
    return until <= at || add(until, (descriptor.flags & NbdAllocationFlags.ZERO) !== 0)
  })
  if (walked.isErr()) return err(walked.error)
  // What is not described is read: nothing may be taken for zeroes without being said to be.
  if (at < end) add(end, false)
  return ok(parts)
}

/**
 * Fills a block status chunk with what an export says of a range; nothing beyond the range is told.
 *
 * @errors `refused` with `EIO` when the list is empty or walking it throws
 */
export function statusChunk(
  descriptors: Iterable<NbdDescriptor>,
  length: number,
  onlyOne: boolean,
): Result<BlockStatusChunk, NbdError> {
  const chunk = new BlockStatusChunk(onlyOne ? 1 : MAX_REPLY_DESCRIPTORS)
  return walk(descriptors, (descriptor) => {
    const size = Math.min(length - chunk.covered, descriptor.length)
    return size <= 0 || (chunk.add(size, descriptor.flags) && chunk.covered < length)
  }).andThen(() => {
    // An empty answer must not become "clean" or "data": the client would believe it.
    return chunk.covered > 0 ? ok(chunk) : err(nbdRefusal(NbdErrno.EIO, 'no extents'))
  })
}

/** Walks a list while `visit` wants more; a list may be lazy, and so fail like any call into the export. */
function walk<T>(list: Iterable<T>, visit: (item: T) => boolean): Result<void, NbdError> {
  try {
    for (const item of list) if (!visit(item)) break
    return ok(undefined)
  } catch (error) {
    return err(broken(error))
  }
}

function broken(error: unknown): NbdError {
  const text = error instanceof Error ? error.message : String(error)
  return nbdRefusal(NbdErrno.EIO, `export failed: ${text}`)
}
