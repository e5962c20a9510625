/**
 * The errors of operations that do not fit the state of a domain, and of domains that are not there.
 *
 * @module
 */
import { noMatchingDomain as noneMatching } from '../../driver/index.ts'
import { ErrorNumber, virError, type VirError } from '../../errors/index.ts'
import type { Semantics } from './semantics.ts'

export {
  invalidValue,
  notRunning,
  operationInvalid,
  operationUnsupported,
} from '../../driver/index.ts'

/** The error of a lookup that finds nothing; `what` is such as `name 'vm'`. */
export function noMatchingDomain(semantics: Semantics, what: string): VirError {
  return semantics.explainsLookups
    ? noneMatching(semantics, what)
    : virError(ErrorNumber.NO_DOMAIN, semantics.errorDomain)
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
