import { err, ok } from 'neverthrow'
import {
  checkThawsAll,
  checkTrimsAll,
  type DomainFSInfo,
  type DomainRef,
  type GuestAgentDriver,
} from '../../driver/index.ts'
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
    domainFSFreeze: (ref, mountpoints, flags) => settled(freeze(world, ref, mountpoints, flags)),
    domainFSThaw: (ref, mountpoints, flags) => settled(thaw(world, ref, mountpoints, flags)),
    domainFSTrim: (ref, mountPoint, _minimum, flags) =>
      settled(trim(world, ref, mountPoint, flags)),
    domainGetFSInfo: (ref, flags) =>
      settled(
        checkMemberFlags(world, 'domainGetFSInfo', flags, 0)
          .andThen(() => findRunningDomain(world, ref))
          .andThen((domain) => reachAgent(world, domain, 'guest-get-fsinfo'))
          .map(fileSystemsOf),
      ),
  }
}

function freeze(
  world: World,
  ref: DomainRef,
  mountpoints: readonly string[],
  flags: number,
): VirResult<number> {
  const command = mountpoints.length === 0 ? 'guest-fsfreeze-freeze' : 'guest-fsfreeze-freeze-list'
  return checkMemberFlags(world, 'domainFSFreeze', flags, 0)
    .andThen(() => findRunningDomain(world, ref))
    .andThen((domain) => reachAgent(world, domain, command))
    .andThen((agent) => checkMountpoints(world, agent, mountpoints))
    .map((agent) => agent.freeze(mountpoints))
}

function thaw(
  world: World,
  ref: DomainRef,
  mountpoints: readonly string[],
  flags: number,
): VirResult<number> {
  const { semantics } = world
  return checkMemberFlags(world, 'domainFSThaw', flags, 0)
    .andThen(() =>
      semantics.needsAgentChannel ? checkThawsAll(semantics, mountpoints) : ok(undefined),
    )
    .andThen(() => findRunningDomain(world, ref))
    .andThen((domain) => reachAgent(world, domain, 'guest-fsfreeze-thaw'))
    .andThen((agent) => checkMountpoints(world, agent, mountpoints))
    .map((agent) => agent.thaw(mountpoints))
}

function trim(
  world: World,
  ref: DomainRef,
  mountPoint: string | undefined,
  flags: number,
): VirResult<void> {
  const { semantics } = world
  return checkMemberFlags(world, 'domainFSTrim', flags, 0)
    .andThen(() =>
      semantics.needsAgentChannel ? checkTrimsAll(semantics, mountPoint) : ok(undefined),
    )
    .andThen(() => (semantics.needsAgentChannel ? findDomain : findRunningDomain)(world, ref))
    .andThen((domain) => reachAgent(world, domain, 'guest-fstrim'))
    .andThen((agent) =>
      checkMountpoints(world, agent, mountPoint === undefined ? [] : [mountPoint]),
    )
    .map((agent) => {
      agent.trim()
    })
}

/** libvirt's test driver knows the file systems; its QEMU driver leaves them to the agent. */
function checkMountpoints(
  { semantics }: World,
  agent: GuestAgent,
  mountpoints: readonly string[],
): VirResult<GuestAgent> {
  if (semantics.needsAgentChannel) return ok(agent)
  const known = new Set(agent.fileSystems.map(({ mountpoint }) => mountpoint))
  const unknown = mountpoints.find((mountpoint) => !known.has(mountpoint))
  return unknown === undefined
    ? ok(agent)
    : err(operationInvalid(semantics, `mount point not found: ${unknown}`))
}

function fileSystemsOf(agent: GuestAgent): DomainFSInfo[] {
  return agent.fileSystems.map(({ mountpoint, name, type }) => ({
    mountpoint,
    name,
    fstype: type,
    devAlias: [],
  }))
}
