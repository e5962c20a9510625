import {
  type DomainDefineFlags,
  type DomainGetHostnameFlags,
  DomainMetadataType,
  type DomainModificationImpact,
  type DomainUndefineFlagsValues,
  DomainXMLFlags,
} from '../constants/index.ts'
import type { DomainControlInfo, DomainInfo, DomainStateReason } from '../driver/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import { badArgument, ranges } from './checks.ts'
import type { ConnectionObject } from './connection.ts'
import type { Domain } from './domain.ts'
import type { DomainObject } from './handles.ts'
import { affectConfig, affectLive } from './named-flags.ts'

/** Defining domains, and converting their documents. */
export interface ConnectionDefinitionCalls {
  /**
   * Converts the hypervisor's own configuration to domain XML.
   *
   * @param nativeFormat - `qemu-argv`, `vmware-vmx` …
   * @param flags - None are defined
   * @libvirt virConnectDomainXMLFromNative (0.6.4)
   */
  domainXMLFromNative(
    nativeFormat: string,
    nativeConfig: string,
    flags?: number,
  ): VirResultAsync<string>

  /**
   * Converts domain XML to the hypervisor's own configuration.
   *
   * @param nativeFormat - `qemu-argv`, `vmware-vmx` …
   * @param flags - None are defined
   * @libvirt virConnectDomainXMLToNative (0.6.4)
   */
  domainXMLToNative(nativeFormat: string, domainXml: string, flags?: number): VirResultAsync<string>

  /**
   * Defines a domain, or replaces the definition with its UUID; a running domain keeps what it was started with.
   *
   * @libvirt virDomainDefineXML (0.1.1)
   */
  domainDefineXML(xml: string): VirResultAsync<Domain>

  /**
   * Defines a domain, or replaces the definition with its UUID; a running domain keeps what it was started with.
   *
   * @param flags - `VALIDATE` checks against the schema first
   * @libvirt virDomainDefineXMLFlags (1.2.12)
   */
  domainDefineXMLFlags(xml: string, flags?: DomainDefineFlags): VirResultAsync<Domain>
}

/** The methods of {@link ConnectionDefinitionCalls}. */
export const connectionDefinition: ConnectionDefinitionCalls & ThisType<ConnectionObject> = {
  domainXMLFromNative(nativeFormat, nativeConfig, flags = 0) {
    return this.call('virConnectDomainXMLFromNative', flags)
      .readWrite()
      .text('nativeFormat', nativeFormat)
      .text('nativeConfig', nativeConfig)
      .to((driver, bits) => driver.connectDomainXMLFromNative?.(nativeFormat, nativeConfig, bits))
  },

  domainXMLToNative(nativeFormat, domainXml, flags = 0) {
    return this.call('virConnectDomainXMLToNative', flags)
      .readWrite()
      .text('nativeFormat', nativeFormat)
      .text('domainXml', domainXml)
      .to((driver, bits) => driver.connectDomainXMLToNative?.(nativeFormat, domainXml, bits))
  },

  domainDefineXML(xml) {
    return this.call('virDomainDefineXML')
      .readWrite()
      .text('xml', xml)
      .to((driver) => driver.domainDefineXML?.(xml), this.toDomain)
  },

  domainDefineXMLFlags(xml, flags = 0) {
    return this.call('virDomainDefineXMLFlags', flags)
      .readWrite()
      .text('xml', xml)
      .to((driver, bits) => driver.domainDefineXMLFlags?.(xml, bits), this.toDomain)
  },
}

/** A domain's document, state and metadata. */
export interface DomainDefinitionCalls {
  /**
   * Gives the kind of the guest's operating system: `hvm`, `linux`.
   *
   * @libvirt virDomainGetOSType (0.0.3)
   */
  getOSType(): VirResultAsync<string>

  /**
   * Gives the name that the guest gave itself.
   *
   * @libvirt virDomainGetHostname (0.10.0)
   */
  getHostname(flags?: DomainGetHostnameFlags): VirResultAsync<string>

  /**
   * Gives the domain in brief.
   *
   * @libvirt virDomainGetInfo (0.0.3)
   */
  getInfo(): VirResultAsync<DomainInfo>

  /**
   * Gives the state of the domain.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetState (0.9.2)
   */
  getState(flags?: number): VirResultAsync<DomainStateReason>

  /**
   * Gives whether the running domain can be controlled.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetControlInfo (0.9.3)
   */
  getControlInfo(flags?: number): VirResultAsync<DomainControlInfo>

  /**
   * Describes the domain.
   *
   * @param flags - `INACTIVE` describes a running domain as it will be at its next start, `SECURE` includes passwords
   * @libvirt virDomainGetXMLDesc (0.0.3)
   */
  getXMLDesc(flags?: DomainXMLFlags): VirResultAsync<string>

  /**
   * Removes the definition; a running domain becomes transient.
   *
   * @libvirt virDomainUndefine (0.1.1)
   */
  undefine(): VirResultAsync<void>

  /**
   * Removes the definition, with what is kept beside it as far as flags say so; a running domain becomes transient.
   *
   * @errors `OPERATION_INVALID` when saved state, snapshots or checkpoints would be left behind
   * @libvirt virDomainUndefineFlags (0.9.4)
   */
  undefineFlags(flags?: DomainUndefineFlagsValues): VirResultAsync<void>

