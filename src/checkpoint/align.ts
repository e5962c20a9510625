import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError, type VirResult } from '../errors/index.ts'
import type { DomainCheckpointDiskDef, DomainDiskDef } from '../xml/index.ts'
import { diskByName, isDiskEmpty } from './disk-rules.ts'

/**
 * Says for every disk of a domain whether it takes part in a checkpoint; libvirt's `virDomainCheckpointAlignDisks`.
 *
 * When no disks are listed, all that are writable and not empty do; otherwise those that are listed and say nothing else.
 *
 * @param name - Of the checkpoint; a bitmap is called so when the list does not say otherwise
 * @returns One entry for each disk, in the order of the domain, by its target
 * @errors CONFIG_UNSUPPORTED - the list and the domain do not fit each other
 */
export function alignCheckpointDisks(
  name: string,
  listed: readonly DomainCheckpointDiskDef[] | undefined,
  disks: readonly DomainDiskDef[],
): VirResult<readonly DomainCheckpointDiskDef[]> {
  if ((listed?.length ?? 0) > disks.length) {
    return refuse('too many disk checkpoint requests for domain')
  }
  if (disks.length === 0) return refuse('domain must have at least one disk to perform checkpoints')
  const requests = new Map<DomainDiskDef, DomainCheckpointDiskDef>()
  for (const request of listed ?? []) {
    const disk = diskByName(disks, request.name)
    if (disk === undefined) return refuse(`no disk named '${request.name}'`)
    if (requests.has(disk)) return refuse(`disk '${request.name}' specified twice`)
    if (request.checkpoint !== 'no' && !canTakePart(disk)) {
      return refuse(`disk '${request.name}' is empty or readonly`)
    }
    requests.set(disk, request)
  }
  return ok(
    disks.map((disk) => {
      const fallback = { checkpoint: listed === undefined && canTakePart(disk) ? 'bitmap' : 'no' }
      const { checkpoint, bitmap } = { bitmap: undefined, ...(requests.get(disk) ?? fallback) }
      if (checkpoint === 'no') return { name: disk.target.dev, checkpoint }
      return { name: disk.target.dev, checkpoint: 'bitmap', bitmap: bitmap ?? name }
    }),
  )
}

/** Fills in what a checkpoint that is redefined without its domain leaves out. */
export function nameBitmaps(
  name: string,
  listed: readonly DomainCheckpointDiskDef[],
): readonly DomainCheckpointDiskDef[] {
  return listed.map((disk) =>
    disk.checkpoint === 'no' ? disk : { checkpoint: 'bitmap', bitmap: name, ...disk },
  )
}

function canTakePart(disk: DomainDiskDef): boolean {
  return !isDiskEmpty(disk) && !disk.readonly
}

function refuse(detail: string): VirResult<never> {
  return err(virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.DOMAIN_CHECKPOINT, detail))
}
