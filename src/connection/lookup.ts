import type { ConnectListAllDomainsFlags } from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import { badArgument, ranges } from './checks.ts'
import type { ConnectionObject } from './connection.ts'
import type { Domain } from './domain.ts'
import type { DomainObject } from './handles.ts'
import { formatUUID, parseUUID } from './uuid.ts'

/** Finding and listing the domains of a connection. */
export interface ConnectionLookupCalls {
  /**
   * Lists the ids of the domains that run.
   *
   * @libvirt virConnectListDomains (0.0.3)
   */
  listDomains(): VirResultAsync<readonly number[]>

  /**
   * Counts the domains that run.
   *
   * @libvirt virConnectNumOfDomains (0.0.3)
   */
  numOfDomains(): VirResultAsync<number>

  /**
   * Lists domains.
   *
   * @param flags - Filters. Those of one group are alternatives, groups restrict each other; no flag of a group: no
   * restriction
   * @libvirt virConnectListAllDomains (0.9.13)
   */
  listAllDomains(flags?: ConnectListAllDomainsFlags): VirResultAsync<readonly Domain[]>

  /**
   * Finds a running domain.
   *
   * @errors `NO_DOMAIN` when none has the id
   * @libvirt virDomainLookupByID (0.0.3)
   */
  domainLookupByID(id: number): VirResultAsync<Domain>

  /**
   * Finds a domain, running or not.
   *
   * @param uuid - Its 16 bytes
   * @errors `NO_DOMAIN` when none has the UUID
   * @libvirt virDomainLookupByUUID (0.0.5)
   */
  domainLookupByUUID(uuid: Uint8Array): VirResultAsync<Domain>

  /**
   * Finds a domain, running or not.
   *
   * @param uuidstr - Hexadecimal digits in any case; `-` and blanks between the bytes are skipped
   * @errors `INVALID_ARG` for what is no UUID; `NO_DOMAIN` when none has it
   * @libvirt virDomainLookupByUUIDString (0.1.1)
   */
  domainLookupByUUIDString(uuidstr: string): VirResultAsync<Domain>

  /**
   * Finds a domain, running or not.
   *
   * @errors `NO_DOMAIN` when none has the name
   * @libvirt virDomainLookupByName (0.0.3)
   */
  domainLookupByName(name: string): VirResultAsync<Domain>

  /**
   * Lists the names of the domains that are defined and do not run.
   *
   * @libvirt virConnectListDefinedDomains (0.1.1)
   */
  listDefinedDomains(): VirResultAsync<readonly string[]>

  /**
   * Counts the domains that are defined and do not run.
   *
   * @libvirt virConnectNumOfDefinedDomains (0.1.5)
   */
  numOfDefinedDomains(): VirResultAsync<number>
}

/** The methods of {@link ConnectionLookupCalls}. */
export const connectionLookup: ConnectionLookupCalls & ThisType<ConnectionObject> = {
  listDomains() {
    return this.call('virConnectListDomains').to((driver) => driver.connectListDomains?.())
  },

  numOfDomains() {
    return this.call('virConnectNumOfDomains').to((driver) => driver.connectNumOfDomains?.())
  },

  listAllDomains(flags = 0) {
    return this.call('virConnectListAllDomains', flags).to(
      (driver, bits) => driver.connectListAllDomains?.(bits),
      this.toDomains,
    )
  },

  domainLookupByID(id) {
    return this.call('virDomainLookupByID')
      .nonNegative('id', id)
      .integer('id', id, ranges.i32)
      .to((driver) => driver.domainLookupByID?.(id), this.toDomain)
  },

  domainLookupByUUID(uuid) {
    return this.call('virDomainLookupByUUID')
      .bytes('uuid', uuid)
      .check((fn) => (uuid.length === 16 ? undefined : badArgument(fn, 'uuid', 'Invalid UUID')))
      .to((driver) => driver.domainLookupByUUID?.(formatUUID(uuid)), this.toDomain)
  },

  domainLookupByUUIDString(uuidstr) {
    let uuid = ''
    return (
      this.call('virDomainLookupByUUIDString')
        .text('uuidstr', uuidstr)
        .check((fn) => {
          uuid = parseUUID(uuidstr) ?? ''
          return uuid === '' ? badArgument(fn, 'uuidstr', 'Invalid UUID') : undefined
        })
        // The C function goes on in the other one, which is then the one that is not supported.
        .as('virDomainLookupByUUID')
        .to((driver) => driver.domainLookupByUUID?.(uuid), this.toDomain)
    )
  },

  domainLookupByName(name) {
    return this.call('virDomainLookupByName')
      .text('name', name)
      .to((driver) => driver.domainLookupByName?.(name), this.toDomain)
  },

  listDefinedDomains() {
    return this.call('virConnectListDefinedDomains').to((driver) =>
      driver.connectListDefinedDomains?.(),
    )
  },

  numOfDefinedDomains() {
    return this.call('virConnectNumOfDefinedDomains').to((driver) =>
      driver.connectNumOfDefinedDomains?.(),
    )
  },
}

/** Questions about what a domain is. */
export interface DomainLookupCalls {
  /**
   * Reports whether the domain runs.
   *
   * @libvirt virDomainIsActive (0.7.3)
   */
  isActive(): VirResultAsync<boolean>

  /**
   * Reports whether the domain has a definition that outlives it.
   *
   * @libvirt virDomainIsPersistent (0.7.3)
   */
  isPersistent(): VirResultAsync<boolean>

  /**
   * Reports whether the definition of a running domain was changed since it was started.
   *
   * @libvirt virDomainIsUpdated (0.8.6)
   */
  isUpdated(): VirResultAsync<boolean>
}

/** The methods of {@link DomainLookupCalls}. */
export const domainLookup: DomainLookupCalls & ThisType<DomainObject> = {
  isActive() {
    return this.call('virDomainIsActive').to((driver) => driver.domainIsActive?.(this.ref))
  },

  isPersistent() {
    return this.call('virDomainIsPersistent').to((driver) => driver.domainIsPersistent?.(this.ref))
  },

  isUpdated() {
    return this.call('virDomainIsUpdated').to((driver) => driver.domainIsUpdated?.(this.ref))
  },
}
