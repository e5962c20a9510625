import type { QemuDomain } from './qemu-domain.ts'
import type { QemuDisk } from './storage/disk-layer.ts'

/** Puts a disk in the place of the one with its target: in what runs, and in the live definition. */
export function setLiveDisk(domain: QemuDomain, disk: QemuDisk): void {
  const { definition, running } = domain
  const { dev } = disk.def.target
  running?.disks.set(dev, disk)
  domain.definition = {
    ...definition,
    devices: {
      ...definition.devices,
      disks: definition.devices.disks.map((other) => (other.target.dev === dev ? disk.def : other)),
    },
  }
}
