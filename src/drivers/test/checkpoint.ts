import { errAsync } from 'neverthrow'
import type { CheckpointManager } from '../../checkpoint/index.ts'
import type { CheckpointDriver, DomainCheckpointRef, DomainRef } from '../../driver/index.ts'
import type { VirResult, VirResultAsync } from '../../errors/index.ts'
import { findDomain, settled } from './member.ts'
import type { World } from './world.ts'

/** Points in time since which a domain's changes are known. */
export function checkpoint(world: World): Required<CheckpointDriver> {
  const now = <T>(
    ref: DomainRef,
    use: (manager: CheckpointManager) => VirResult<T>,
  ): VirResultAsync<T> =>
    settled(findDomain(world, ref).andThen(({ checkpoints }) => use(checkpoints)))
  const later = <T>(
    ref: DomainRef,
    use: (manager: CheckpointManager) => VirResultAsync<T>,
  ): VirResultAsync<T> => {
    const domain = findDomain(world, ref)
    return domain.isOk() ? use(domain.value.checkpoints) : errAsync(domain.error)
  }
  return {
    domainCheckpointCreateXML: (ref, xmlDesc, flags) =>
      later(ref, (manager) => manager.create(xmlDesc, flags)).map(named(ref)),
    domainCheckpointGetXMLDesc: ({ domain, name }, flags) =>
      later(domain, (manager) => manager.getXMLDesc(name, flags)),
    domainListAllCheckpoints: (ref, flags) =>
      now(ref, (manager) => manager.listAll(flags)).map((names) => names.map(named(ref))),
    domainCheckpointListAllChildren: ({ domain, name }, flags) =>
      now(domain, (manager) => manager.listAllChildren(name, flags)).map((names) =>
        names.map(named(domain)),
      ),
    domainCheckpointLookupByName: (ref, name, flags) =>
      now(ref, (manager) => manager.lookupByName(name, flags)).map(() => named(ref)(name)),
    domainCheckpointGetParent: ({ domain, name }, flags) =>
      now(domain, (manager) => manager.getParent(name, flags)).map(named(domain)),
    domainCheckpointDelete: ({ domain, name }, flags) =>
      later(domain, (manager) => manager.delete(name, flags)),
  }
}

function named(domain: DomainRef): (name: string) => DomainCheckpointRef {
  return (name) => ({ domain, name })
}
