import type { Err, Result } from 'neverthrow'
import { err, ok, ResultAsync } from 'neverthrow'
import type { VirError } from './vir-error.ts'

/** What a call gives that answers at once: a value or a {@link VirError}. */
export type VirResult<T> = Result<T, VirError>

/** What a call gives that waits; it settles once and never rejects. */
export type VirResultAsync<T> = ResultAsync<T, VirError>

/**
 * The steps that `safeTry` runs, as a generator function of its own: `safeTry(() => defineSteps(world, xml))`.
 *
 * For calls that are made often. V8 makes a hidden class for each generator closure that is called, in the old generation:
 * that takes longer than the steps, and keeps all that the closure sees until the next full collection, so that V8 comes to
 * believe that such things live long, and puts them into the old generation from the start.
 */
export type VirSteps<T> = Generator<Err<never, VirError>, VirResult<T>>

/** The same for steps that wait. */
export type VirStepsAsync<T> = AsyncGenerator<Err<never, VirError>, VirResult<T>>

/**
 * Gives the value of a result, or throws its error: for callers that prefer exceptions.
 *
 * @example `const connection = unwrap(await open('test:///default'))`
 */
export function unwrap<T, E>(result: Result<T, E>): T {
  if (result.isOk()) return result.value
  // oxlint-disable-next-line typescript/only-throw-error -- E is an Error class wherever virtdriver returns one
  throw result.error
}

/**
 * Acquires something, uses it, and releases it on every path.
 *
 * Use this and never `finally` inside `safeTry`: neverthrow 8.2.0 does not resume the generator after an error, so
 * its `finally` blocks do not run.
 *
 * @param release - Runs after `use` settled, however it did; its own error is given only when `use` succeeded
 */
export function bracket<R, T, E>(
  acquire: () => ResultAsync<R, E>,
  use: (resource: R) => ResultAsync<T, E>,
  release: (resource: R) => ResultAsync<void, E>,
): ResultAsync<T, E> {
  return acquire().andThen((resource) => new ResultAsync(useThenRelease(resource, use, release)))
}

async function useThenRelease<R, T, E>(
  resource: R,
  use: (resource: R) => ResultAsync<T, E>,
  release: (resource: R) => ResultAsync<void, E>,
): Promise<Result<T, E>> {
  const used = await use(resource)
  const released = await release(resource)
  if (used.isErr()) return err(used.error)
  return released.isErr() ? err(released.error) : ok(used.value)
}
