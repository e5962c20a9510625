/** What all devices have in common: a name, an address, a place in the boot order. @module */
import type { XmlRest } from '../rest.ts'

/** Where a device sits; numbers are absent where the definition leaves them to the driver. */
export type DeviceAddress =
  PciAddress | DriveAddress | CcwAddress | VirtioSerialAddress | UsbAddress | OtherAddress

/** A place on a PCI bus. */
export interface PciAddress {
  readonly type: 'pci'
  readonly domain: number
  readonly bus: number
  readonly slot: number
  readonly function: number
  readonly multifunction?: boolean
  readonly rest?: XmlRest
}

/** A place on a disk controller. */
export interface DriveAddress {
  readonly type: 'drive'
  readonly controller: number
  readonly bus: number
  readonly target: number
  readonly unit: number
  readonly rest?: XmlRest
}

/** A place on the channel subsystem of s390. */
export interface CcwAddress {
  readonly type: 'ccw'
  readonly cssid: number
  readonly ssid: number
  readonly devno: number
  readonly rest?: XmlRest
}

/** A port of a virtio-serial controller. */
export interface VirtioSerialAddress {
  readonly type: 'virtio-serial'
  readonly controller: number
  readonly bus: number
  readonly port: number
  readonly rest?: XmlRest
}

/** A place on a USB bus. */
export interface UsbAddress {
  readonly type: 'usb'
  readonly bus: number
  /** `1.2`: port 2 of the hub on port 1. */
  readonly port?: string
  readonly rest?: XmlRest
}

/** An address of another kind; which members count depends on the type. */
export interface OtherAddress {
  readonly type:
    'ccid' | 'spapr-vio' | 'virtio-s390' | 'virtio-mmio' | 'isa' | 'dimm' | 'unassigned'
  readonly controller?: number
  readonly slot?: number
  readonly reg?: number
  readonly iobase?: number
  readonly irq?: number
  readonly base?: number
  readonly rest?: XmlRest
}

/** What every device may have. */
export interface DeviceCommon {
  /** Name of the device in a running domain: `virtio-disk0`, or chosen by the user: `ua-data`. */
  readonly alias?: string
  readonly address?: DeviceAddress
  /** Position in the boot order, from 1. */
  readonly bootOrder?: number
  readonly rest?: XmlRest
}
