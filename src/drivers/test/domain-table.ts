import type { TestDomain } from './test-domain.ts'

/** The domains of a hypervisor, found by name, UUID or id in constant time, listed in the order they came. */
export class DomainTable {
  readonly #byUuid = new Map<string, TestDomain>()
  readonly #byName = new Map<string, TestDomain>()
  readonly #byId = new Map<number, TestDomain>()
  #lastId = 0

  /** Adds a domain whose name and UUID are free. */
  add(domain: TestDomain): void {
    this.#byUuid.set(domain.uuid, domain)
    this.#byName.set(domain.name, domain)
  }

  /** Forgets a domain. */
  remove(domain: TestDomain): void {
    this.#byUuid.delete(domain.uuid)
    this.#byName.delete(domain.name)
    this.#byId.delete(domain.id)
  }

  /** Hands out the next id; ids are never used again. */
  activate(domain: TestDomain): void {
    this.#lastId += 1
    domain.id = this.#lastId
    this.#byId.set(domain.id, domain)
  }

  /** Takes the id of a domain that stopped. */
  deactivate(domain: TestDomain): void {
    this.#byId.delete(domain.id)
    domain.id = -1
  }

  /** Gives a domain another name, which is free. */
  rename(domain: TestDomain, name: string): void {
    this.#byName.delete(domain.name)
    domain.rename(name)
    this.#byName.set(name, domain)
  }

  byUuid(uuid: string): TestDomain | undefined {
    return this.#byUuid.get(uuid)
  }

  byName(name: string): TestDomain | undefined {
    return this.#byName.get(name)
  }

  byId(id: number): TestDomain | undefined {
    return this.#byId.get(id)
  }

  /** All domains, oldest first. */
  all(): IterableIterator<TestDomain> {
    return this.#byUuid.values()
  }
}
