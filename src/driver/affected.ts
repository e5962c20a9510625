import { err, ok } from 'neverthrow'
import { DomainModificationImpact } from '../constants/index.ts'
import { ErrorDomain, type VirResult } from '../errors/index.ts'
import { notRunning, operationInvalid } from './state-errors.ts'

/** Which definitions of a domain a change is for. */
export interface Affected {
  readonly live: boolean
  readonly config: boolean
}

const { LIVE, CONFIG } = DomainModificationImpact

/** Tells which definitions flags mean; none are those of its state; libvirt's `virDomainObjUpdateModificationImpact`. */
export function affectedBy(
  domain: { readonly isActive: boolean; readonly persistent: boolean },
  flags: number,
): VirResult<Affected> {
  const isCurrent = (flags & (LIVE | CONFIG)) === 0
  const live = (flags & LIVE) !== 0 || (isCurrent && domain.isActive)
  const config = (flags & CONFIG) !== 0 || (isCurrent && !domain.isActive)
  if (live && !domain.isActive) return err(notRunning())
  if (config && !domain.persistent) {
    const detail = 'transient domains do not have any persistent config'
    return err(operationInvalid({ errorDomain: ErrorDomain.DOMAIN }, detail))
  }
  return ok({ live, config })
}
