import { err, ok, okAsync } from 'neverthrow'
import { DomainModificationImpact } from '../../constants/index.ts'
import { notRunning, operationInvalid } from '../../driver/index.ts'
import { ErrorDomain, type VirResult, type VirResultAsync } from '../../errors/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { saveDefinition } from './state/definition-files.ts'
import { saveStatus } from './state/status-file.ts'

/** Which definitions of a domain a change is for. */
export interface Affected {
  readonly live: boolean
  readonly config: boolean
}

const { LIVE, CONFIG } = DomainModificationImpact

/** Tells which definitions flags mean; none are those of its state; libvirt's `virDomainObjUpdateModificationImpact`. */
export function affectedBy(domain: QemuDomain, flags: number): VirResult<Affected> {
  const isCurrent = (flags & (LIVE | CONFIG)) === 0
  const live = (flags & LIVE) !== 0 || (isCurrent && domain.isActive)
  const config = (flags & CONFIG) !== 0 || (isCurrent && !domain.isActive)
  if (live && !domain.isActive) return err(notRunning())
  if (config && !domain.persistent) {
    return err(
      operationInvalid(
        { errorDomain: ErrorDomain.DOMAIN },
        'transient domains do not have any persistent config',
      ),
    )
  }
  return ok({ live, config })
}

/**
 * Changes the definitions that flags mean, in memory and in the files; the caller holds `exclusive`.
 *
 * The live one changes only in what QEMU need not be told.
 */
export function changeDefinition(
  domain: QemuDomain,
  flags: number,
  edit: (def: DomainDef) => DomainDef,
): VirResultAsync<void> {
  return affectedBy(domain, flags).asyncAndThen(({ live, config }) =>
    (config ? changePersistent(domain, edit) : okAsync(undefined)).andThen(() => {
      if (!live) return okAsync(undefined)
      domain.definition = edit(domain.definition)
      return saveStatus(domain)
    }),
  )
}

/** Changes what the next start uses. */
export function changePersistent(
  domain: QemuDomain,
  edit: (def: DomainDef) => DomainDef,
): VirResultAsync<void> {
  const changed = edit(domain.persistentDefinition)
  return saveDefinition(domain, changed).map(() => {
    if (domain.isActive) domain.nextDefinition = changed
    else domain.definition = changed
  })
}
