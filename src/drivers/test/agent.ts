import { err, ok } from 'neverthrow'
import { DomainState } from '../../constants/index.ts'
import { agentNotConfigured, agentRefused, agentUnresponsive } from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import type { Semantics } from './semantics.ts'
import { operationInvalid } from './state-errors.ts'
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

  /** Freezes file systems; all of them when none is named, and none of a name that is unknown. Gives how many were not frozen before. */
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
    const all = fileSystems.map(({ mountpoint }) => mountpoint)
    return mountpoints.length > 0 ? all.filter((known) => mountpoints.includes(known)) : all
  }
}

const agentChannel = 'org.qemu.guest_agent.0'

/** Whether a definition has the channel through which an agent is reached. */
function hasAgentChannel(domain: TestDomain): boolean {
  return domain.definition.devices.channels.some(({ target }) => target?.name === agentChannel)
}

/** What an agent can be asked to do, under the names that it knows. */
export type AgentCommand =
  | 'guest-fsfreeze-freeze'
  | 'guest-fsfreeze-freeze-list'
  | 'guest-fsfreeze-thaw'
  | 'guest-fstrim'
  | 'guest-get-fsinfo'
  | 'guest-shutdown'

/**
 * The agent of a running domain, if it does what it is asked; libvirt's `qemuDomainAgentAvailable`, and what a silent agent
 * and one that has frozen file systems answer.
 */
export function reachAgent(
  { semantics }: World,
  domain: TestDomain,
  command: AgentCommand,
): VirResult<GuestAgent> {
  const { agent } = domain
  // libvirt's test driver has an agent in every guest, and no channel.
  const available = semantics.needsAgentChannel
    ? channelAvailable(semantics, domain)
    : ok(undefined)
  if (available.isErr()) return err(available.error)
  if (agent.behaviour !== 'present') return err(agentUnresponsive(semantics, agent.behaviour))
  if (semantics.needsAgentChannel && agent.frozen.length > 0 && command !== 'guest-fsfreeze-thaw') {
    // To write what it did, it would need the file systems.
    const desc = `Command ${command} has been disabled: the agent is in frozen state`
    return err(agentRefused(semantics, { command, desc }))
  }
  return ok(agent)
}

function channelAvailable(semantics: Semantics, domain: TestDomain): VirResult<void> {
  // A paused guest's agent cannot answer, and libvirt does not ask it.
  if (domain.state !== DomainState.RUNNING) {
    return err(operationInvalid(semantics, 'domain is not running'))
  }
  return hasAgentChannel(domain) ? ok(undefined) : err(agentNotConfigured(semantics))
}
