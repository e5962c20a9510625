import { err, ok } from 'neverthrow'
import {
  domainFilters,
  type DomainRef,
  type LookupDriver,
  passesFilters,
} from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { checkMemberFlags, findDomain, settled } from './member.ts'
import { noMatchingDomain } from './state-errors.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** Finding and listing domains. */
export function lookup(world: World): Required<LookupDriver> {
  const refOf = (domain: TestDomain | undefined, what: string): VirResult<DomainRef> =>
    domain === undefined ? err(noMatchingDomain(world.semantics, what)) : ok(domain.ref)
  return {
    domainLookupByID: (id) => settled(refOf(world.domains.byId(id), `id ${id}`)),
    domainLookupByUUID: (uuid) => settled(refOf(world.domains.byUuid(uuid), `uuid '${uuid}'`)),
    domainLookupByName: (name) => settled(refOf(world.domains.byName(name), `name '${name}'`)),
    connectListDomains: () => settled(ok(active(world).map(({ id }) => id))),
    connectNumOfDomains: () => settled(ok(active(world).length)),
    connectListDefinedDomains: () => settled(ok(inactive(world).map(({ name }) => name))),
    connectNumOfDefinedDomains: () => settled(ok(inactive(world).length)),
    connectListAllDomains: (flags) => settled(listAll(world, flags)),
    domainIsActive: (ref) => settled(findDomain(world, ref).map(({ isActive }) => isActive)),
    domainIsPersistent: (ref) => settled(findDomain(world, ref).map((d) => d.persistent)),
    domainIsUpdated: (ref) => settled(findDomain(world, ref).map(() => false)),
  }
}

function active(world: World): TestDomain[] {
  return [...world.domains.all()].filter(({ isActive }) => isActive)
}

function inactive(world: World): TestDomain[] {
  return [...world.domains.all()].filter(({ isActive }) => !isActive)
}

function listAll(world: World, flags: number): VirResult<DomainRef[]> {
  return checkMemberFlags(world, 'connectListAllDomains', flags, domainFilters).map(() =>
    [...world.domains.all()].filter((domain) => passesFilters(domain, flags)).map(({ ref }) => ref),
  )
}
