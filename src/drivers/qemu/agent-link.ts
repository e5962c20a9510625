import { okAsync } from 'neverthrow'
import { agentUnresponsive } from '../../driver/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import { GuestAgentClient } from '../../qmp/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import { qemuOrigin } from './origin.ts'

/** The way to the agent in a guest: a channel that is there as long as QEMU, and an agent that comes and goes. */
export class AgentLink {
  readonly socket: string
  /** QEMU's id of the port: `channel0`. */
  readonly alias: string
  /** Whether somebody in the guest has the port open. */
  isConnected = false
  #client: GuestAgentClient | undefined

  constructor(socket: string, alias: string) {
    this.socket = socket
    this.alias = alias
  }

  /** Gives the client, connecting when that has not been done or has been lost. */
  client(): VirResultAsync<GuestAgentClient> {
    if (this.#client !== undefined && !this.#client.isClosed) return okAsync(this.#client)
    return GuestAgentClient.connect({ path: this.socket })
      .map((client) => {
        this.#client = client
        return client
      })
      .mapErr((cause) => agentUnresponsive(qemuOrigin, 'absent', cause))
  }

  /** Hangs up. */
  close(): void {
    void this.#client?.close()
    this.#client = undefined
  }
}

const agentChannel = 'org.qemu.guest_agent.0'

/** The way to the agent of a definition, when it has a channel for one. */
export function agentLinkOf({ devices }: DomainDef): AgentLink | undefined {
  const channel = devices.channels.find(({ target }) => target?.name === agentChannel)
  const path = channel?.sources[0]?.path
  if (channel?.type !== 'unix' || path === undefined) return undefined
  const link = new AgentLink(path, channel.alias ?? '')
  link.isConnected = channel.target?.state === 'connected'
  return link
}
