import type { VirError } from '../../../errors/index.ts'
import { childElements, type DomainDef, type XmlElement } from '../../../xml/index.ts'
import { configUnsupported } from './config-unsupported.ts'
import { keptChild } from './rest.ts'
import { firstError, refuseContent } from './unexpected.ts'

/** Refuses a processor that cannot be described to QEMU. */
export function checkCpu(def: DomainDef): VirError | undefined {
  const cpu = keptChild(def, 'cpu')
  if (cpu === undefined) return undefined
  return firstError([
    () =>
      refuseContent(cpu, 'cpu', {
        attributes: ['mode', 'match', 'check', 'migratable'],
        children: ['model', 'vendor', 'feature', 'topology'],
      }),
    () => checkMode(def, cpu),
    () => checkPolicies(cpu),
    () =>
      refuseContent(childElements(cpu, 'topology')[0], 'cpu topology', {
        attributes: ['sockets', 'dies', 'cores', 'threads'],
      }),
    () => checkTopology(def, cpu),
  ])
}

function checkMode({ type }: DomainDef, { attributes }: XmlElement): VirError | undefined {
  const mode = attributes.get('mode') ?? 'custom'
  if (mode === 'host-model') {
    return configUnsupported("CPU mode 'host-model' is not supported by this driver")
  }
  if (mode === 'host-passthrough' && type !== 'kvm') {
    return configUnsupported(
      `CPU mode '${mode}' for x86_64 ${type} domain on x86_64 host is not supported by hypervisor`,
    )
  }
  const match = attributes.get('match') ?? 'exact'
  return match === 'exact'
    ? undefined
    : configUnsupported(`CPU match '${match}' is not supported by this driver`)
}

const policies: ReadonlySet<string | undefined> = new Set(['require', 'force', 'disable', 'forbid'])

function checkPolicies(cpu: XmlElement): VirError | undefined {
  const unknown = childElements(cpu, 'feature').find(
    ({ attributes }) => !policies.has(attributes.get('policy') ?? 'require'),
  )
  if (unknown !== undefined) {
    const policy = unknown.attributes.get('policy') ?? ''
    return configUnsupported(`CPU feature policy '${policy}' is not supported by this driver`)
  }
  const bad = childElements(cpu, 'feature').find(
    ({ attributes }) => !/^[\w.-]+$/.test(attributes.get('name') ?? ''),
  )
  return bad === undefined ? undefined : configUnsupported('malformed name of a CPU feature')
}

function checkTopology({ vcpus }: DomainDef, cpu: XmlElement): VirError | undefined {
  const [topology] = childElements(cpu, 'topology')
  if (topology === undefined) return undefined
  const product = ['sockets', 'dies', 'cores', 'threads'].reduce(
    (all, name) => all * Number(topology.attributes.get(name) ?? 1),
    1,
  )
  return product === vcpus.maximum
    ? undefined
    : configUnsupported("CPU topology doesn't match maximum vcpu count")
}
