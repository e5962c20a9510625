import { err, ok } from 'neverthrow'
import { ConnectListAllDomainsFlags as List, DomainState } from '../../constants/index.ts'
import type { DomainRef, LookupDriver } from '../../driver/index.ts'
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

/** Each group lists the filters of one property; a group of which nothing is asked for lets all domains through. */
const filterGroups: readonly (readonly (readonly [number, (domain: TestDomain) => boolean])[])[] = [
  [
    [List.ACTIVE, (domain) => domain.isActive],
    [List.INACTIVE, (domain) => !domain.isActive],
  ],
  [
    [List.PERSISTENT, (domain) => domain.persistent],
    [List.TRANSIENT, (domain) => !domain.persistent],
  ],
  [
    [List.RUNNING, (domain) => domain.state === DomainState.RUNNING],
    [List.PAUSED, (domain) => domain.state === DomainState.PAUSED],
    [List.SHUTOFF, (domain) => domain.state === DomainState.SHUTOFF],
    [List.OTHER, (domain) => !plainStates.has(domain.state)],
  ],
  [
    [List.MANAGEDSAVE, () => false],
    [List.NO_MANAGEDSAVE, () => true],
  ],
  [
    [List.AUTOSTART, (domain) => domain.autostart],
    [List.NO_AUTOSTART, (domain) => !domain.autostart],
  ],
  [
    [List.HAS_SNAPSHOT, () => false],
    [List.NO_SNAPSHOT, () => true],
  ],
  [
    [List.HAS_CHECKPOINT, (domain) => domain.checkpointCount > 0],
    [List.NO_CHECKPOINT, (domain) => domain.checkpointCount === 0],
  ],
]

const plainStates: ReadonlySet<DomainState> = new Set([
  DomainState.RUNNING,
  DomainState.PAUSED,
  DomainState.SHUTOFF,
])
const allFilters = Object.values(List).reduce((all: number, bit) => all | bit, 0)

function listAll(world: World, flags: number): VirResult<DomainRef[]> {
  return checkMemberFlags(world, 'connectListAllDomains', flags, allFilters).map(() =>
    [...world.domains.all()].filter((domain) => passes(domain, flags)).map(({ ref }) => ref),
  )
}

function passes(domain: TestDomain, flags: number): boolean {
  return filterGroups.every((group) => {
    const asked = group.filter(([bit]) => (flags & bit) !== 0)
    return asked.length === 0 || asked.some(([, matches]) => matches(domain))
  })
}
