import { err, ok } from 'neverthrow'
import { DomainState } from '../../constants/index.ts'
import { ErrorNumber, type VirResult, virError } from '../../errors/index.ts'
import { notRunning, operationInvalid } from './state-errors.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/**
 * How the agent in a guest behaves: it answers, no agent has connected to the channel, or it is connected and says nothing.
 */
export type AgentBehaviour = 'present' | 'absent' | 'silent'

/** A file system of a guest, as its agent reports it. */
export interface AgentFileSystem {
  readonly mountpoint: string
  /** Name of the device in the guest. */
  readonly name: string
  readonly type: string
}

const fileSystems: readonly AgentFileSystem[] = [
  { mountpoint: '/', name: 'vda1', type: 'ext4' },
  { mountpoint: '/boot', name: 'vda2', type: 'ext4' },
]

/** The agent in the guest of one domain. */
export class GuestAgent {
  /** May be set at any time. */
  behaviour: AgentBehaviour = 'present'
  readonly #frozen = new Set<string>()
  readonly #calls: ('freeze' | 'thaw' | 'trim')[] = []

  /** What the agent was asked to do since the domain was defined, oldest first. */
  get calls(): readonly ('freeze' | 'thaw' | 'trim')[] {
    return this.#calls
  }

  /** Mount points that are frozen. */
  get frozen(): readonly string[] {
    return [...this.#frozen]
  }

  /** The file systems of the guest. */
  get fileSystems(): readonly AgentFileSystem[] {
    return fileSystems
  }

  /** Freezes file systems; all of them when none is named. Gives how many were not frozen before. */
  freeze(mountpoints: readonly string[]): number {
    this.#calls.push('freeze')
    const before = this.#frozen.size
    for (const mountpoint of this.#named(mountpoints)) this.#frozen.add(mountpoint)
    return this.#frozen.size - before
  }

  /** Thaws file systems; all of them when none is named. Gives how many were frozen before. */
  thaw(mountpoints: readonly string[]): number {
    this.#calls.push('thaw')
    const before = this.#frozen.size
    for (const mountpoint of this.#named(mountpoints)) this.#frozen.delete(mountpoint)
    return before - this.#frozen.size
  }

  /** Gives unused blocks back; nothing that a disk would see. */
  trim(): void {
    this.#calls.push('trim')
  }

  /** A guest that starts anew has nothing frozen. */
  restart(): void {
    this.#frozen.clear()
  }

  #named(mountpoints: readonly string[]): readonly string[] {
    return mountpoints.length > 0 ? mountpoints : fileSystems.map(({ mountpoint }) => mountpoint)
  }
}

const agentChannel = 'org.qemu.guest_agent.0'

/** Whether a definition has the channel through which an agent is reached. */
function hasAgentChannel(domain: TestDomain): boolean {
  return domain.definition.devices.channels.some(({ target }) => target?.name === agentChannel)
}

/** The agent of a running domain, if it can be asked; libvirt's `qemuDomainAgentAvailable` and what a silent agent gives. */
export function reachAgent(world: World, domain: TestDomain): VirResult<GuestAgent> {
  const { semantics } = world
  if (!domain.isActive) return err(notRunning())
  // A paused guest's agent cannot answer, and libvirt does not ask it; its test driver has none to ask.
  if (semantics.needsAgentChannel && domain.state !== DomainState.RUNNING) {
    return err(operationInvalid(semantics, 'domain is not running'))
  }
  const { agent } = domain
  // libvirt's test driver has an agent in every guest, and no channel.
  if (semantics.needsAgentChannel && !hasAgentChannel(domain)) {
    const detail = 'QEMU guest agent is not configured'
    return err(virError(ErrorNumber.ARGUMENT_UNSUPPORTED, semantics.errorDomain, detail))
  }
  const { behaviour } = agent
  return behaviour === 'present'
    ? ok(agent)
    : err(virError(ErrorNumber.AGENT_UNRESPONSIVE, semantics.errorDomain, unresponsive[behaviour]))
}

/** How libvirt words it that an agent does not answer. */
const unresponsive: Readonly<Record<Exclude<AgentBehaviour, 'present'>, string>> = {
  absent: 'QEMU guest agent is not connected',
  silent: "guest agent didn't respond to synchronization within '5' seconds",
}
