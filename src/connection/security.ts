import type {
  DomainLaunchSecurityInfo,
  DomainLaunchSecurityState,
  NodeSEVInfo,
  SecurityLabel,
  SecurityModel,
} from '../driver/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import { sizeOf } from './checks.ts'
import type { ConnectionObject } from './connection.ts'
import type { DomainObject } from './handles.ts'

/** How the host keeps guests apart. */
export interface ConnectionSecurityCalls {
  /**
   * Gives the host's first security model.
   *
   * @libvirt virNodeGetSecurityModel (0.6.1)
   */
  nodeGetSecurityModel(): VirResultAsync<SecurityModel>

  /**
   * Gives what the host offers to guests with encrypted memory.
   *
   * @param flags - `TypedParameterFlags`
   * @libvirt virNodeGetSEVInfo (4.5.0)
   */
  nodeGetSEVInfo(flags?: number): VirResultAsync<NodeSEVInfo>
}

/** The methods of {@link ConnectionSecurityCalls}. */
export const connectionSecurity: ConnectionSecurityCalls & ThisType<ConnectionObject> = {
  nodeGetSecurityModel() {
    return this.call('virNodeGetSecurityModel').to((driver) => driver.nodeGetSecurityModel?.())
  },

  nodeGetSEVInfo(flags = 0) {
    return this.call('virNodeGetSEVInfo', flags)
      .readWrite()
      .to((driver, bits) => driver.nodeGetSEVInfo?.(bits))
  },
}

/** How a domain is kept apart from others, and from its host. */
export interface DomainSecurityCalls {
  /**
   * Gives the label that the running domain has under the host's first security model.
   *
   * @libvirt virDomainGetSecurityLabel (0.6.1)
   */
  getSecurityLabel(): VirResultAsync<SecurityLabel>

  /**
   * Gives the labels that the running domain has, one for each security model.
   *
   * @libvirt virDomainGetSecurityLabelList (0.10.0)
   */
  getSecurityLabelList(): VirResultAsync<readonly SecurityLabel[]>

  /**
   * Gives what a guest with encrypted memory can prove.
   *
   * @param flags - `TypedParameterFlags`
   * @libvirt virDomainGetLaunchSecurityInfo (4.5.0)
   */
  getLaunchSecurityInfo(flags?: number): VirResultAsync<DomainLaunchSecurityInfo>

  /**
   * Puts a secret into the memory of a guest that is paused before its start.
   *
   * @param flags - None are defined
   * @libvirt virDomainSetLaunchSecurityState (8.0.0)
   */
  setLaunchSecurityState(params: DomainLaunchSecurityState, flags?: number): VirResultAsync<void>
}

/** The methods of {@link DomainSecurityCalls}. */
export const domainSecurity: DomainSecurityCalls & ThisType<DomainObject> = {
  getSecurityLabel() {
    return this.call('virDomainGetSecurityLabel').to((driver) =>
      driver.domainGetSecurityLabel?.(this.ref),
    )
  },

  getSecurityLabelList() {
    return this.call('virDomainGetSecurityLabelList').to((driver) =>
      driver.domainGetSecurityLabelList?.(this.ref),
    )
  },

  getLaunchSecurityInfo(flags = 0) {
    return this.call('virDomainGetLaunchSecurityInfo', flags)
      .readWrite()
      .to((driver, bits) => driver.domainGetLaunchSecurityInfo?.(this.ref, bits))
  },

  setLaunchSecurityState(params, flags = 0) {
    return this.call('virDomainSetLaunchSecurityState', flags)
      .record('params', params)
      .positive('nparams', sizeOf(params))
      .readWrite()
      .typedParameters(params)
      .to((driver, bits) => driver.domainSetLaunchSecurityState?.(this.ref, params, bits))
  },
}
