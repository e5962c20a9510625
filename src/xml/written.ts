/** The way out of writing: what throws below it comes out as an error. @module */
import { Result } from 'neverthrow'
import { badArgument, ErrorDomain, VirError } from '../errors/index.ts'
import type { VirResult } from '../errors/index.ts'

/**
 * Gives what `write` gives. Writers throw where they find what XML cannot hold, because that can be in any text, however
 * deep; and a value that is no definition, which only plain JavaScript can give, stops them wherever they miss something.
 *
 * @param functionName - The writer, for messages
 */
export function written<T>(functionName: string, write: () => T): VirResult<T> {
  const fn = { name: functionName, errorDomain: ErrorDomain.XML }
  return Result.fromThrowable(write, (cause) =>
    cause instanceof VirError
      ? cause
      : badArgument(fn, 'def', `def in ${functionName} must be a definition`, { cause }),
  )()
}
