/** What a {@link DomainTable} must know of a domain. */
export interface TableDomain {
  readonly name: string
  /** Lower-case, dashed. */
  readonly uuid: string
  /** -1 while the domain does not run. */
  id: number
  rename(name: string): void
}

/** The domains of a hypervisor, found by name, UUID or id in constant time, listed in the order they came. */
export class DomainTable<Domain extends TableDomain> {
  readonly #byUuid = new Map<string, Domain>()
  readonly #byName = new Map<string, Domain>()
  readonly #byId = new Map<number, Domain>()
  #lastId = 0

  /** Adds a domain whose name and UUID are free. */
  add(domain: Domain): void {
    this.#byUuid.set(domain.uuid, domain)
    this.#byName.set(domain.name, domain)
  }

  /** Forgets a domain. */
  remove(domain: Domain): void {
    this.#byUuid.delete(domain.uuid)
    this.#byName.delete(domain.name)
    this.#byId.delete(domain.id)
  }

  /**
   * Gives a domain that starts its id; ids are never used again.
   *
   * @param id - Of a domain that runs already; the next one when it is absent
   */
  activate(domain: Domain, id: number = this.#lastId + 1): void {
    this.#lastId = Math.max(this.#lastId, id)
    domain.id = id
    this.#byId.set(id, domain)
  }

  /** Takes the id of a domain that stopped. */
  deactivate(domain: Domain): void {
    this.#byId.delete(domain.id)
    domain.id = -1
  }

  /** Gives a domain another name, which is free. */
  rename(domain: Domain, name: string): void {
    this.#byName.delete(domain.name)
    domain.rename(name)
    this.#byName.set(name, domain)
  }

  byUuid(uuid: string): Domain | undefined {
    return this.#byUuid.get(uuid)
  }

  byName(name: string): Domain | undefined {
    return this.#byName.get(name)
  }

  byId(id: number): Domain | undefined {
    return this.#byId.get(id)
  }

  /** All domains, oldest first. */
  all(): IterableIterator<Domain> {
    return this.#byUuid.values()
  }
}
