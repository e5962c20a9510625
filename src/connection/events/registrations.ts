import type { DomainEvent, DomainEventName, HypervisorDriver } from '../../driver/index.ts'
import { noSupport, type VirError } from '../../errors/index.ts'
import { safely } from '../call.ts'

/** One registration with the driver, from the moment that it is asked for. */
interface Registration {
  /** Whether somebody still listens. */
  active: boolean
  callbackID: number | undefined
}

/** Who hears of what the driver does with the registrations. */
export interface RegistrationObserver {
  onEvent(name: DomainEventName, event: DomainEvent): void
  onRefused(name: DomainEventName, error: VirError): void
}

/**
 * The registrations of a connection with its driver: at most one for each event, while somebody listens to it.
 *
 * A registration is sent at once, so that the driver has it before any later call.
 */
export class Registrations {
  readonly #driver: HypervisorDriver
  readonly #observer: RegistrationObserver
  readonly #current = new Map<DomainEventName, Registration>()

  constructor(driver: HypervisorDriver, observer: RegistrationObserver) {
    this.#driver = driver
    this.#observer = observer
  }

  /** Registers for an event, unless that was done. */
  add(name: DomainEventName): void {
    if (this.#current.has(name)) return
    const registration: Registration = { active: true, callbackID: undefined }
    this.#current.set(name, registration)
    const answer = safely(() =>
      this.#driver.connectDomainEventRegisterAny?.(undefined, name, (event) => {
        if (registration.active) this.#observer.onEvent(name, event)
      }),
    )
    if (answer === undefined) {
      this.#refused(name, noSupport('virConnectDomainEventRegisterAny'))
      return
    }
    void answer.match(
      (callbackID) => {
        registration.callbackID = callbackID
        // The last listener has gone while the driver was at it.
        if (!registration.active) this.#deregister(callbackID)
      },
      (error) => {
        if (registration.active) this.#refused(name, error)
      },
    )
  }

  /** Deregisters from an event. */
  remove(name: DomainEventName): void {
    const registration = this.#current.get(name)
    if (registration === undefined) return
    this.#current.delete(name)
    registration.active = false
    if (registration.callbackID !== undefined) this.#deregister(registration.callbackID)
  }

  /** Deregisters from everything. */
  clear(): void {
    for (const name of this.#current.keys()) this.remove(name)
  }

  #refused(name: DomainEventName, error: VirError): void {
    this.#current.delete(name)
    this.#observer.onRefused(name, error)
  }

  // Nobody waits for the answer: whatever it is, events of this registration are not passed on any more.
  #deregister(callbackID: number): void {
    void safely(() => this.#driver.connectDomainEventDeregisterAny?.(callbackID))
  }
}
