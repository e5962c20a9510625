import { withQemuDefaults } from '../../../src/drivers/qemu/defaults/qemu-defaults.ts'
import type { QemuBinary } from '../../../src/drivers/qemu/process/qemu-binaries.ts'
import type { VirResult } from '../../../src/errors/index.ts'
import { type DomainDef, parseDomain } from '../../../src/xml/index.ts'

/** What QEMU 7.2 of Debian says of itself, as far as it counts here. */
export const binary: QemuBinary = {
  path: '/usr/bin/qemu-system-x86_64',
  arch: 'x86_64',
  version: 7_002_022,
  kvm: true,
  machines: [
    { name: 'pc-i440fx-7.2', alias: 'pc', isDefault: true, maxCpus: 255, deprecated: false },
    { name: 'pc-q35-7.2', alias: 'q35', maxCpus: 288, deprecated: false },
    { name: 'microvm', maxCpus: 288, deprecated: false },
  ],
  types: [],
  options: ['sandbox'],
}

/** Reads a definition and completes it as the driver does. */
export function complete(xml: string): VirResult<DomainDef> {
  return parseDomain(xml, { inactive: true, defaults: { arch: 'x86_64' } }).andThen((def) =>
    withQemuDefaults(def, binary),
  )
}