  /**
   * Reports whether the domain is started with the host.
   *
   * @libvirt virDomainGetAutostart (0.2.1)
   */
  getAutostart(): VirResultAsync<boolean>

  /**
   * Says whether the domain is started with the host.
   *
   * @libvirt virDomainSetAutostart (0.2.1)
   */
  setAutostart(autostart: boolean): VirResultAsync<void>

  /**
   * Gives a domain that does not run another name.
   *
   * @param flags - None are defined
   * @libvirt virDomainRename (1.2.19)
   */
  rename(newName: string, flags?: number): VirResultAsync<void>

  /**
   * Sets or removes title, description or one custom element of the domain.
   *
   * @param metadata - `undefined` removes it
   * @param key - Prefix of the custom element's namespace; `undefined` for title and description
   * @param uri - Namespace of the custom element; `undefined` for title and description
   * @libvirt virDomainSetMetadata (0.9.10)
   */
  setMetadata(
    type: DomainMetadataType,
    metadata?: string,
    key?: string,
    uri?: string,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Gives title, description or one custom element of the domain.
   *
   * @param uri - Namespace of the custom element; `undefined` for title and description
   * @errors `NO_DOMAIN_METADATA` when it has none
   * @libvirt virDomainGetMetadata (0.9.10)
   */
  getMetadata(
    type: DomainMetadataType,
    uri?: string,
    flags?: DomainModificationImpact,
  ): VirResultAsync<string>
}

/** The methods of {@link DomainDefinitionCalls}. */
export const domainDefinition: DomainDefinitionCalls & ThisType<DomainObject> = {
  getOSType() {
    return this.call('virDomainGetOSType').to((driver) => driver.domainGetOSType?.(this.ref))
  },

  getHostname(flags = 0) {
    return this.call('virDomainGetHostname', flags)
      .readWrite()
      .to((driver, bits) => driver.domainGetHostname?.(this.ref, bits))
  },

  getInfo() {
    return this.call('virDomainGetInfo').to((driver) => driver.domainGetInfo?.(this.ref))
  },

  getState(flags = 0) {
    return this.call('virDomainGetState', flags).to((driver, bits) =>
      driver.domainGetState?.(this.ref, bits),
    )
  },

  getControlInfo(flags = 0) {
    return this.call('virDomainGetControlInfo', flags).to((driver, bits) =>
      driver.domainGetControlInfo?.(this.ref, bits),
    )
  },

  getXMLDesc(flags = 0) {
    return this.call('virDomainGetXMLDesc', flags)
      .secure(DomainXMLFlags.SECURE | DomainXMLFlags.MIGRATABLE)
      .to((driver, bits) => driver.domainGetXMLDesc?.(this.ref, bits))
  },

  undefine() {
    return this.call('virDomainUndefine')
      .readWrite()
      .to((driver) => driver.domainUndefine?.(this.ref))
  },

  undefineFlags(flags = 0) {
    return this.call('virDomainUndefineFlags', flags)
      .readWrite()
      .to((driver, bits) => driver.domainUndefineFlags?.(this.ref, bits))
  },

  getAutostart() {
    return this.call('virDomainGetAutostart').to((driver) => driver.domainGetAutostart?.(this.ref))
  },

  setAutostart(autostart) {
    return this.call('virDomainSetAutostart')
      .readWrite()
      .boolean('autostart', autostart)
      .to((driver) => driver.domainSetAutostart?.(this.ref, autostart))
  },

  rename(newName, flags = 0) {
    return this.call('virDomainRename', flags)
      .nonEmpty('new_name', newName)
      .readWrite()
      .to(
        (driver, bits) => driver.domainRename?.(this.ref, newName, bits),
        () => this.update({ name: newName }),
      )
  },

  setMetadata(type, metadata, key, uri, flags = 0) {
    return this.call('virDomainSetMetadata', flags)
      .readWrite()
      .check((fn) =>
        type === DomainMetadataType.TITLE && typeof metadata === 'string' && metadata.includes('\n')
          ? badArgument(fn, 'metadata', "metadata title can't contain newlines")
          : undefined,
      )
      .when(isText(type), (call) => call.mustBeNull('uri', uri).mustBeNull('key', key))
      .when(type === DomainMetadataType.ELEMENT, (call) =>
        call
          .text('uri', uri)
          .when(metadata !== undefined && metadata !== null, () => call.text('key', key)),
      )
      .integer('type', type, ranges.i32)
      .optionalText('metadata', metadata)
      .optionalText('key', key)
      .optionalText('uri', uri)
      .to((driver, bits) =>
        driver.domainSetMetadata?.(
          this.ref,
          type,
          metadata ?? undefined,
          key ?? undefined,
          uri ?? undefined,
          bits,
        ),
      )
  },

  getMetadata(type, uri, flags = 0) {
    return this.call('virDomainGetMetadata', flags)
      .exclusive(affectLive, affectConfig)
      .when(isText(type), (call) => call.mustBeNull('uri', uri))
      .when(type === DomainMetadataType.ELEMENT, (call) => call.text('uri', uri))
      .integer('type', type, ranges.i32)
      .optionalText('uri', uri)
      .to((driver, bits) => driver.domainGetMetadata?.(this.ref, type, uri ?? undefined, bits))
  },
}

/** Says whether the metadata is a text of libvirt's own, and no element of somebody's. */
function isText(type: number): boolean {
  return type === DomainMetadataType.DESCRIPTION || type === DomainMetadataType.TITLE
}
