import type { ImageStore } from '../../block/index.ts'
import { DomainTable, EventBus, type NodeInfo, type SecretStore } from '../../driver/index.ts'
import type { Clock } from './clock.ts'
import type { HostPort } from './host-port.ts'
import type { Semantics } from './semantics.ts'
import type { HypervisorConfig } from './tls-files.ts'
import type { TestDomain } from './test-domain.ts'
import { Turns } from './turns.ts'
import type { UuidSource } from './uuid-source.ts'

/** What the host of a hypervisor looks like; its parts come from a node document. */
export interface WorldHost {
  readonly info: NodeInfo
  /** KiB of memory of each NUMA cell; none for a host without cells. */
  readonly cellsKiB: readonly number[]
  /** Bytes, as `connection.nodeGetFreeMemory()` reports them. */
  readonly freeMemory: number
  /** The capabilities document. */
  readonly capabilities: string
}

/** What a hypervisor is made of. */
export interface WorldParts {
  readonly semantics: Semantics
  readonly clock: Clock
  readonly images: ImageStore
  readonly secrets: SecretStore
  readonly host: WorldHost
  readonly newUuid: UuidSource
  readonly config: HypervisorConfig
  /** Absent where there is no machine to reach, as in a browser. */
  readonly port?: HostPort
}

/** The state of one test hypervisor, which its connections share. */
export class World {
  readonly semantics: Semantics
  readonly clock: Clock
  readonly images: ImageStore
  readonly secrets: SecretStore
  readonly host: WorldHost
  readonly newUuid: UuidSource
  readonly config: HypervisorConfig
  readonly port: HostPort | undefined
  readonly domains: DomainTable<TestDomain> = new DomainTable()
  readonly events: EventBus = new EventBus()
  readonly turns: Turns = new Turns()

  constructor(parts: WorldParts) {
    this.semantics = parts.semantics
    this.clock = parts.clock
    this.images = parts.images
    this.secrets = parts.secrets
    this.host = parts.host
    this.newUuid = parts.newUuid
    this.config = parts.config
    this.port = parts.port
  }
}
