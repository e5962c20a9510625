import {
  ErrorDomain,
  ErrorNumber,
  type RaiseOptions,
  virError,
  type VirError,
} from '../errors/index.ts'
import type { CheckpointSemantics } from './semantics.ts'

type Semantics = Pick<CheckpointSemantics, 'errorDomain'>

/** No checkpoint has the name. */
export function noSuchCheckpoint({ errorDomain }: Semantics, name: string): VirError {
  const detail = `no domain checkpoint with matching name '${name}'`
  return virError(ErrorNumber.NO_DOMAIN_CHECKPOINT, errorDomain, detail)
}

/** The checkpoint is a root. */
export function noParent({ errorDomain }: Semantics, name: string): VirError {
  const detail = `checkpoint '${name}' does not have a parent`
  return virError(ErrorNumber.NO_DOMAIN_CHECKPOINT, errorDomain, detail)
}

/** What is asked for needs a running domain. */
export function domainNotRunning(): VirError {
  return virError(ErrorNumber.OPERATION_INVALID, ErrorDomain.DOMAIN, 'domain is not running')
}

/** A checkpoint operation that the domain's present state rules out. */
export function unsupported({ errorDomain }: Semantics, detail: string): VirError {
  return virError(ErrorNumber.OPERATION_UNSUPPORTED, errorDomain, detail)
}

/** The checkpoint cannot be stored. */
export function notSaved(
  { errorDomain }: Semantics,
  name: string,
  options: RaiseOptions = {},
): VirError {
  const detail = `unable to save metadata for checkpoint ${name}`
  return virError(ErrorNumber.INTERNAL_ERROR, errorDomain, detail, options)
}
