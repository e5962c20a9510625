import { readFileSync } from 'node:fs'
import { ok } from 'neverthrow'
import {
  type DefinitionDriver,
  type DomainInfo,
  type DomainRef,
  type DomainStateReason,
  settled,
} from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags, findActiveDomain, findDomain } from './member.ts'
import type { QemuDomain } from './qemu-domain.ts'

/** The members of {@link info}. */
type InfoMembers = Required<
  Pick<
    DefinitionDriver,
    'domainGetInfo' | 'domainGetState' | 'domainGetControlInfo' | 'domainGetOSType'
  >
>

/** What a domain is and does. */
export function info(host: QemuHost): InfoMembers {
  return {
    domainGetInfo: (ref) => settled(findDomain(host, ref).map(domainInfo)),
    domainGetState: (ref, flags) => settled(domainState(host, ref, flags)),
    domainGetControlInfo: (ref, flags) =>
      settled(
        checkMemberFlags('domainGetControlInfo', flags, 0)
          .andThen(() => findActiveDomain(host, ref))
          .map(() => ({ state: 0, details: 0, stateTime: 0 })),
      ),
    domainGetOSType: (ref) => settled(findDomain(host, ref).map((d) => d.definition.os.type)),
  }
}

function domainInfo(domain: QemuDomain): DomainInfo {
  const { definition, running } = domain
  const { maximum, current = maximum } = definition.vcpus
  return {
    state: domain.state,
    maxMem: definition.memoryKiB,
    memory: definition.currentMemoryKiB,
    nrVirtCpu: current,
    cpuTime: running === undefined ? 0n : cpuTimeOf(running.process.pid),
  }
}

/** What Linux counts in: 100 ticks a second, whatever the hardware. */
const nanosecondsPerTick = 10_000_000n

/** Nanoseconds that a process has computed, in its own code and in the kernel's. */
function cpuTimeOf(pid: number): bigint {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return (BigInt(fields[11] ?? 0) + BigInt(fields[12] ?? 0)) * nanosecondsPerTick
  } catch {
    return 0n
  }
}

function domainState(host: QemuHost, ref: DomainRef, flags: number): VirResult<DomainStateReason> {
  return checkMemberFlags('domainGetState', flags, 0)
    .andThen(() => findDomain(host, ref))
    .andThen(({ state, reason }) => ok({ state, reason }))
}
