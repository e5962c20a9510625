/** Members that hand devices of the host to guests. @module */
import type { VirResultAsync } from '../errors/index.ts'
import type { NodeDeviceRef } from './refs.ts'

/** Members that hand devices of the host to guests. */
export interface HostDeviceDriver {
  /**
   * Takes a device away from the host, so that a guest can have it. The name has libvirt's spelling.
   *
   * @libvirt virNodeDeviceDettach (0.6.1)
   */
  nodeDeviceDettach?(device: NodeDeviceRef): VirResultAsync<void>
  /**
   * Takes a device away from the host, so that a guest can have it.
   *
   * @param driverName - `vfio`; `undefined` leaves it to the driver
   * @param flags - None are defined
   * @libvirt virNodeDeviceDetachFlags (1.0.5)
   */
  nodeDeviceDetachFlags?(
    device: NodeDeviceRef,
    driverName: string | undefined,
    flags: number,
  ): VirResultAsync<void>
  /**
   * Gives a device back to the host.
   *
   * @libvirt virNodeDeviceReAttach (0.6.1)
   */
  nodeDeviceReAttach?(device: NodeDeviceRef): VirResultAsync<void>
  /**
   * Resets a device, before it goes to another guest or back to the host.
   *
   * @libvirt virNodeDeviceReset (0.6.1)
   */
  nodeDeviceReset?(device: NodeDeviceRef): VirResultAsync<void>
}
