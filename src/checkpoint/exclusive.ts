import { ResultAsync } from 'neverthrow'
import type { VirError, VirResultAsync } from '../errors/index.ts'

/** Runs operations one after the other, in the order in which they are asked for. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs an operation when those before it have settled. It must not wait for another one of its own. */
  run<T>(operation: () => VirResultAsync<T>): VirResultAsync<T> {
    const result = this.#last.then(operation)
    // A defect in one operation is its own caller's to see.
    this.#last = result.then(
      () => undefined,
      () => undefined,
    )
    return new ResultAsync<T, VirError>(result)
  }
}
