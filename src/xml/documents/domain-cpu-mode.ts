/** What libvirt refuses of a domain's `<cpu>`, which is kept as it is written. @module */
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { Field } from '../codec.ts'
import { childElement } from '../element.ts'
import type { DomainDef } from './domain-def.ts'

/** libvirt's `virCPUMode`. */
const cpuModes: ReadonlySet<string> = new Set([
  'custom',
  'host-model',
  'host-passthrough',
  'maximum',
])

/** Refuses a `<cpu>` of an unknown mode. */
export const cpuCheck: Field<DomainDef> = {
  attributes: [],
  children: [],
  read(domain) {
    const mode = childElement(domain, 'cpu')?.attributes.get('mode')
    if (mode === undefined || cpuModes.has(mode)) return undefined
    const text = `Invalid mode attribute '${mode}'`
    return virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.CPU, text)
  },
  write: () => undefined,
}
