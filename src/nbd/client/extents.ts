import type { ResultAsync } from 'neverthrow'
import type { DescriptorList } from '../codec/block-status.ts'
import { ExtentJoiner, mergeContexts } from '../extent-merge.ts'
import type { NbdError } from '../nbd-error.ts'
import type { NbdExtent } from '../reader.ts'

/** Bytes that one block status request asks for: below 4 GiB, and a multiple of any block size. */
const WINDOW = 0xffff_0000
/** Requests for windows that are under way ahead of the one being walked. */
const AHEAD = 8

/** What a server said of a range, by context; each list may end before the range does. */
export interface WindowStatus {
  readonly name: string
  readonly descriptors: DescriptorList
}

/** Asks for the block status of a range of less than 4 GiB. */
export type AskStatus = (
  offset: number,
  length: number,
) => ResultAsync<readonly WindowStatus[], NbdError>

/**
 * Walks a range of any size in windows, of which a few are asked for ahead of time.
 *
 * What is held is bounded however the server cuts its replies: of each window ahead there is only the first one.
 *
 * @param names - The contexts that the extents tell
 */
export async function* walkExtents(
  ask: AskStatus,
  names: readonly string[],
  offset: number,
  end: number,
): AsyncGenerator<NbdExtent, void, undefined> {
  const joiner = new ExtentJoiner()
  for await (const batch of windows(ask, offset, end)) {
    const contexts = batch.status.filter(({ name }) => names.includes(name))
    for (const extent of mergeContexts(batch.offset, batch.end, contexts)) {
      const complete = joiner.add(extent)
      if (complete !== undefined) yield complete
    }
  }
  const last = joiner.finish()
  if (last !== undefined) yield last
}

/** What one reply says; all contexts reach up to `end`. */
interface Batch {
  readonly offset: number
  readonly end: number
  readonly status: readonly WindowStatus[]
}

interface Window {
  readonly offset: number
  readonly end: number
  readonly reply: ResultAsync<readonly WindowStatus[], NbdError>
}

async function* windows(
  ask: AskStatus,
  offset: number,
  end: number,
): AsyncGenerator<Batch, void, undefined> {
  const ahead: Window[] = []
  let next = offset
  while (next < end || ahead.length > 0) {
    while (next < end && ahead.length < AHEAD) {
      const until = Math.min(end, next - (next % WINDOW) + WINDOW)
      ahead.push({ offset: next, end: until, reply: ask(next, until - next) })
      next = until
    }
    const window = ahead.shift()
    if (window !== undefined) yield* replies(ask, window)
  }
}

/** Gives the replies for one window, and asks on as long as they end too early. */
async function* replies(ask: AskStatus, window: Window): AsyncGenerator<Batch, void, undefined> {
  let offset = window.offset
  let reply = window.reply
  for (;;) {
    const status = await reply
    if (status.isErr()) throw status.error
    const covered = Math.min(...status.value.map(({ descriptors }) => lengthOf(descriptors)))
    const end = Math.min(window.end, offset + covered)
    yield { offset, end, status: status.value }
    if (end >= window.end) return
    offset = end
    reply = ask(offset, window.end - offset)
  }
}

function lengthOf(descriptors: DescriptorList): number {
  let sum = 0
  for (let index = 0; index < descriptors.length; index++) sum += descriptors.lengthAt(index)
  return sum
}
