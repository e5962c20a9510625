import { err, ok } from 'neverthrow'
import { diskByName } from '../../checkpoint/index.ts'
import { invalidValue } from '../../driver/index.ts'
import type { VirError, VirResult } from '../../errors/index.ts'
import type { DomainDiskDef } from '../../xml/index.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'

/** Finds a disk of a domain by its target name or by the path of its source. */
export function findDisk(
  domain: QemuDomain,
  disk: string,
  missing: string,
): VirResult<DomainDiskDef> {
  const found = diskByName(domain.definition.devices.disks, disk)
  return found === undefined ? err(invalidDisk(missing)) : ok(found)
}

function invalidDisk(detail: string): VirError {
  return invalidValue(qemuOrigin, detail)
}
