import { BackupJobList } from '../../backup/index.ts'
import { CheckpointManager, checkpointSemantics } from '../../checkpoint/index.ts'
import { DomainState } from '../../constants/index.ts'
import type { DomainRef } from '../../driver/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import { GuestAgent } from './agent.ts'
import type { BackupRun } from './backup-run.ts'
import { checkpointPort } from './checkpoint-port.ts'
import type { RunningDomain } from './running-domain.ts'
import type { World } from './world.ts'

/** What a test hypervisor keeps of one domain. */
export class TestDomain {
  #name: string
  /** Lower-case, dashed. */
  readonly uuid: string
  /** -1 while the domain does not run. */
  id = -1
  persistent = false
  /** Of a running domain the live definition, else the one that the next start uses. */
  definition: DomainDef
  /** What the next start uses, while the domain runs and is persistent. */
  nextDefinition: DomainDef | undefined
  state: DomainState = DomainState.SHUTOFF
  /** Why the domain is in its state; its meaning depends on the state. */
  reason = 0
  autostart = false
  /** Disks, jobs and what else exists only while the domain runs. */
  running: RunningDomain | undefined
  readonly backups: BackupJobList
  /** The last backup that began: its targets may still be being released after the job is over. */
  lastRun: BackupRun | undefined
  readonly #world: World
  // Made on demand: most of the domains of a large hypervisor never need them.
  #checkpoints: CheckpointManager | undefined
  #agent: GuestAgent | undefined
  #inactive: { readonly of: DomainDef; readonly definition: DomainDef } | undefined

  constructor(definition: DomainDef, uuid: string, world: World) {
    this.#name = definition.name
    this.uuid = uuid
    this.definition = definition
    this.#world = world
    this.backups = new BackupJobList(world.semantics.errorDomain)
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

  /** The present definition without what only a running domain has; the same value until that changes. */
  get inactiveDefinition(): DomainDef {
    const { definition } = this
    if (this.#inactive?.of !== definition) {
      const { id: _id, ...inactive } = definition
      this.#inactive = { of: definition, definition: inactive }
    }
    return this.#inactive.definition
  }

  get checkpoints(): CheckpointManager {
    this.#checkpoints ??= new CheckpointManager(
      checkpointSemantics[this.#world.semantics.name],
      checkpointPort(this.#world, this),
    )
    return this.#checkpoints
  }

  /** How many checkpoints there are. */
  get checkpointCount(): number {
    return this.#checkpoints?.size ?? 0
  }

  get agent(): GuestAgent {
    this.#agent ??= new GuestAgent()
    return this.#agent
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
