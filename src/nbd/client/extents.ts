import type { ResultAsync } from 'neverthrow'
import type { DescriptorList } from '../codec/block-status.ts'
import { ExtentJoiner, mergeContexts } from '../extent-merge.ts'
import type { NbdError } from '../nbd-error.ts'
import type { NbdExtent } from '../reader.ts'

/** Bytes that one block status request asks for: below 4 GiB, and a multiple of any block size. */
const WINDOW = 0xffff_0000
/** Requests for windows that are under way ahead of the one being walked. */
const AHEAD = 16

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
export function walkExtents(
  ask: AskStatus,
  names: readonly string[],
  offset: number,
  end: number,
): AsyncIterableIterator<NbdExtent> {
  return new BatchedIterator(extentBatches(ask, names, offset, end))
}

/** Gives extents by the reply that they came in. */
async function* extentBatches(
  ask: AskStatus,
  names: readonly string[],
  offset: number,
  end: number,
): AsyncGenerator<Iterable<NbdExtent>, void, undefined> {
  const joiner = new ExtentJoiner()
  for await (const batch of windows(ask, offset, end)) {
    const contexts = batch.status.filter(({ name }) => names.includes(name))
    yield joiner.addAll(mergeContexts(batch.offset, batch.end, contexts))
  }
  const last = joiner.finish()
  if (last !== undefined) yield [last]
}

/**
 * Gives the items of batches one by one.
 *
 * An async generator would do the same with three turns of the microtask queue for each item in place of one, and there
 * can be millions of them.
 */
class BatchedIterator<T> implements AsyncIterableIterator<T> {
  readonly #batches: AsyncIterator<Iterable<T>>
  #batch: Iterator<T> | undefined
  /** Calls wait for the ones before them, as with a generator. */
  #refilling: Promise<unknown> = Promise.resolve()
  #refills = 0

  constructor(batches: AsyncIterator<Iterable<T>>) {
    this.#batches = batches
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#refills > 0) return this.#track(this.#refilling.then(() => this.#refill()))
    const item = this.#batch?.next()
    if (item?.done === false) return Promise.resolve({ done: false, value: item.value })
    return this.#track(this.#refill())
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#batch = undefined
    await this.#batches.return?.()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #track(next: Promise<IteratorResult<T, undefined>>): Promise<IteratorResult<T, undefined>> {
    this.#refills++
    this.#refilling = next.then(
      () => this.#refills--,
      () => this.#refills--,
    )
    return next
  }

  async #refill(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const item = this.#batch?.next()
      if (item?.done === false) return { done: false, value: item.value }
      const batch = await this.#batches.next()
      if (batch.done === true) {
        this.#batch = undefined
        return { done: true, value: undefined }
      }
      this.#batch = batch.value[Symbol.iterator]()
    }
  }
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
