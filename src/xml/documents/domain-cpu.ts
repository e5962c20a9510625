/** Processors of a domain: `<vcpu>` and `<vcpus>`. @module */
import { err, ok } from 'neverthrow'
import { VirError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { element, outElement } from '../codec.ts'
import type { Draft, ElementCodec, Field } from '../codec.ts'
import { cpuSetSize, normalizeCpuSet } from '../cpu-set.ts'
import { childElement, childElements } from '../element.ts'
import { fieldsOf } from '../fields.ts'
import { maxUnsigned, parseUnsignedUpTo } from '../integer.ts'
import { oneOf, unsigned, yesNo } from '../values.ts'
import type { Value } from '../values.ts'
import type { DomainDef, DomainVcpu, DomainVcpus } from './domain-def.ts'
import { internalError, unsupported, xmlError } from './domain-error.ts'

const maximum: Value<number> = {
  read: (raw) =>
    parseUnsignedUpTo(raw, maxUnsigned) ?? xmlError('maximum vcpus count must be an integer'),
  write: String,
  accepts: (raw) => /^0*[1-9][0-9]{0,4}$/.test(raw) && Number(raw) <= 0xffff,
}

const cpuSet: Value<string> = {
  read: (raw) => {
    const set = normalizeCpuSet(raw)
    return set === '' ? unsupported(`Invalid value of 'cpuset': ${raw}`) : set
  },
  accepts: (raw) =>
    /^(?:[0-9]+(?:-[0-9]+)?|\^[0-9]+)(?:,(?:[0-9]+(?:-[0-9]+)?|\^[0-9]+))*$/.test(raw),
  write: (value) => value,
}

const vcpu = fieldsOf<DomainVcpus>()
const fields = {
  placement: vcpu.attribute('placement', 'placement', oneOf(['static', 'auto']), {
    fallback: 'static',
  }),
  cpuset: vcpu.when(
    ({ placement }) => placement !== 'auto',
    [
      vcpu.attribute('cpuset', 'cpuset', cpuSet, {
        when: ({ cpuset }) => cpuset !== `0-${cpuSetSize - 1}`,
      }),
    ],
  ),
  current: vcpu.attribute('current', 'current', unsigned(), {
    when: (value) => value.current !== value.maximum,
  }),
  maximum: vcpu.content('maximum', maximum, {
    required: () => xmlError('maximum vcpus count must be an integer'),
  }),
}
const vcpuCodec: ElementCodec<DomainVcpus> = element(Object.values(fields), {
  reading: [fields.maximum, fields.current, fields.placement, fields.cpuset],
})

const one = fieldsOf<DomainVcpu>()
const oneCodec: ElementCodec<DomainVcpu> = element([
  one.attribute('id', 'id', unsigned(), { required: true }),
  one.attribute('enabled', 'enabled', yesNo, { required: true }),
  one.attribute('hotpluggable', 'hotpluggable', yesNo),
  one.attribute('order', 'order', unsigned({ zeroIsAbsent: true })),
])

/** Both elements, which are about the same processors. */
export const vcpusField: Field<DomainDef> = {
  attributes: [],
  children: ['vcpu', 'vcpus'],
  read(source, draft, context) {
    const total = childElement(source, 'vcpu')
    const vcpus =
      total === undefined
        ? { maximum: 1, placement: 'static' as const }
        : vcpuCodec.read(total, context)
    if (vcpus instanceof VirError) return vcpus
    const wrapper = childElement(source, 'vcpus')
    const list: DomainVcpu[] = []
    for (const child of wrapper === undefined ? [] : childElements(wrapper, 'vcpu')) {
      const item = oneCodec.read(child, context)
      if (item instanceof VirError) return item
      if (item.id >= vcpus.maximum) {
        return xmlError(`vcpu id '${item.id}' is out of range of maximum vcpu count`)
      }
      list.push(item)
    }
    const error =
      vcpus.maximum === 0
        ? internalError('CPU IDs in <numa> exceed the <vcpu> count')
        : list.length === 0
          ? checkCurrent(vcpus)
          : undefined
    if (error !== undefined) return error
    draft.vcpus = list.length === 0 ? vcpus : { ...vcpus, list }
    return undefined
  },
  write(out, { vcpus }, context) {
    out.children.push(vcpuCodec.write('vcpu', vcpus, context))
    if (vcpus.list === undefined) return
    const wrapper = outElement('vcpus')
    for (const item of vcpus.list) wrapper.children.push(oneCodec.write('vcpu', item, context))
    out.children.push(wrapper)
  },
}

function checkCurrent({ current = 0, maximum: most }: Draft<DomainVcpus>): VirError | undefined {
  return current > (most ?? 0)
    ? unsupported('maximum vCPU count must not be less than current vCPU count')
    : undefined
}

/** How many processors are written out one by one at most. */
const mostListed = cpuSetSize

/**
 * Completes the list of processors, when there is one: every processor is in it, and says whether it can be plugged.
 *
 * Libvirt's `virDomainVcpuDefPostParse`.
 */
export function expandVcpus(vcpus: DomainVcpus): VirResult<DomainVcpus> {
  const { list, maximum: most } = vcpus
  if (list === undefined) return ok(vcpus)
  const given = new Map(list.map((item) => [item.id, item]))
  const all: DomainVcpu[] = []
  for (let id = 0; id < Math.min(most, mostListed); id++) {
    const item = given.get(id) ?? { id, enabled: false }
    if (!item.enabled && item.hotpluggable === false) {
      return err(unsupported(`vcpu '${id}' is both offline and not hotpluggable`))
    }
    all.push({ ...item, hotpluggable: item.hotpluggable ?? !item.enabled })
  }
  return ok({ ...vcpus, list: all, current: all.filter(({ enabled }) => enabled).length })
}
