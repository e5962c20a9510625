/** What libvirt refuses of a domain's `<features>`, which are kept as they are written. @module */
import type { VirError } from '../../errors/index.ts'
import { invalidAttribute, missingAttribute } from '../attribute.ts'
import type { Field } from '../codec.ts'
import { childElement, childElements } from '../element.ts'
import type { XmlElement } from '../element.ts'
import type { DomainDef } from './domain-def.ts'
import { unsupported } from './domain-error.ts'
import { checkFeatureParts } from './domain-feature-parts.ts'

/** The attribute of a feature that is read, and its words. */
interface FeatureAttribute {
  readonly name: string
  readonly words: readonly string[]
  readonly required?: true
}

const onOff = ['on', 'off']
const state: FeatureAttribute = { name: 'state', words: onOff }
const requiredState: FeatureAttribute = { ...state, required: true }
const mitigation: FeatureAttribute = { name: 'value', words: ['broken', 'workaround', 'fixed'] }
const branches = ['broken', 'workaround', 'fixed-ibs', 'fixed-ccd', 'fixed-na']

/** libvirt's `virDomainFeature`, with what it reads of each beside its name. */
const features: ReadonlyMap<string, FeatureAttribute | undefined> = new Map([
  ...'acpi pae viridian privnet kvm xen tcg'.split(' ').map((name) => [name, undefined] as const),
  ...'hap pvspinlock pmu vmport smm vmcoreinfo'.split(' ').map((name) => [name, state] as const),
  ...'htm nested-hv ccf-assist'.split(' ').map((name) => [name, requiredState] as const),
  ['apic', { name: 'eoi', words: onOff }],
  ['hyperv', { name: 'mode', words: ['custom', 'passthrough'] }],
  ['capabilities', { name: 'policy', words: ['default', 'allow', 'deny'] }],
  ['gic', { name: 'version', words: ['2', '3', 'host'] }],
  ['ioapic', { name: 'driver', words: ['kvm', 'qemu'] }],
  ['hpt', { name: 'resizing', words: ['enabled', 'disabled', 'required'] }],
  ['msrs', { name: 'unknown', words: ['ignore', 'fault'], required: true }],
  ['cfpc', mitigation],
  ['sbbc', mitigation],
  ['ibs', { name: 'value', words: branches }],
])

/** Refuses features that libvirt does not know, and their attributes where it reads them. */
export const featuresCheck: Field<DomainDef> = {
  attributes: [],
  children: [],
  read(domain) {
    const wrapper = childElement(domain, 'features')
    for (const feature of wrapper === undefined ? [] : childElements(wrapper)) {
      const error = checkFeature(feature) ?? checkFeatureParts(feature)
      if (error !== undefined) return error
    }
    return undefined
  },
  write: () => undefined,
}

function checkFeature(feature: XmlElement): VirError | undefined {
  if (!features.has(feature.name)) return unsupported(`unexpected feature '${feature.name}'`)
  const attribute = features.get(feature.name)
  if (attribute === undefined) return undefined
  const { name, words, required } = attribute
  const value = feature.attributes.get(name)
  if (value === undefined) return required && missingAttribute(feature, name)
  return words.includes(value) ? undefined : invalidAttribute(feature, name, value)
}
