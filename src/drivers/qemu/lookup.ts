import { err, ok } from 'neverthrow'
import {
  domainFilters,
  type DomainRef,
  type LookupDriver,
  noMatchingDomain,
  passesFilters,
  settled,
} from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags, findDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'

/** Finding and listing domains. */
export function lookup(host: QemuHost): Required<LookupDriver> {
  return {
    domainLookupByID: (id) => settled(refOf(host.domains.byId(id), `id ${id}`)),
    domainLookupByUUID: (uuid) => settled(refOf(host.domains.byUuid(uuid), `uuid '${uuid}'`)),
    domainLookupByName: (name) => settled(refOf(host.domains.byName(name), `name '${name}'`)),
    connectListDomains: () => settled(ok(active(host).map(({ id }) => id))),
    connectNumOfDomains: () => settled(ok(active(host).length)),
    connectListDefinedDomains: () => settled(ok(inactive(host).map(({ name }) => name))),
    connectNumOfDefinedDomains: () => settled(ok(inactive(host).length)),
    connectListAllDomains: (flags) => settled(listAll(host, flags)),
    domainIsActive: (ref) => settled(findDomain(host, ref).map(({ isActive }) => isActive)),
    domainIsPersistent: (ref) => settled(findDomain(host, ref).map((d) => d.persistent)),
    domainIsUpdated: (ref) => settled(findDomain(host, ref).map((d) => d.isUpdated)),
  }
}

function refOf(domain: QemuDomain | undefined, what: string): VirResult<DomainRef> {
  return domain === undefined ? err(noMatchingDomain(qemuOrigin, what)) : ok(domain.ref)
}

function active(host: QemuHost): QemuDomain[] {
  return [...host.domains.all()].filter(({ isActive }) => isActive)
}

function inactive(host: QemuHost): QemuDomain[] {
  return [...host.domains.all()].filter(({ isActive }) => !isActive)
}

function listAll(host: QemuHost, flags: number): VirResult<DomainRef[]> {
  return checkMemberFlags('connectListAllDomains', flags, domainFilters).map(() =>
    [...host.domains.all()].filter((domain) => passesFilters(domain, flags)).map(({ ref }) => ref),
  )
}
