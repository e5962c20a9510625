import { err, ok } from 'neverthrow'
import { ErrorNumber, type VirResult, virError } from '../errors/index.ts'
import type { ErrorOrigin } from './state-errors.ts'

const MiB = 1024 ** 2

/**
 * The speed of a block job in bytes a second.
 *
 * @param bandwidth - MiB a second, or bytes a second
 * @errors OVERFLOW when it does not fit in an integer
 */
export function blockJobSpeed(
  bandwidth: number,
  inBytes: boolean,
  { errorDomain }: ErrorOrigin,
): VirResult<number> {
  const speed = inBytes ? bandwidth : bandwidth * MiB
  if (Number.isSafeInteger(speed)) return ok(speed)
  const detail = `bandwidth must be less than ${Math.floor(Number.MAX_SAFE_INTEGER / MiB)}`
  return err(virError(ErrorNumber.OVERFLOW, errorDomain, detail))
}

/** The bandwidth as which a speed in bytes a second is reported; whole MiB are rounded up. */
export function blockJobBandwidth(speed: number, inBytes: boolean): number {
  return inBytes ? speed : Math.ceil(speed / MiB)
}
