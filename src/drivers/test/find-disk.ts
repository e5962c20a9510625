import { err, ok } from 'neverthrow'
import { diskByName } from '../../checkpoint/index.ts'
import type { VirError, VirResult } from '../../errors/index.ts'
import type { DomainDef, DomainDiskDef } from '../../xml/index.ts'
import { invalidValue } from './state-errors.ts'
import type { World } from './world.ts'

/** Finds a disk of a definition by its target name or by the path of its source. */
export function findDisk(
  def: DomainDef,
  disk: string,
  missing: () => VirError,
): VirResult<DomainDiskDef> {
  const found = diskByName(def.devices.disks, disk)
  return found === undefined ? err(missing()) : ok(found)
}

/** The error of most operations for a disk that a domain does not have. */
export function diskNotFound(world: World, disk: string): () => VirError {
  return () => invalidValue(world.semantics, `disk '${disk}' not found in domain`)
}
