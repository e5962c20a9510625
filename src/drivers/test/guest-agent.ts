import { err, ok } from 'neverthrow'
import type { DomainFSInfo, DomainRef, GuestAgentDriver } from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { type GuestAgent, reachAgent } from './agent.ts'
import { checkMemberFlags, findDomain, findRunningDomain, settled } from './member.ts'
import { operationInvalid } from './state-errors.ts'
import type { World } from './world.ts'

/** The members of {@link guestAgent}. */
type GuestAgentMembers = Required<
  Pick<GuestAgentDriver, 'domainFSFreeze' | 'domainFSThaw' | 'domainFSTrim' | 'domainGetFSInfo'>
>

/** What the agent in a guest does. */
export function guestAgent(world: World): GuestAgentMembers {
  return {
    domainFSFreeze: (ref, mountpoints, flags) =>
      settled(
        ask(world, 'domainFSFreeze', ref, flags, mountpoints).map((agent) =>
          agent.freeze(mountpoints),
        ),
      ),
    domainFSThaw: (ref, mountpoints, flags) =>
      settled(
        ask(world, 'domainFSThaw', ref, flags, mountpoints).map((agent) => agent.thaw(mountpoints)),
      ),
    domainFSTrim: (ref, mountPoint, _minimum, flags) =>
      settled(
        ask(world, 'domainFSTrim', ref, flags, mountPoint === undefined ? [] : [mountPoint]).map(
          (agent) => {
            agent.trim()
          },
        ),
      ),
    domainGetFSInfo: (ref, flags) =>
      settled(
        checkMemberFlags(world, 'domainGetFSInfo', flags, 0)
          .andThen(() => findRunningDomain(world, ref))
          .andThen((domain) => reachAgent(world, domain))
          .map(fileSystemsOf),
      ),
  }
}

/** The agent of a domain, when it can be asked about these mount points. */
function ask(
  world: World,
  member: string,
  ref: DomainRef,
  flags: number,
  mountpoints: readonly string[],
): VirResult<GuestAgent> {
  return checkMemberFlags(world, member, flags, 0)
    .andThen(() => findDomain(world, ref))
    .andThen((domain) => reachAgent(world, domain))
    .andThen((agent) => {
      const known = new Set(agent.fileSystems.map(({ mountpoint }) => mountpoint))
      const unknown = mountpoints.find((mountpoint) => !known.has(mountpoint))
      return unknown === undefined
        ? ok(agent)
        : err(operationInvalid(world.semantics, `mount point not found: ${unknown}`))
    })
}

function fileSystemsOf(agent: GuestAgent): DomainFSInfo[] {
  return agent.fileSystems.map(({ mountpoint, name, type }) => ({
    mountpoint,
    name,
    fstype: type,
    devAlias: [],
  }))
}
