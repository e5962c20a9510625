/**
 * The errors of a guest's agent, in the words of libvirt 9.0's QEMU driver.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { ErrorNumber, type VirError, virError, type VirResult } from '../errors/index.ts'
import type { ErrorOrigin } from './state-errors.ts'

/** The error of a domain whose definition has no channel for an agent. */
export function agentNotConfigured({ errorDomain }: ErrorOrigin): VirError {
  const detail = 'QEMU guest agent is not configured'
  return virError(ErrorNumber.ARGUMENT_UNSUPPORTED, errorDomain, detail)
}

const silences = {
  absent: 'QEMU guest agent is not connected',
  silent: 'Guest agent not available for now',
  gone: 'Guest agent disappeared while executing command',
} as const

/**
 * The error of an agent that does not answer.
 *
 * @param how - No agent has opened the channel, one has and says nothing in time, or it went away before it answered
 */
export function agentUnresponsive(
  { errorDomain }: ErrorOrigin,
  how: keyof typeof silences,
  cause?: unknown,
): VirError {
  return virError(ErrorNumber.AGENT_UNRESPONSIVE, errorDomain, silences[how], { cause })
}

/** The error of a command that an agent has refused, with the agent's own description. */
export function agentRefused(
  { errorDomain }: ErrorOrigin,
  { command, desc }: { readonly command: string; readonly desc: string },
  cause?: unknown,
): VirError {
  const detail = `unable to execute QEMU agent command '${command}': ${desc}`
  return virError(ErrorNumber.INTERNAL_ERROR, errorDomain, detail, { cause })
}

/** Refuses to thaw only some file systems: an agent thaws all that is frozen. */
export function checkThawsAll(
  { errorDomain }: ErrorOrigin,
  mountpoints: readonly string[],
): VirResult<void> {
  if (mountpoints.length === 0) return ok(undefined)
  const detail = 'specifying mountpoints is not supported'
  return err(virError(ErrorNumber.ARGUMENT_UNSUPPORTED, errorDomain, detail))
}

/** Refuses to trim only some file systems. */
export function checkTrimsAll(
  { errorDomain }: ErrorOrigin,
  mountPoint: string | undefined,
): VirResult<void> {
  if (mountPoint === undefined) return ok(undefined)
  const detail = 'Specifying mount point is not supported for now'
  return err(virError(ErrorNumber.ARGUMENT_UNSUPPORTED, errorDomain, detail))
}
