/** A domain's definition without what only the running domain has. @module */
import { err, ok } from 'neverthrow'
import { VirError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { domainCodec } from './domain-codec.ts'
import type { DomainDef } from './domain-def.ts'

/**
 * Gives what is left of a domain when it stops: no id, no aliases but the user's, no indexes, mirrors and pseudo-terminals.
 *
 * As libvirt's `virDomainDefCopy` does it: the definition is written as an inactive one, with its secrets, and read again.
 */
export function toInactiveDomain(def: DomainDef): VirResult<DomainDef> {
  const element = domainCodec.write('domain', def, { inactive: true, nameless: true, secure: true })
  const inactive = domainCodec.read(element, { inactive: true })
  return inactive instanceof VirError ? err(inactive) : ok(inactive)
}
