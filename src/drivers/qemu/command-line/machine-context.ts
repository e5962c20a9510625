import type { DomainDef } from '../../../xml/index.ts'
import { machineKind } from '../defaults/machine-kind.ts'
import type { QemuBinary } from '../process/qemu-binaries.ts'
import type { RunPaths } from '../state/root-layout.ts'
import type { QemuDisk } from '../storage/disk-layer.ts'
import type { ObjectOptions } from '../../../qmp/index.ts'

/** What a command line is made from. */
export interface CommandContext {
  /** With aliases and addresses. */
  readonly def: DomainDef
  readonly binary: QemuBinary
  readonly paths: RunPaths
  readonly pidFile: string
  /** By target name, in the order of the definition. */
  readonly disks: ReadonlyMap<string, QemuDisk>
  /** The secrets of disks, encrypted. */
  readonly secrets: readonly ObjectOptions[]
  /** Whether QEMU is kept from what it has no need for. */
  readonly sandbox: boolean
}

/** The name of the bus that the machine begins with. */
export function rootBus(def: DomainDef): string {
  return machineKind(def) === 'q35' ? 'pcie.0' : 'pci.0'
}
