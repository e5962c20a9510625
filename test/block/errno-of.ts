import type { BlockResult } from '../../src/block/index.ts'
import type { Errno } from '../../src/errors/index.ts'

/** The errno that a request failed with, or `ok`. */
export function errnoOf(result: BlockResult<unknown>): Errno | undefined | 'ok' {
  return result.isErr() ? result.error.errno : 'ok'
}
