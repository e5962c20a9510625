import type { DomainEvents } from './domain-events.ts'
import type { DomainRef } from './refs.ts'

/** What is called with an event. */
export type EventCallback<K extends keyof DomainEvents> = (event: DomainEvents[K]) => void

interface Registration<K extends keyof DomainEvents> {
  /** Absent: events of all domains. */
  readonly uuid: string | undefined
  readonly callback: EventCallback<K>
}

type Registrations = { readonly [K in keyof DomainEvents]: Map<number, Registration<K>> }

/**
 * Who listens to which event of a hypervisor.
 *
 * A driver in the calling process has one that its connections share, so that each sees what the others do.
 */
export class EventBus {
  readonly #registrations: Registrations = noRegistrations()
  readonly #eventOf = new Map<number, keyof DomainEvents>()
  #nextId = 0

  /**
   * Adds a callback, and gives the id that takes it away.
   *
   * @param domain - Absent: events of all domains
   */
  register<K extends keyof DomainEvents>(
    domain: DomainRef | undefined,
    event: K,
    callback: EventCallback<K>,
  ): number {
    const id = this.#nextId
    this.#nextId += 1
    const registrations: Map<number, Registration<K>> = this.#registrations[event]
    registrations.set(id, { uuid: domain?.uuid, callback })
    this.#eventOf.set(id, event)
    return id
  }

  /** Takes a callback away; `false` when there is none with this id. */
  deregister(id: number): boolean {
    const event = this.#eventOf.get(id)
    if (event === undefined) return false
    this.#eventOf.delete(id)
    return this.#registrations[event].delete(id)
  }

  /** Calls everybody who listens to this event of this domain, in the order of registration. */
  emit<K extends keyof DomainEvents>(event: K, payload: DomainEvents[K]): void {
    const registrations: Map<number, Registration<K>> = this.#registrations[event]
    if (registrations.size === 0) return
    // A copy, because a callback may register or deregister.
    for (const { uuid, callback } of Array.from(registrations.values())) {
      if (uuid === undefined || uuid === payload.domain.uuid) callback(payload)
    }
  }
}

function noRegistrations(): Registrations {
  return {
    lifecycle: new Map(),
    reboot: new Map(),
    rtcChange: new Map(),
    watchdog: new Map(),
    ioError: new Map(),
    graphics: new Map(),
    ioErrorReason: new Map(),
    controlError: new Map(),
    blockJob: new Map(),
    diskChange: new Map(),
    trayChange: new Map(),
    pmWakeup: new Map(),
    pmSuspend: new Map(),
    balloonChange: new Map(),
    pmSuspendDisk: new Map(),
    deviceRemoved: new Map(),
    blockJob2: new Map(),
    tunable: new Map(),
    agentLifecycle: new Map(),
    deviceAdded: new Map(),
    migrationIteration: new Map(),
    jobCompleted: new Map(),
    deviceRemovalFailed: new Map(),
    metadataChange: new Map(),
    blockThreshold: new Map(),
    memoryFailure: new Map(),
    memoryDeviceSizeChange: new Map(),
  }
}
