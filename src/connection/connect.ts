import { okAsync } from 'neverthrow'
import { ConnectCloseReason } from '../constants/index.ts'
import type { HypervisorDriver } from '../driver/index.ts'
import { ErrorDomain, type VirResultAsync } from '../errors/index.ts'
import { ranges } from './checks.ts'
import type { CloseCallback } from './events/close-callback.ts'
import type { ConnectionHandle, ConnectionObject } from './connection.ts'

/** The members of the driver that a connection can be asked for. */
export type DriverMember = Exclude<keyof HypervisorDriver, 'name'>

/** The connection itself. */
export interface ConnectionConnectCalls {
  /**
   * Gives the URI that was opened, after aliases and defaults. It is asked of nobody and never fails.
   *
   * @libvirt virConnectGetURI (0.3.0)
   */
  getURI(): string

  /**
   * Says whether the driver has a member; what it lacks is answered with NO_SUPPORT.
   *
   * @example `connection.supports('domainBackupBegin')`
   */
  supports(member: DriverMember): boolean

  /**
   * Gives the name of the driver as users see it: `QEMU`, `TEST`.
   *
   * @libvirt virConnectGetType (0.0.3)
   */
  getType(): VirResultAsync<string>

  /**
   * Gives the hypervisor's version: major * 1,000,000 + minor * 1,000 + release.
   *
   * @libvirt virConnectGetVersion (0.0.3)
   */
  getVersion(): VirResultAsync<number>

  /**
   * Gives the version of libvirt that the driver stands for, in the form of `getVersion`.
   *
   * @libvirt virConnectGetLibVersion (0.7.3)
   */
  getLibVersion(): VirResultAsync<number>

  /**
   * Gives the name of the host that the hypervisor runs on.
   *
   * @libvirt virConnectGetHostname (0.3.0)
   */
  getHostname(): VirResultAsync<string>

  /**
   * Says whether the way to the hypervisor is encrypted.
   *
   * @libvirt virConnectIsEncrypted (0.7.3)
   */
  isEncrypted(): VirResultAsync<boolean>

  /**
   * Says whether the way to the hypervisor is safe from listeners: encrypted, or not leaving the host.
   *
   * @libvirt virConnectIsSecure (0.7.3)
   */
  isSecure(): VirResultAsync<boolean>

  /**
   * Says whether the hypervisor can still be reached.
   *
   * @libvirt virConnectIsAlive (0.9.8)
   */
  isAlive(): VirResultAsync<boolean>

  /**
   * Makes the connection ask its peer for signs of life.
   *
   * @param interval - Seconds between two requests; 0 or less asks never
   * @param count - Requests without an answer after which the connection counts as broken
   * @returns `false` when the peer does not answer such requests: where libvirt gives 1 and not 0
   * @libvirt virConnectSetKeepAlive (0.9.8)
   */
  setKeepAlive(interval: number, count: number): VirResultAsync<boolean>

  /**
   * Registers the one callback that is told when the way to the hypervisor breaks. The event `closed` tells it too.
   *
   * @libvirt virConnectRegisterCloseCallback (0.10.0)
   */
  registerCloseCallback(cb: CloseCallback): VirResultAsync<void>

  /**
   * Undoes `registerCloseCallback`.
   *
   * @libvirt virConnectUnregisterCloseCallback (0.10.0)
   */
  unregisterCloseCallback(cb: CloseCallback): VirResultAsync<void>

  /**
   * Closes the connection: its objects are invalid from now on, its listeners hear `closed`, its iterators end.
   *
   * libvirt counts references; here the first call closes. A second one gives INVALID_CONN.
   *
   * @libvirt virConnectClose (0.0.3)
   */
  close(): VirResultAsync<void>
}

/** The version of libvirt that the interface mirrors. */
const mirroredVersion = 9_000_000

/** The methods of {@link ConnectionConnectCalls}. */
export const connectionConnect: ConnectionConnectCalls & ThisType<ConnectionObject> = {
  getURI() {
    return this.state.uri
  },

  supports(member) {
    // What every object has is no member of a driver.
    return !(member in Object.prototype) && typeof this.state.driver[member] === 'function'
  },

  getType() {
    return this.call('virConnectGetType').to(
      (driver) => driver.connectGetType?.() ?? okAsync(driver.name),
    )
  },

  getVersion() {
    return this.call('virConnectGetVersion').to((driver) => driver.connectGetVersion?.())
  },

  getLibVersion() {
    return this.call('virConnectGetLibVersion').to(
      (driver) => driver.connectGetLibVersion?.() ?? okAsync(mirroredVersion),
    )
  },

  getHostname() {
    return this.call('virConnectGetHostname').to((driver) => driver.connectGetHostname?.())
  },

  isEncrypted() {
    return this.call('virConnectIsEncrypted').to((driver) => driver.connectIsEncrypted?.())
  },

  isSecure() {
    return this.call('virConnectIsSecure').to((driver) => driver.connectIsSecure?.())
  },

  isAlive() {
    return this.call('virConnectIsAlive').to((driver) => driver.connectIsAlive?.())
  },

  setKeepAlive(interval, count) {
    return this.call('virConnectSetKeepAlive')
      .integer('interval', interval, ranges.i32)
      .integer('count', count, ranges.u32)
      .to((driver) => driver.connectSetKeepAlive?.(interval, count))
  },

  registerCloseCallback(cb) {
    return this.call('virConnectRegisterCloseCallback')
      .callback('cb', cb)
      .check((fn) => this.closeCallback.set(fn, cb))
      .locally(() => undefined)
  },

  unregisterCloseCallback(cb) {
    return this.call('virConnectUnregisterCloseCallback')
      .callback('cb', cb)
      .check((fn) => this.closeCallback.remove(fn, cb))
      .locally(() => undefined)
  },

  close() {
    return closeConnection(this)
  },
}

/** Closes a connection; its objects are invalid before the driver is told. */
export function closeConnection(connection: ConnectionHandle): VirResultAsync<void> {
  return connection.call('virConnectClose', 0, ErrorDomain.NONE).to((driver) => {
    connection.hub.close(ConnectCloseReason.CLIENT)
    connection.state.close()
    return driver.connectClose()
  })
}
