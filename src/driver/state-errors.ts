/**
 * The errors of operations that do not fit the state of a domain, and of domains that are not there.
 *
 * @module
 */
import { ErrorDomain, ErrorNumber, virError, type VirError } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** In whose name a driver reports its errors. */
export interface ErrorOrigin {
  readonly errorDomain: ErrorDomain
}

/** The error of shared code for an operation that needs a running domain; libvirt's `virDomainObjCheckActive`. */
export function notRunning(domain: ErrorDomain = ErrorDomain.DOMAIN): VirError {
  return virError(ErrorNumber.OPERATION_INVALID, domain, 'domain is not running')
}

/** The error for a domain whose object outlived it. */
export function domainGone({ errorDomain }: ErrorOrigin, ref: DomainRef): VirError {
  return virError(
    ErrorNumber.NO_DOMAIN,
    errorDomain,
    `no domain with matching uuid '${ref.uuid}' (${ref.name})`,
  )
}

/** The error of a lookup that finds nothing; `what` is such as `name 'vm'`. */
export function noMatchingDomain({ errorDomain }: ErrorOrigin, what: string): VirError {
  return virError(ErrorNumber.NO_DOMAIN, errorDomain, `no domain with matching ${what}`)
}

/** An OPERATION_INVALID of the driver. */
export function operationInvalid({ errorDomain }: ErrorOrigin, detail: string): VirError {
  return virError(ErrorNumber.OPERATION_INVALID, errorDomain, detail)
}

/** An INVALID_ARG of the driver, with the prefix `invalid argument: `. */
export function invalidValue({ errorDomain }: ErrorOrigin, detail: string): VirError {
  return virError(ErrorNumber.INVALID_ARG, errorDomain, detail)
}

/** An OPERATION_UNSUPPORTED of the driver. */
export function operationUnsupported({ errorDomain }: ErrorOrigin, detail: string): VirError {
  return virError(ErrorNumber.OPERATION_UNSUPPORTED, errorDomain, detail)
}
