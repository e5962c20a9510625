import type { DomainRef } from '../../driver/index.ts'
import { DomainState } from '../../constants/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import type { RunningDomain } from './running-domain.ts'

/** What a test hypervisor keeps of one domain. */
export class TestDomain {
  #name: string
  /** Lower-case, dashed. */
  readonly uuid: string
  /** -1 while the domain does not run. */
  id = -1
  persistent: boolean
  /** Of a running domain the live definition, else the one that the next start uses. */
  definition: DomainDef
  /** What the next start uses, while the domain runs and is persistent. */
  nextDefinition: DomainDef | undefined
  state: DomainState = DomainState.SHUTOFF
  /** Why the domain is in its state; its meaning depends on the state. */
  reason = 0
  autostart = false
  /** Disks, jobs and agent; absent while the domain does not run. */
  running: RunningDomain | undefined

  constructor(definition: DomainDef, uuid: string, persistent: boolean) {
    this.#name = definition.name
    this.uuid = uuid
    this.definition = definition
    this.persistent = persistent
  }

  get name(): string {
    return this.#name
  }

  get isActive(): boolean {
    return this.running !== undefined
  }

  /** The domain as events and results name it. */
  get ref(): DomainRef {
    return { name: this.#name, uuid: this.uuid, id: this.id }
  }

  /** The definition that a restart of the domain uses. */
  get persistentDefinition(): DomainDef {
    return this.nextDefinition ?? this.definition
  }

  setState(state: DomainState, reason: number): void {
    this.state = state
    this.reason = reason
  }

  rename(name: string): void {
    this.#name = name
    this.definition = { ...this.definition, name }
  }
}
