import { okAsync } from 'neverthrow'
import { affectedBy } from '../../driver/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { saveDefinition } from './state/definition-files.ts'
import { saveStatus } from './state/status-file.ts'

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
