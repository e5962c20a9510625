import { DomainXMLFlags } from '../constants/index.ts'
import { type DomainDef, formatDomain } from '../xml/index.ts'

/** The flags that change how a definition is written. */
const formatFlags = DomainXMLFlags.SECURE | DomainXMLFlags.INACTIVE | DomainXMLFlags.MIGRATABLE

// Definitions are immutable, so the text of one never changes; it goes when the definition goes.
const texts = new WeakMap<DomainDef, Map<number, string>>()

/** Writes a definition, once for each way in which it is asked for. */
export function domainXml(def: DomainDef, flags: number): string {
  const key = flags & formatFlags
  const known = texts.get(def)
  const text = known?.get(key)
  if (text !== undefined) return text
  const written = formatDomain(def, {
    secure: (flags & DomainXMLFlags.SECURE) !== 0,
    inactive: (flags & (DomainXMLFlags.INACTIVE | DomainXMLFlags.MIGRATABLE)) !== 0,
  })
  if (known === undefined) texts.set(def, new Map([[key, written]]))
  else known.set(key, written)
  return written
}
