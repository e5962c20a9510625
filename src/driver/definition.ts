/** Members about the definition of a domain, its state and its metadata. @module */
import type {
  DomainControlState,
  DomainDefineFlags,
  DomainGetHostnameFlags,
  DomainMetadataType,
  DomainModificationImpact,
  DomainState,
  DomainUndefineFlagsValues,
  DomainXMLFlags,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** A domain in brief; libvirt's `virDomainInfo`. */
export interface DomainInfo {
  readonly state: DomainState
  /** KiB that the domain may have. */
  readonly maxMem: number
  /** KiB that the domain has. */
  readonly memory: number
  readonly nrVirtCpu: number
  /** Nanoseconds of CPU time used. */
  readonly cpuTime: bigint
}

/** The state of a domain, and how it came to it. */
export interface DomainStateReason {
  readonly state: DomainState
  /** Of the enum that belongs to the state: `DomainRunningReason`, `DomainPausedReason` … */
  readonly reason: number
}

/** Whether a domain can be controlled; libvirt's `virDomainControlInfo`. */
export interface DomainControlInfo {
  readonly state: DomainControlState
  /** Of `DomainControlErrorReason` when the state is `ERROR`, else 0. */
  readonly details: number
  /** Milliseconds since the state was entered. */
  readonly stateTime: number
}

/** Members about the definition of a domain, its state and its metadata. */
export interface DefinitionDriver {
  /**
   * Gives the kind of the guest's operating system: `hvm`, `linux`.
   *
   * @libvirt virDomainGetOSType (0.0.3)
   */
  domainGetOSType?(domain: DomainRef): VirResultAsync<string>
  /**
   * Gives the name that the guest gave itself.
   *
   * @libvirt virDomainGetHostname (0.10.0)
   */
  domainGetHostname?(domain: DomainRef, flags: DomainGetHostnameFlags): VirResultAsync<string>
  /**
   * Gives the domain in brief.
   *
   * @libvirt virDomainGetInfo (0.0.3)
   */
  domainGetInfo?(domain: DomainRef): VirResultAsync<DomainInfo>
  /**
   * Gives the state of the domain.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetState (0.9.2)
   */
  domainGetState?(domain: DomainRef, flags: number): VirResultAsync<DomainStateReason>
  /**
   * Gives whether the running domain can be controlled.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetControlInfo (0.9.3)
   */
  domainGetControlInfo?(domain: DomainRef, flags: number): VirResultAsync<DomainControlInfo>
  /**
   * Describes the domain.
   *
   * @param flags - `INACTIVE` describes a running domain as it will be at its next start, `SECURE` includes passwords
   * @libvirt virDomainGetXMLDesc (0.0.3)
   */
  domainGetXMLDesc?(domain: DomainRef, flags: DomainXMLFlags): VirResultAsync<string>
  /**
   * Converts the hypervisor's own configuration to domain XML.
   *
   * @param nativeFormat - `qemu-argv`, `vmware-vmx` …
   * @param flags - None are defined
   * @libvirt virConnectDomainXMLFromNative (0.6.4)
   */
  connectDomainXMLFromNative?(
    nativeFormat: string,
    nativeConfig: string,
    flags: number,
  ): VirResultAsync<string>
  /**
   * Converts domain XML to the hypervisor's own configuration.
   *
   * @param nativeFormat - `qemu-argv`, `vmware-vmx` …
   * @param flags - None are defined
   * @libvirt virConnectDomainXMLToNative (0.6.4)
   */
  connectDomainXMLToNative?(
    nativeFormat: string,
    domainXml: string,
    flags: number,
  ): VirResultAsync<string>
  /**
   * Defines a domain, or replaces the definition with its UUID; a running domain keeps what it was started with.
   *
   * @libvirt virDomainDefineXML (0.1.1)
   */
  domainDefineXML?(xml: string): VirResultAsync<DomainRef>
  /**
   * Defines a domain, or replaces the definition with its UUID; a running domain keeps what it was started with.
   *
   * @param flags - `VALIDATE` checks against the schema first
   * @libvirt virDomainDefineXMLFlags (1.2.12)
   */
  domainDefineXMLFlags?(xml: string, flags: DomainDefineFlags): VirResultAsync<DomainRef>
  /**
   * Removes the definition; a running domain becomes transient.
   *
   * @libvirt virDomainUndefine (0.1.1)
   */
  domainUndefine?(domain: DomainRef): VirResultAsync<void>
  /**
   * Removes the definition, with what is kept beside it as far as flags say so; a running domain becomes transient.
   *
   * @errors `OPERATION_INVALID` when saved state, snapshots or checkpoints would be left behind
   * @libvirt virDomainUndefineFlags (0.9.4)
   */
  domainUndefineFlags?(domain: DomainRef, flags: DomainUndefineFlagsValues): VirResultAsync<void>
  /**
   * Reports whether the domain is started with the host.
   *
   * @libvirt virDomainGetAutostart (0.2.1)
   */
  domainGetAutostart?(domain: DomainRef): VirResultAsync<boolean>
  /**
   * Says whether the domain is started with the host.
   *
   * @libvirt virDomainSetAutostart (0.2.1)
   */
  domainSetAutostart?(domain: DomainRef, autostart: boolean): VirResultAsync<void>
  /**
   * Gives a domain that does not run another name.
   *
   * @param flags - None are defined
   * @libvirt virDomainRename (1.2.19)
   */
  domainRename?(domain: DomainRef, newName: string, flags: number): VirResultAsync<void>
  /**
   * Sets or removes title, description or one custom element of the domain.
   *
   * @param metadata - `undefined` removes it
   * @param key - Prefix of the custom element's namespace; `undefined` for title and description
   * @param uri - Namespace of the custom element; `undefined` for title and description
   * @libvirt virDomainSetMetadata (0.9.10)
   */
  domainSetMetadata?(
    domain: DomainRef,
    type: DomainMetadataType,
    metadata: string | undefined,
    key: string | undefined,
    uri: string | undefined,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Gives title, description or one custom element of the domain.
   *
   * @param uri - Namespace of the custom element; `undefined` for title and description
   * @errors `NO_DOMAIN_METADATA` when it has none
   * @libvirt virDomainGetMetadata (0.9.10)
   */
  domainGetMetadata?(
    domain: DomainRef,
    type: DomainMetadataType,
    uri: string | undefined,
    flags: DomainModificationImpact,
  ): VirResultAsync<string>
}
