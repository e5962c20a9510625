import { BackupJobList } from '../../backup/index.ts'
import { Exclusive } from '../../checkpoint/exclusive.ts'
import { CheckpointManager, checkpointSemantics } from '../../checkpoint/index.ts'
import { DomainState } from '../../constants/index.ts'
import type { DomainRef } from '../../driver/index.ts'
import { ErrorDomain } from '../../errors/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import { checkpointPort } from './checkpoint-port.ts'
import type { RunningQemu } from './running-qemu.ts'
import { type DomainPaths, domainPaths, type RootLayout } from './state/root-layout.ts'

/** What the driver keeps of one domain. */
export class QemuDomain {
  readonly #layout: RootLayout
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
  /** Whether the definition was replaced while the domain runs. */
  isUpdated = false
  /** QEMU, while the domain runs. */
  running: RunningQemu | undefined
  backups: BackupJobList = new BackupJobList(ErrorDomain.QEMU)
  /** Orders what changes the domain's state; never held while something is waited for that another call may end. */
  readonly exclusive: Exclusive = new Exclusive()
  /** Seconds that its agent may take to answer a command, or one of `DomainAgentResponseTimeoutValues`. */
  agentTimeout = -2
  /** Orders what is written to its status document. */
  readonly statusFile: Exclusive = new Exclusive()
  /** Orders what is written to the document of its backups. */
  readonly backupFile: Exclusive = new Exclusive()
  // Made on demand: most of many domains never need them.
  #checkpoints: CheckpointManager | undefined
  #inactive: { readonly of: DomainDef; readonly definition: DomainDef } | undefined

  constructor(definition: DomainDef, uuid: string, layout: RootLayout) {
    this.#layout = layout
    this.#name = definition.name
    this.uuid = uuid
    this.definition = definition
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

  /** Where its files are. */
  get paths(): DomainPaths {
    return domainPaths(this.#layout, this.#name)
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
    this.#checkpoints ??= new CheckpointManager(checkpointSemantics.qemu, checkpointPort(this))
    return this.#checkpoints
  }

  /** How many checkpoints there are. */
  get checkpointCount(): number {
    return this.#checkpoints?.size ?? 0
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
