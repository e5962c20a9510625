import { errAsync, okAsync } from 'neverthrow'
import type { VirResult, VirResultAsync } from '../errors/index.ts'

/** Hands a result out that is already there. */
export function settled<T>(result: VirResult<T>): VirResultAsync<T> {
  return result.isOk() ? okAsync(result.value) : errAsync(result.error)
}
