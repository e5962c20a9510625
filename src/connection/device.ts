import type {
  DomainDeviceModifyFlags,
  DomainFDAssociateFlags,
  DomainModificationImpact,
} from '../constants/index.ts'
import type { DomainInterfaceParameters } from '../driver/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import { ranges, sizeOf } from './checks.ts'
import type { DomainObject } from './handles.ts'

/** Plugging devices in and out while the domain is defined or runs. */
export interface DomainDeviceCalls {
  /**
   * Adds a device to a running domain.
   *
   * @libvirt virDomainAttachDevice (0.1.9)
   */
  attachDevice(xml: string): VirResultAsync<void>

  /**
   * Adds a device to the running domain, to its definition, or to both.
   *
   * @libvirt virDomainAttachDeviceFlags (0.7.7)
   */
  attachDeviceFlags(xml: string, flags?: DomainDeviceModifyFlags): VirResultAsync<void>

  /**
   * Removes a device from a running domain. The guest may take its time: `deviceRemoved` tells when it is gone.
   *
   * @libvirt virDomainDetachDevice (0.1.9)
   */
  detachDevice(xml: string): VirResultAsync<void>

  /**
   * Removes a device from the running domain, from its definition, or from both. The guest may take its time:
   * `deviceRemoved` tells when it is gone.
   *
   * @libvirt virDomainDetachDeviceFlags (0.7.7)
   */
  detachDeviceFlags(xml: string, flags?: DomainDeviceModifyFlags): VirResultAsync<void>

  /**
   * Changes a device: the medium of a drive, the link of an interface.
   *
   * @libvirt virDomainUpdateDeviceFlags (0.8.0)
   */
  updateDeviceFlags(xml: string, flags?: DomainDeviceModifyFlags): VirResultAsync<void>

  /**
   * Asks for a device to be removed, and does not wait for it: `deviceRemoved` tells when it is gone.
   *
   * @param alias - As in `<alias name='…'/>`
   * @libvirt virDomainDetachDeviceAlias (4.4.0)
   */
  detachDeviceAlias(alias: string, flags?: DomainModificationImpact): VirResultAsync<void>

  /**
   * Changes the bandwidth of a network interface; only the fields that are given.
   *
   * @param device - Target name or MAC address
   * @libvirt virDomainSetInterfaceParameters (0.9.9)
   */
  setInterfaceParameters(
    device: string,
    params: DomainInterfaceParameters,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Gives the bandwidth of a network interface.
   *
   * @param device - Target name or MAC address
   * @libvirt virDomainGetInterfaceParameters (0.9.9)
   */
  getInterfaceParameters(
    device: string,
    flags?: DomainModificationImpact,
  ): VirResultAsync<DomainInterfaceParameters>

  /**
   * Hands open files over that disks of the domain name as `<source fdgroup='…'/>`.
   *
   * @param name - Name of the group
   * @param fds - File descriptors
   * @libvirt virDomainFDAssociate (9.0.0)
   */
  fdAssociate(
    name: string,
    fds: readonly number[],
    flags?: DomainFDAssociateFlags,
  ): VirResultAsync<void>
}

/** The methods of {@link DomainDeviceCalls}. */
export const domainDevice: DomainDeviceCalls & ThisType<DomainObject> = {
  attachDevice(xml) {
    return this.call('virDomainAttachDevice')
      .text('xml', xml)
      .readWrite()
      .to((driver) => driver.domainAttachDevice?.(this.ref, xml))
  },

  attachDeviceFlags(xml, flags = 0) {
    return this.call('virDomainAttachDeviceFlags', flags)
      .text('xml', xml)
      .readWrite()
      .to((driver, bits) => driver.domainAttachDeviceFlags?.(this.ref, xml, bits))
  },

  detachDevice(xml) {
    return this.call('virDomainDetachDevice')
      .text('xml', xml)
      .readWrite()
      .to((driver) => driver.domainDetachDevice?.(this.ref, xml))
  },

  detachDeviceFlags(xml, flags = 0) {
    return this.call('virDomainDetachDeviceFlags', flags)
      .text('xml', xml)
      .readWrite()
      .to((driver, bits) => driver.domainDetachDeviceFlags?.(this.ref, xml, bits))
  },

  updateDeviceFlags(xml, flags = 0) {
    return this.call('virDomainUpdateDeviceFlags', flags)
      .text('xml', xml)
      .readWrite()
      .to((driver, bits) => driver.domainUpdateDeviceFlags?.(this.ref, xml, bits))
  },

  detachDeviceAlias(alias, flags = 0) {
    return this.call('virDomainDetachDeviceAlias', flags)
      .text('alias', alias)
      .readWrite()
      .to((driver, bits) => driver.domainDetachDeviceAlias?.(this.ref, alias, bits))
  },

  setInterfaceParameters(device, params, flags = 0) {
    return this.call('virDomainSetInterfaceParameters', flags)
      .readWrite()
      .record('params', params)
      .positive('nparams', sizeOf(params))
      .typedParameters(params)
      .text('device', device)
      .to((driver, bits) => driver.domainSetInterfaceParameters?.(this.ref, device, params, bits))
  },

  getInterfaceParameters(device, flags = 0) {
    return this.call('virDomainGetInterfaceParameters', flags)
      .text('device', device)
      .to((driver, bits) => driver.domainGetInterfaceParameters?.(this.ref, device, bits))
  },

  fdAssociate(name, fds, flags = 0) {
    return this.call('virDomainFDAssociate', flags)
      .nonZero('nfds', sizeOf(fds))
      .integers('fds', fds, ranges.i32)
      .readWrite()
      .text('name', name)
      .to((driver, bits) => driver.domainFDAssociate?.(this.ref, name, fds, bits))
  },
}
