/** Members about the connection itself. @module */
import type { ConnectCredentialType } from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DriverFeature } from './features.ts'

/** One thing that a driver wants to know of the user, with the answer once it was given. */
export interface ConnectCredential {
  readonly type: ConnectCredentialType
  /** The text to show to the user. */
  readonly prompt: string
  readonly challenge?: string
  /** What counts when the user answers nothing. */
  readonly defaultResult?: string
}

/**
 * How a driver asks the user for credentials; libvirt's `virConnectAuth`.
 *
 * @libvirt virConnectOpenAuth (0.4.0)
 */
export interface ConnectAuth {
  /** The kinds of credentials that `callback` can answer. */
  readonly credentialTypes: readonly ConnectCredentialType[]
  /**
   * Answers all credentials, in order; `undefined` refuses. It may wait, and it must not throw.
   */
  callback(
    credentials: readonly ConnectCredential[],
  ): Promise<readonly string[] | undefined> | readonly string[] | undefined
}

/** Who stands behind the calls of a connection; libvirt's `VIR_CONNECT_IDENTITY_*`. */
export interface ConnectIdentity {
  readonly 'user-name'?: string
  readonly 'unix-user-id'?: number
  readonly 'group-name'?: string
  readonly 'unix-group-id'?: number
  readonly 'process-id'?: number
  /** The start of the process in clock ticks since the host's boot. */
  readonly 'process-time'?: number
  readonly 'sasl-user-name'?: string
  readonly 'x509-distinguished-name'?: string
  readonly 'selinux-context'?: string
}

/** Members about the connection itself; opening is done by `DriverFactory`. */
export interface ConnectDriverMembers {
  /**
   * Closes the connection, and gives back everything that it holds. No member is called afterwards.
   *
   * @libvirt virConnectClose (0.0.3)
   */
  connectClose(): VirResultAsync<void>
  /**
   * Tells the driver on whose behalf the following calls are made.
   *
   * @param flags - None are defined
   * @libvirt virConnectSetIdentity (5.8.0)
   */
  connectSetIdentity?(params: ConnectIdentity, flags: number): VirResultAsync<void>
  /**
   * Reports whether the driver has an internal feature.
   *
   * Those that are the same for every driver inside the process are answered without it, see `globalFeature`. An
   * absent member means that no feature is supported.
   *
   * @libvirt virConnectSupportsFeature (0.3.2)
   */
  connectSupportsFeature?(feature: DriverFeature): VirResultAsync<boolean>
  /**
   * Gives the name of the driver as users see it: `QEMU`, `Test`. An absent member stands for `name`.
   *
   * @libvirt virConnectGetType (0.0.3)
   */
  connectGetType?(): VirResultAsync<string>
  /**
   * Gives the hypervisor's version: major * 1,000,000 + minor * 1,000 + release.
   *
   * @libvirt virConnectGetVersion (0.0.3)
   */
  connectGetVersion?(): VirResultAsync<number>
  /**
   * Gives the version of libvirt at the far end, in the form of `connectGetVersion`; an absent member stands for the
   * library's own.
   *
   * @libvirt virConnectGetLibVersion (0.7.3)
   */
  connectGetLibVersion?(): VirResultAsync<number>
  /**
   * Gives the name of the host that the hypervisor runs on.
   *
   * @libvirt virConnectGetHostname (0.3.0)
   */
  connectGetHostname?(): VirResultAsync<string>
  /**
   * Reports whether the way to the hypervisor is encrypted.
   *
   * @libvirt virConnectIsEncrypted (0.7.3)
   */
  connectIsEncrypted?(): VirResultAsync<boolean>
  /**
   * Reports whether the way to the hypervisor is safe from listeners: encrypted, or not leaving the host.
   *
   * @libvirt virConnectIsSecure (0.7.3)
   */
  connectIsSecure?(): VirResultAsync<boolean>
  /**
   * Makes the connection ask its peer for signs of life.
   *
   * @param interval - Seconds between two requests; 0 or less asks never
   * @param count - Requests without an answer after which the connection counts as broken
   * @returns `false` when the peer does not answer such requests: where libvirt gives 1 and not 0
   * @libvirt virConnectSetKeepAlive (0.9.8)
   */
  connectSetKeepAlive?(interval: number, count: number): VirResultAsync<boolean>
  /**
   * Reports whether the hypervisor can still be reached.
   *
   * @libvirt virConnectIsAlive (0.9.8)
   */
  connectIsAlive?(): VirResultAsync<boolean>
}
