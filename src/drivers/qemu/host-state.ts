import { randomUUID } from 'node:crypto'
import {
  addDomain,
  type AddedDomain,
  type DefinitionSources,
  DomainTable,
  EventBus,
  SecretStore,
} from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import type { HostFacts } from './host-facts.ts'
import { MonitorEventBus } from './monitor-event-bus.ts'
import type { QemuBinaries } from './process/qemu-binaries.ts'
import { QemuDomain } from './qemu-domain.ts'
import type { RootLayout } from './state/root-layout.ts'
import type { QemuSettings } from './state/settings.ts'

/** What a host's state is made of. */
export interface QemuHostParts {
  readonly layout: RootLayout
  readonly settings: QemuSettings
  readonly facts: HostFacts
  readonly binaries: QemuBinaries
}

/** The state of one root, which its connections share. */
export class QemuHost implements DefinitionSources {
  readonly layout: RootLayout
  readonly settings: QemuSettings
  readonly facts: HostFacts
  /** The programs of QEMU that were asked what they can do. */
  readonly binaries: QemuBinaries
  readonly secrets: SecretStore = new SecretStore()
  readonly domains: DomainTable<QemuDomain> = new DomainTable()
  readonly events: EventBus = new EventBus()
  readonly monitorEvents: MonitorEventBus = new MonitorEventBus()
  readonly newUuid: () => string = randomUUID
  #lastId = 0

  constructor(parts: QemuHostParts) {
    this.layout = parts.layout
    this.settings = parts.settings
    this.facts = parts.facts
    this.binaries = parts.binaries
  }

  /** Architecture of a guest whose definition names none: the host's. */
  get arch(): string {
    return this.facts.arch
  }

  /** Finds the domain of a definition, or adds it. */
  addDomain(
    def: DomainDef,
    options: { readonly refuseActive: boolean },
  ): VirResult<AddedDomain<QemuDomain>> {
    return addDomain(this.domains, def, {
      ...options,
      newUuid: this.newUuid,
      create: (own, uuid) => new QemuDomain(own, uuid, this.layout),
    })
  }

  /** Takes an id for a start; ids of starts that failed are not used again. */
  takeId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  /** Notes down an id that a domain has from before. */
  noteId(id: number): void {
    this.#lastId = Math.max(this.#lastId, id)
  }
}
