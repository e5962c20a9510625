/** Members about security labels and confidential guests. @module */
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** The label that a domain runs under; libvirt's `virSecurityLabel`. */
export interface SecurityLabel {
  /** At most 4096 bytes. */
  readonly label: string
  readonly enforcing: boolean
}

/** The host's model of security labels; libvirt's `virSecurityModel`. Each at most 256 bytes. */
export interface SecurityModel {
  /** `selinux`, `apparmor`, `dac`; `''` for none. */
  readonly model: string
  /** Domain of interpretation. */
  readonly doi: string
}

/** What the host offers to guests with encrypted memory (AMD SEV); libvirt's `VIR_NODE_SEV_*`. */
export interface NodeSEVInfo {
  /** Base64, as the next two. */
  readonly pdh?: string
  readonly 'cert-chain'?: string
  readonly 'cpu0-id'?: string
  readonly cbitpos?: number
  readonly 'reduced-phys-bits'?: number
  readonly 'max-guests'?: number
  readonly 'max-es-guests'?: number
}

/** What a guest with encrypted memory can prove; libvirt's `VIR_DOMAIN_LAUNCH_SECURITY_*`. */
export interface DomainLaunchSecurityInfo {
  /** Base64. */
  readonly 'sev-measurement'?: string
  readonly 'sev-api-major'?: number
  readonly 'sev-api-minor'?: number
  readonly 'sev-build-id'?: number
  readonly 'sev-policy'?: number
}

/** A secret that is put into the memory of a guest before it starts. */
export interface DomainLaunchSecurityState {
  /** Base64, as the next. */
  readonly 'sev-secret-header'?: string
  readonly 'sev-secret'?: string
  /** Address in the guest's memory. */
  readonly 'sev-secret-set-address'?: number
}

/** Members about security labels and confidential guests. */
export interface SecurityDriver {
  /**
   * Gives the label that the running domain has under the host's first security model.
   *
   * @libvirt virDomainGetSecurityLabel (0.6.1)
   */
  domainGetSecurityLabel?(domain: DomainRef): VirResultAsync<SecurityLabel>
  /**
   * Gives the labels that the running domain has, one for each security model.
   *
   * @libvirt virDomainGetSecurityLabelList (0.10.0)
   */
  domainGetSecurityLabelList?(domain: DomainRef): VirResultAsync<readonly SecurityLabel[]>
  /**
   * Gives the host's first security model.
   *
   * @libvirt virNodeGetSecurityModel (0.6.1)
   */
  nodeGetSecurityModel?(): VirResultAsync<SecurityModel>
  /**
   * Gives what the host offers to guests with encrypted memory.
   *
   * @param flags - `TypedParameterFlags`
   * @libvirt virNodeGetSEVInfo (4.5.0)
   */
  nodeGetSEVInfo?(flags: number): VirResultAsync<NodeSEVInfo>
  /**
   * Gives what a guest with encrypted memory can prove.
   *
   * @param flags - `TypedParameterFlags`
   * @libvirt virDomainGetLaunchSecurityInfo (4.5.0)
   */
  domainGetLaunchSecurityInfo?(
    domain: DomainRef,
    flags: number,
  ): VirResultAsync<DomainLaunchSecurityInfo>
  /**
   * Puts a secret into the memory of a guest that is paused before its start.
   *
   * @param flags - None are defined
   * @libvirt virDomainSetLaunchSecurityState (8.0.0)
   */
  domainSetLaunchSecurityState?(
    domain: DomainRef,
    params: DomainLaunchSecurityState,
    flags: number,
  ): VirResultAsync<void>
}
