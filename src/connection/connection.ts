import type { ConnectCloseReason } from '../constants/index.ts'
import type { DomainEvent, DomainRef, HypervisorDriver } from '../driver/index.ts'
import { ErrorDomain } from '../errors/index.ts'
import { Call, safely } from './call.ts'
import { withMethods } from './compose.ts'
import { closeConnection, type ConnectionConnectCalls, connectionConnect } from './connect.ts'
import { ConnectionState } from './connection-state.ts'
import { connectionCpuModel, type ConnectionCpuModelCalls } from './cpu-model.ts'
import { type ConnectionDefinitionCalls, connectionDefinition } from './definition.ts'
import { createDomain, type Domain } from './domain.ts'
import { type ConnectionEventCalls, connectionEvent, type LifecycleCallback } from './event.ts'
import { CallbackTable, type LifecycleRegistration } from './events/callbacks.ts'
import { CloseCallbackSlot } from './events/close-callback.ts'
import type { WithDomain } from './events/event-map.ts'
import { EventHub } from './events/hub.ts'
import { type ConnectionGuestAgentCalls, connectionGuestAgent } from './guest-agent.ts'
import { beginCall } from './handles.ts'
import { type ConnectionHostCalls, connectionHost } from './host.ts'
import { type ConnectionLifecycleCalls, connectionLifecycle } from './lifecycle.ts'
import { type ConnectionLookupCalls, connectionLookup } from './lookup.ts'
import { type ConnectionSaveCalls, connectionSave } from './save.ts'
import { type ConnectionSecurityCalls, connectionSecurity } from './security.ts'
import { type ConnectionStatsCalls, connectionStats } from './stats.ts'

/**
 * A connection to a hypervisor. `open` makes it.
 *
 * A method has the name of libvirt's C function without `vir` and, where that follows, without `Connect`; it fails as
 * that does. Nothing here throws or rejects but the iterators of `events`.
 */
export interface Connection
  extends
    AsyncDisposable,
    ConnectionConnectCalls,
    ConnectionHostCalls,
    ConnectionCpuModelCalls,
    ConnectionSecurityCalls,
    ConnectionLookupCalls,
    ConnectionLifecycleCalls,
    ConnectionDefinitionCalls,
    ConnectionSaveCalls,
    ConnectionStatsCalls,
    ConnectionGuestAgentCalls,
    ConnectionEventCalls {}

/** A connection as the library sees it: what users see, and what it holds. */
export type ConnectionObject = Connection & ConnectionHandle

/** What a `Connection` holds. */
export class ConnectionHandle {
  readonly state: ConnectionState
  readonly hub: EventHub
  readonly closeCallback: CloseCallbackSlot
  readonly domainCallbacks: CallbackTable = new CallbackTable()
  readonly monitorCallbacks: CallbackTable = new CallbackTable()
  readonly lifecycleCallbacks: Map<LifecycleCallback, LifecycleRegistration> = new Map()
  /** Makes the object for a domain that the driver has told of. */
  readonly toDomain: (ref: DomainRef) => Domain
  readonly toDomains = (refs: readonly DomainRef[]): readonly Domain[] => refs.map(this.toDomain)

  constructor(state: ConnectionState, self: () => Connection) {
    const { driver } = state
    this.state = state
    this.toDomain = (ref) => createDomain(state, self(), ref)
    this.hub = new EventHub(driver, this.toDomain)
    this.closeCallback = new CloseCallbackSlot(driver.connectRegisterCloseCallback !== undefined)
    void safely(() =>
      driver.connectRegisterCloseCallback?.((reason) => {
        this.#lost(reason)
      }),
    )
  }

  /** Puts the object in the place of the name of the domain. */
  withDomain<Event extends DomainEvent>(event: Event): WithDomain<Event> {
    return { ...event, domain: this.toDomain(event.domain) }
  }

  /** Begins a call of a public function on this connection. */
  call(name: string, flags = 0, errorDomain: ErrorDomain = ErrorDomain.DOMAIN): Call {
    return beginCall(this.state, 'connection', name, flags, errorDomain)
  }

  /** Begins a call that makes other checks before it looks at its connection. */
  callUnchecked(name: string, flags: number): Call {
    return new Call(this.state, { name, errorDomain: ErrorDomain.DOMAIN }, flags)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Who wants to know whether that went well calls `close`.
    if (!this.state.closed) await closeConnection(this)
  }

  /** The driver lost its hypervisor: calls will say so, and whoever listens hears it now. */
  #lost(reason: ConnectCloseReason): void {
    const callback = this.closeCallback.callback
    if (callback !== undefined) this.hub.callLater('closed', callback, { active: true }, reason)
    this.hub.close(reason)
  }
}

const ComposedConnection: new (state: ConnectionState, self: () => Connection) => ConnectionObject =
  withMethods(ConnectionHandle, {
    ...connectionConnect,
    ...connectionHost,
    ...connectionCpuModel,
    ...connectionSecurity,
    ...connectionLookup,
    ...connectionLifecycle,
    ...connectionDefinition,
    ...connectionSave,
    ...connectionStats,
    ...connectionGuestAgent,
    ...connectionEvent,
  })

/**
 * Makes the connection over a driver that was opened.
 *
 * @param uri - What was opened, after aliases and defaults
 */
export function createConnection(
  driver: HypervisorDriver,
  uri: string,
  options: { readonly readOnly: boolean },
): Connection {
  const state = new ConnectionState(driver, uri, options.readOnly)
  const connection: ConnectionObject = new ComposedConnection(state, () => connection)
  return connection
}
