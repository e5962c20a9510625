/**
 * The errors of operations that do not fit the state of a domain, and of domains that are not there.
 *
 * @module
 */
import type { DomainRef } from '../../driver/index.ts'
import { ErrorDomain, ErrorNumber, virError, type VirError } from '../../errors/index.ts'
import type { Semantics } from './semantics.ts'

/** The error of shared code for an operation that needs a running domain; libvirt's `virDomainObjCheckActive`. */
export function notRunning(domain: ErrorDomain = ErrorDomain.DOMAIN): VirError {
  return virError(ErrorNumber.OPERATION_INVALID, domain, 'domain is not running')
}

/** The error for a domain whose object outlived it. */
export function domainGone(semantics: Semantics, ref: DomainRef): VirError {
  return virError(
    ErrorNumber.NO_DOMAIN,
    semantics.errorDomain,
    `no domain with matching uuid '${ref.uuid}' (${ref.name})`,
  )
}

/** The error of a lookup that finds nothing; `what` is such as `name 'vm'`. */
export function noMatchingDomain(semantics: Semantics, what: string): VirError {
  return virError(
    ErrorNumber.NO_DOMAIN,
    semantics.errorDomain,
    semantics.explainsLookups ? `no domain with matching ${what}` : undefined,
  )
}

/**
 * The error for a state that an operation of the driver itself refuses.
 *
 * @param detail - The QEMU driver's words
 * @param named - The test driver's words, which name the domain
 */
export function wrongState(semantics: Semantics, detail: string, named: string): VirError {
  return semantics.namesDomainInStateErrors
    ? virError(ErrorNumber.INTERNAL_ERROR, semantics.errorDomain, named)
    : virError(ErrorNumber.OPERATION_INVALID, semantics.errorDomain, detail)
}

/** An OPERATION_INVALID of the driver. */
export function operationInvalid(semantics: Semantics, detail: string): VirError {
  return virError(ErrorNumber.OPERATION_INVALID, semantics.errorDomain, detail)
}

/** An INVALID_ARG of the driver, with the prefix `invalid argument: `. */
export function invalidValue(semantics: Semantics, detail: string): VirError {
  return virError(ErrorNumber.INVALID_ARG, semantics.errorDomain, detail)
}

/** An OPERATION_UNSUPPORTED of the driver. */
export function operationUnsupported(semantics: Semantics, detail: string): VirError {
  return virError(ErrorNumber.OPERATION_UNSUPPORTED, semantics.errorDomain, detail)
}
