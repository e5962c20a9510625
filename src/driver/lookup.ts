/** Members that find and list domains. @module */
import type { ConnectListAllDomainsFlags } from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** Members that find and list domains. */
export interface LookupDriver {
  /**
   * Lists the ids of the domains that run.
   *
   * @libvirt virConnectListDomains (0.0.3)
   */
  connectListDomains?(): VirResultAsync<readonly number[]>
  /**
   * Counts the domains that run.
   *
   * @libvirt virConnectNumOfDomains (0.0.3)
   */
  connectNumOfDomains?(): VirResultAsync<number>
  /**
   * Lists domains.
   *
   * @param flags - Filters. Those of one group are alternatives, groups restrict each other; no flag of a group: no
   * restriction
   * @libvirt virConnectListAllDomains (0.9.13)
   */
  connectListAllDomains?(flags: ConnectListAllDomainsFlags): VirResultAsync<readonly DomainRef[]>
  /**
   * Finds a running domain.
   *
   * @errors `NO_DOMAIN` when none has the id
   * @libvirt virDomainLookupByID (0.0.3)
   */
  domainLookupByID?(id: number): VirResultAsync<DomainRef>
  /**
   * Finds a domain, running or not.
   *
   * @param uuid - Lower case, with dashes
   * @errors `NO_DOMAIN` when none has the UUID
   * @libvirt virDomainLookupByUUID (0.0.5)
   */
  domainLookupByUUID?(uuid: string): VirResultAsync<DomainRef>
  /**
   * Finds a domain, running or not.
   *
   * @errors `NO_DOMAIN` when none has the name
   * @libvirt virDomainLookupByName (0.0.3)
   */
  domainLookupByName?(name: string): VirResultAsync<DomainRef>
  /**
   * Lists the names of the domains that are defined and do not run.
   *
   * @libvirt virConnectListDefinedDomains (0.1.1)
   */
  connectListDefinedDomains?(): VirResultAsync<readonly string[]>
  /**
   * Counts the domains that are defined and do not run.
   *
   * @libvirt virConnectNumOfDefinedDomains (0.1.5)
   */
  connectNumOfDefinedDomains?(): VirResultAsync<number>
  /**
   * Reports whether the domain runs.
   *
   * @libvirt virDomainIsActive (0.7.3)
   */
  domainIsActive?(domain: DomainRef): VirResultAsync<boolean>
  /**
   * Reports whether the domain has a definition that outlives it.
   *
   * @libvirt virDomainIsPersistent (0.7.3)
   */
  domainIsPersistent?(domain: DomainRef): VirResultAsync<boolean>
  /**
   * Reports whether the definition of a running domain was changed since it was started.
   *
   * @libvirt virDomainIsUpdated (0.8.6)
   */
  domainIsUpdated?(domain: DomainRef): VirResultAsync<boolean>
}
