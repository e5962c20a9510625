/**
 * How the members of the QEMU driver are written.
 *
 * @module
 */
import { err, errAsync, ok } from 'neverthrow'
import { domainGone, type DomainRef, notRunning } from '../../driver/index.ts'
import { checkFlags, ErrorDomain, type VirResult, type VirResultAsync } from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'
import type { RunningQemu } from './running-qemu.ts'

/** C names of driver functions that do not follow from the member's name. */
const functionNames: Readonly<Record<string, string>> = {
  domainBackupBegin: 'qemuBackupBegin',
  domainBackupGetXMLDesc: 'qemuBackupGetXMLDesc',
  domainBackupEnd: 'qemuBackupEnd',
  domainCheckpointCreateXML: 'qemuCheckpointCreateXML',
  domainCheckpointGetXMLDesc: 'qemuCheckpointGetXMLDesc',
  domainCheckpointDelete: 'qemuCheckpointDelete',
}

/** Refuses the flags that a member does not know, in the name of its C function. */
export function checkMemberFlags(
  member: string,
  flags: number,
  supported: number,
): VirResult<void> {
  // The name is only put together for the message: this runs with every call.
  if ((flags & ~supported) === 0) return ok(undefined)
  const plain = `qemu${member.charAt(0).toUpperCase()}${member.slice(1)}`
  return checkFlags(flags, supported, functionNames[member] ?? plain, ErrorDomain.QEMU)
}

/** Finds the domain of an object that a caller holds. */
export function findDomain(host: QemuHost, ref: DomainRef): VirResult<QemuDomain> {
  const domain = host.domains.byUuid(ref.uuid)
  return domain === undefined ? err(domainGone(qemuOrigin, ref)) : ok(domain)
}

/** A domain that runs, with its QEMU. */
export interface ActiveDomain {
  readonly domain: QemuDomain
  readonly running: RunningQemu
}

/** Gives the QEMU of a domain, or says that it does not run. */
export function activeOf(domain: QemuDomain): VirResult<ActiveDomain> {
  const { running } = domain
  return running === undefined ? err(notRunning()) : ok({ domain, running })
}

/** Finds a domain and refuses it when it does not run. */
export function findActiveDomain(host: QemuHost, ref: DomainRef): VirResult<ActiveDomain> {
  return findDomain(host, ref).andThen(activeOf)
}

/** Does something with a domain that runs, when all that goes on with it is over. */
export function withActiveDomain<T>(
  host: QemuHost,
  ref: DomainRef,
  use: (active: ActiveDomain) => VirResultAsync<T>,
): VirResultAsync<T> {
  return withDomain(host, ref, (domain) => activeOf(domain).asyncAndThen(use))
}

/** Does something with a domain, when all that goes on with it is over. */
export function withDomain<T>(
  host: QemuHost,
  ref: DomainRef,
  use: (domain: QemuDomain) => VirResultAsync<T>,
): VirResultAsync<T> {
  const found = findDomain(host, ref)
  if (found.isErr()) return errAsync(found.error)
  // Looked up again: what went on may have been the domain's end.
  return found.value.exclusive.run(() => findDomain(host, ref).asyncAndThen(use))
}
