/** What libvirt refuses of the parts of a domain that are kept as they are written. @module */
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError } from '../../errors/index.ts'
import type { Field } from '../codec.ts'
import { childElement, childElements } from '../element.ts'
import type { XmlElement } from '../element.ts'
import type { DomainDef } from './domain-def.ts'
import { unsupported } from './domain-error.ts'

/** libvirt's `virDomainFeature`. */
const features: ReadonlySet<string> = new Set(
  `acpi apic pae hap viridian privnet hyperv kvm pvspinlock capabilities pmu vmport gic smm ioapic hpt vmcoreinfo htm
   nested-hv msrs ccf-assist xen cfpc sbbc ibs tcg`.split(/\s+/u),
)

/** libvirt's `virCPUMode`. */
const cpuModes: ReadonlySet<string> = new Set([
  'custom',
  'host-model',
  'host-passthrough',
  'maximum',
])

/** Refuses a `<cpu>` of an unknown mode. */
export const cpuCheck: Field<DomainDef> = check((domain) => {
  const mode = childElement(domain, 'cpu')?.attributes.get('mode')
  return mode === undefined || cpuModes.has(mode)
    ? undefined
    : virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.CPU, `Invalid mode attribute '${mode}'`)
})

/** Refuses features that libvirt does not know. */
export const featuresCheck: Field<DomainDef> = check((domain) => {
  const wrapper = childElement(domain, 'features')
  const unknown = wrapper && childElements(wrapper).find(({ name }) => !features.has(name))
  return unknown && unsupported(`unexpected feature '${unknown.name}'`)
})

function check(find: (domain: XmlElement) => VirError | undefined): Field<DomainDef> {
  return { semantic: true, attributes: [], children: [], read: find, write: () => undefined }
}
