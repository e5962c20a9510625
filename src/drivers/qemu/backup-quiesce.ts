import { err, type Result, ResultAsync } from 'neverthrow'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import { type GuestAgentClient, guestFsfreezeFreeze, guestFsfreezeThaw } from '../../qmp/index.ts'
import { agentError, withAgent } from './agent-access.ts'
import type { QemuDomain } from './qemu-domain.ts'

/**
 * Does something while the guest's file systems are frozen; they thaw whatever comes of it.
 *
 * @errors ARGUMENT_UNSUPPORTED without an agent's channel; AGENT_UNRESPONSIVE when no agent answers; INTERNAL_ERROR when the
 * agent refuses, as it does where something is frozen already
 */
export function whileFrozen<T>(
  domain: QemuDomain,
  step: () => VirResultAsync<T>,
): VirResultAsync<T> {
  return withAgent(domain, (agent) => new ResultAsync(freezeAround(agent, step)))
}

async function freezeAround<T>(
  agent: GuestAgentClient,
  step: () => VirResultAsync<T>,
): Promise<Result<T, VirError>> {
  const frozen = await agent.execute(guestFsfreezeFreeze, {})
  if (frozen.isErr()) {
    // An agent that has not answered in time may freeze all the same; one that refuses has left things as they are.
    if (frozen.error.kind !== 'refused') await agent.execute(guestFsfreezeThaw, {})
    return err(agentError(frozen.error))
  }
  const result = await step()
  await agent.execute(guestFsfreezeThaw, {})
  return result
}
