import { ok } from 'neverthrow'
import type {
  DefinitionDriver,
  DomainInfo,
  DomainRef,
  DomainStateReason,
} from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { checkMemberFlags, findDomain, findRunningDomain, settled } from './member.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** The members of {@link info}. */
type InfoMembers = Required<
  Pick<
    DefinitionDriver,
    'domainGetInfo' | 'domainGetState' | 'domainGetControlInfo' | 'domainGetOSType'
  >
>

/** What a domain is and does. */
export function info(world: World): InfoMembers {
  return {
    domainGetInfo: (ref) => settled(findDomain(world, ref).map((d) => domainInfo(world, d))),
    domainGetState: (ref, flags) => settled(domainState(world, ref, flags)),
    domainGetControlInfo: (ref, flags) =>
      settled(
        checkMemberFlags(world, 'domainGetControlInfo', flags, 0)
          .andThen(() => findRunningDomain(world, ref))
          .map(() => ({ state: 0, details: 0, stateTime: 0 })),
      ),
    domainGetOSType: (ref) =>
      settled(findDomain(world, ref).map((d) => world.semantics.osType ?? d.definition.os.type)),
  }
}

function domainInfo(world: World, domain: TestDomain): DomainInfo {
  const { definition, running } = domain
  const { maximum, current = maximum } = definition.vcpus
  const ranMs = running === undefined ? 0 : world.clock.now() - running.startedAtMs
  return {
    state: domain.state,
    maxMem: definition.memoryKiB,
    memory: definition.currentMemoryKiB,
    nrVirtCpu: current,
    cpuTime: BigInt(Math.round(ranMs)) * 1_000_000n,
  }
}

function domainState(world: World, ref: DomainRef, flags: number): VirResult<DomainStateReason> {
  return checkMemberFlags(world, 'domainGetState', flags, 0)
    .andThen(() => findDomain(world, ref))
    .andThen(({ state, reason }) => ok({ state, reason }))
}
