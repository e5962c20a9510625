/** Members that add, change and remove devices. @module */
import type {
  DomainDeviceModifyFlags,
  DomainFDAssociateFlags,
  DomainModificationImpact,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** Bandwidth of a network interface: KiB a second, bursts in KiB; libvirt's `VIR_DOMAIN_BANDWIDTH_*`. */
export interface DomainInterfaceParameters {
  readonly 'inbound.average'?: number
  readonly 'inbound.peak'?: number
  readonly 'inbound.burst'?: number
  readonly 'inbound.floor'?: number
  readonly 'outbound.average'?: number
  readonly 'outbound.peak'?: number
  readonly 'outbound.burst'?: number
}

/** Members that add, change and remove devices. A device is one element of `<devices>`: `<disk>…</disk>`. */
export interface DeviceDriver {
  /**
   * Adds a device to a running domain.
   *
   * @libvirt virDomainAttachDevice (0.1.9)
   */
  domainAttachDevice?(domain: DomainRef, xml: string): VirResultAsync<void>
  /**
   * Adds a device to the running domain, to its definition, or to both.
   *
   * @libvirt virDomainAttachDeviceFlags (0.7.7)
   */
  domainAttachDeviceFlags?(
    domain: DomainRef,
    xml: string,
    flags: DomainDeviceModifyFlags,
  ): VirResultAsync<void>
  /**
   * Removes a device from a running domain. The guest may take its time: `deviceRemoved` tells when it is gone.
   *
   * @libvirt virDomainDetachDevice (0.1.9)
   */
  domainDetachDevice?(domain: DomainRef, xml: string): VirResultAsync<void>
  /**
   * Removes a device from the running domain, from its definition, or from both. The guest may take its time:
   * `deviceRemoved` tells when it is gone.
   *
   * @libvirt virDomainDetachDeviceFlags (0.7.7)
   */
  domainDetachDeviceFlags?(
    domain: DomainRef,
    xml: string,
    flags: DomainDeviceModifyFlags,
  ): VirResultAsync<void>
  /**
   * Changes a device: the medium of a drive, the link of an interface.
   *
   * @libvirt virDomainUpdateDeviceFlags (0.8.0)
   */
  domainUpdateDeviceFlags?(
    domain: DomainRef,
    xml: string,
    flags: DomainDeviceModifyFlags,
  ): VirResultAsync<void>
  /**
   * Asks for a device to be removed, and does not wait for it: `deviceRemoved` tells when it is gone.
   *
   * @param alias - As in `<alias name='…'/>`
   * @libvirt virDomainDetachDeviceAlias (4.4.0)
   */
  domainDetachDeviceAlias?(
    domain: DomainRef,
    alias: string,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Changes the bandwidth of a network interface; only the fields that are given.
   *
   * @param device - Target name or MAC address
   * @libvirt virDomainSetInterfaceParameters (0.9.9)
   */
  domainSetInterfaceParameters?(
    domain: DomainRef,
    device: string,
    params: DomainInterfaceParameters,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Gives the bandwidth of a network interface.
   *
   * @param device - Target name or MAC address
   * @libvirt virDomainGetInterfaceParameters (0.9.9)
   */
  domainGetInterfaceParameters?(
    domain: DomainRef,
    device: string,
    flags: DomainModificationImpact,
  ): VirResultAsync<DomainInterfaceParameters>
  /**
   * Hands open files over that disks of the domain name as `<source fdgroup='…'/>`.
   *
   * @param name - Name of the group
   * @param fds - File descriptors
   * @libvirt virDomainFDAssociate (9.0.0)
   */
  domainFDAssociate?(
    domain: DomainRef,
    name: string,
    fds: readonly number[],
    flags: DomainFDAssociateFlags,
  ): VirResultAsync<void>
}
