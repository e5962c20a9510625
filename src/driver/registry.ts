/** How drivers are registered. @module */
import type { ConnectFlags } from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { ConnectAuth } from './connect.ts'
import type { HypervisorDriver } from './hypervisor-driver.ts'
import type { ConnectUri } from './uri.ts'

/** What opens connections of one driver. */
export interface DriverFactory {
  /**
   * Opens a connection, or leaves the URI to the next driver.
   *
   * @param uri - `undefined` only for a driver that is registered for all schemes
   * @param flags - All that the caller gave; a driver refuses those that it does not know
   * @returns `undefined` when the driver declines. An error ends the search
   * @libvirt virConnectOpenAuth (0.4.0)
   */
  connectOpen(
    uri: ConnectUri | undefined,
    auth: ConnectAuth | undefined,
    flags: ConnectFlags,
  ): VirResultAsync<HypervisorDriver | undefined>
}

/** A row of the table of drivers: for which URIs a driver is asked, and where it comes from; `virConnectDriver`. */
export interface ConnectDriver {
  /** The driver's name, which messages use. */
  readonly name: string
  /** Whether URIs with a server are passed over. */
  readonly localOnly: boolean
  /** Whether a URI without a server is refused. */
  readonly remoteOnly: boolean
  /** Whether the path `/embed` may be opened. */
  readonly embeddable: boolean
  /** Schemes, compared exactly; `undefined` accepts all, and connections without a URI. */
  readonly uriSchemes: readonly string[] | undefined
  /**
   * Guesses a URI when neither the caller nor the environment has given one.
   *
   * @returns `undefined` when nothing of this driver is here
   */
  connectURIProbe?(): VirResultAsync<string | undefined>
  /** Loads the driver; called each time that it is asked for a connection. */
  readonly load: () => Promise<DriverFactory>
}
