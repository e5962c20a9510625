/**
 * How the members of the test driver are written: a result at once, wrapped when it leaves.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { domainGone, notRunning, type DomainRef } from '../../driver/index.ts'
import { checkFlags, type VirResult } from '../../errors/index.ts'
import { driverFunction } from './semantics.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

export { settled } from '../../driver/index.ts'

/** Refuses the flags that a member does not know, in the name of its C function. */
export function checkMemberFlags(
  world: World,
  member: string,
  flags: number,
  supported: number,
): VirResult<void> {
  const { semantics } = world
  // The name is only put together for the message: this runs with every call.
  if ((flags & ~supported) === 0) return ok(undefined)
  return checkFlags(flags, supported, driverFunction(semantics, member), semantics.errorDomain)
}

/** Finds the domain of an object that a caller holds. */
export function findDomain(world: World, ref: DomainRef): VirResult<TestDomain> {
  const domain = world.domains.byUuid(ref.uuid)
  return domain === undefined ? err(domainGone(world.semantics, ref)) : ok(domain)
}

/** Finds a domain and refuses it when it does not run. */
export function findRunningDomain(world: World, ref: DomainRef): VirResult<TestDomain> {
  return findDomain(world, ref).andThen((domain) =>
    domain.isActive ? ok(domain) : err(notRunning()),
  )
}
