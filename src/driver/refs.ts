/**
 * What the interface names objects with: plain data, never the objects of the public API.
 *
 * @module
 */

/** A domain, as a driver is told of it and tells of it. */
export interface DomainRef {
  readonly name: string
  /** Lower case, with dashes. */
  readonly uuid: string
  /** The id of the running domain; -1 when it does not run. */
  readonly id: number
}

/** A checkpoint of a domain. */
export interface DomainCheckpointRef {
  readonly domain: DomainRef
  readonly name: string
}

/** A snapshot of a domain. */
export interface DomainSnapshotRef {
  readonly domain: DomainRef
  readonly name: string
}

/** A device of the host. */
export interface NodeDeviceRef {
  /** The name that libvirt gives the device: `pci_0000_03_00_0`. */
  readonly name: string
}
