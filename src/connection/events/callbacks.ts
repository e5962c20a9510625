import type { DomainLifecycleEvent } from '../../driver/index.ts'

/** A callback that the program registered with the driver by itself. */
export interface RegisteredCallback {
  /** Whether it may still be called: events that were on their way when it was deregistered are not passed on. */
  active: boolean
}

/** What the driver is given for a callback of lifecycle events. */
export interface LifecycleRegistration extends RegisteredCallback {
  readonly driverCallback: (event: DomainLifecycleEvent) => void
}

/** The callbacks by their ids; drivers give ids, and each kind of callback has ids of its own. */
export class CallbackTable {
  readonly #callbacks = new Map<number, RegisteredCallback>()

  add(id: number, callback: RegisteredCallback): void {
    this.#callbacks.set(id, callback)
  }

  remove(id: number): void {
    const callback = this.#callbacks.get(id)
    if (callback !== undefined) callback.active = false
    this.#callbacks.delete(id)
  }
}
