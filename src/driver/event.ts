/** Members that register for events. @module */
import type {
  ConnectCloseReason,
  ConnectDomainQemuMonitorEventRegisterFlags,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainEventName, DomainEvents, DomainLifecycleEvent } from './domain-events.ts'
import type { DomainRef } from './refs.ts'

/** An event of QEMU's monitor as it came. */
export interface DomainQemuMonitorEvent {
  readonly domain: DomainRef
  /** QEMU's name of the event: `BLOCK_JOB_COMPLETED`. */
  readonly event: string
  /** Since 1970. */
  readonly seconds: number
  /** Microseconds below a second. */
  readonly micros: number
  /** The event's data as JSON. */
  readonly details?: string
}

/**
 * Members that register for events.
 *
 * A driver calls a callback once its state has settled, never from within the call that causes the event. It may
 * call it before that call has settled for the caller. A callback must not throw.
 */
export interface EventDriver {
  /**
   * Registers for lifecycle events of all domains.
   *
   * @libvirt virConnectDomainEventRegister (0.5.0)
   */
  connectDomainEventRegister?(callback: (event: DomainLifecycleEvent) => void): VirResultAsync<void>
  /**
   * Undoes `connectDomainEventRegister`.
   *
   * @libvirt virConnectDomainEventDeregister (0.5.0)
   */
  connectDomainEventDeregister?(
    callback: (event: DomainLifecycleEvent) => void,
  ): VirResultAsync<void>
  /**
   * Registers for one kind of event.
   *
   * @param domain - `undefined` is all domains
   * @param event - The number of each name stands in `domainEventIds`
   * @returns The id of the callback, from 0
   * @libvirt virConnectDomainEventRegisterAny (0.8.0)
   */
  connectDomainEventRegisterAny?<Name extends DomainEventName>(
    domain: DomainRef | undefined,
    event: Name,
    callback: (event: DomainEvents[Name]) => void,
  ): VirResultAsync<number>
  /**
   * Undoes `connectDomainEventRegisterAny`.
   *
   * @errors `INVALID_ARG` for an id that is not registered
   * @libvirt virConnectDomainEventDeregisterAny (0.8.0)
   */
  connectDomainEventDeregisterAny?(callbackID: number): VirResultAsync<void>
  /**
   * Registers for events of QEMU's monitor.
   *
   * @param domain - `undefined` is all domains
   * @param event - QEMU's name of the event, or a pattern as the flags say; `undefined` is all
   * @returns The id of the callback, from 0
   * @libvirt virConnectDomainQemuMonitorEventRegister (1.2.3)
   */
  connectDomainQemuMonitorEventRegister?(
    domain: DomainRef | undefined,
    event: string | undefined,
    callback: (event: DomainQemuMonitorEvent) => void,
    flags: ConnectDomainQemuMonitorEventRegisterFlags,
  ): VirResultAsync<number>
  /**
   * Undoes `connectDomainQemuMonitorEventRegister`.
   *
   * @libvirt virConnectDomainQemuMonitorEventDeregister (1.2.3)
   */
  connectDomainQemuMonitorEventDeregister?(callbackID: number): VirResultAsync<void>
  /**
   * Registers the one callback that is told when the way to the hypervisor breaks; an absent member accepts it and
   * never calls it.
   *
   * @libvirt virConnectRegisterCloseCallback (0.10.0)
   */
  connectRegisterCloseCallback?(
    callback: (reason: ConnectCloseReason) => void,
  ): VirResultAsync<void>
  /**
   * Undoes `connectRegisterCloseCallback`.
   *
   * @libvirt virConnectUnregisterCloseCallback (0.10.0)
   */
  connectUnregisterCloseCallback?(
    callback: (reason: ConnectCloseReason) => void,
  ): VirResultAsync<void>
}
