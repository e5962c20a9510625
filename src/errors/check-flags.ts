import { err, ok } from 'neverthrow'
import { unsupportedFlags } from './compose.ts'
import type { ErrorDomain } from './error-domain.ts'
import type { VirResult } from './result.ts'

/**
 * Refuses flag bits that a driver function does not know; libvirt's `virCheckFlags`.
 *
 * @param supported - All bits that the function knows
 * @param driverFunction - The C function of the driver, which the message names
 */
export function checkFlags(
  flags: number,
  supported: number,
  driverFunction: string,
  domain: ErrorDomain,
): VirResult<void> {
  const unknown = (flags & ~supported) >>> 0
  return unknown === 0 ? ok(undefined) : err(unsupportedFlags(domain, driverFunction, unknown))
}
