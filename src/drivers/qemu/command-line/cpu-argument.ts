import {
  childElement,
  childElements,
  type DomainDef,
  textContent,
  type XmlElement,
} from '../../../xml/index.ts'
import { keptChild } from '../defaults/rest.ts'

/** The value of `-cpu`. */
export function cpuArgument(def: DomainDef): string {
  const cpu = keptChild(def, 'cpu')
  if (cpu === undefined) return def.os.arch === 'i686' ? 'qemu32' : 'qemu64'
  const isEnforced = cpu.attributes.get('check') === 'full'
  return [modelOf(cpu), ...featuresOf(cpu), ...(isEnforced ? ['enforce'] : [])].join(',')
}

function modelOf(cpu: XmlElement): string {
  switch (cpu.attributes.get('mode') ?? 'custom') {
    case 'host-passthrough':
      return cpu.attributes.get('migratable') === 'off'
        ? 'host,migratable=off'
        : 'host,migratable=on'
    case 'maximum':
      return 'max'
    default:
      return textContent(childElement(cpu, 'model') ?? cpu).trim() || 'qemu64'
  }
}

function featuresOf(cpu: XmlElement): string[] {
  return childElements(cpu, 'feature').map(({ attributes }) => {
    const policy = attributes.get('policy') ?? 'require'
    const state = policy === 'disable' || policy === 'forbid' ? 'off' : 'on'
    // QEMU's own names have dashes where some of libvirt's have underscores.
    return `${(attributes.get('name') ?? '').replaceAll('_', '-')}=${state}`
  })
}

/** The value of `-smp`. */
export function smpArgument(def: DomainDef): string {
  const cpu = keptChild(def, 'cpu')
  const topology = cpu === undefined ? undefined : childElement(cpu, 'topology')
  const { maximum } = def.vcpus
  if (topology === undefined) return `${maximum},sockets=${maximum},cores=1,threads=1`
  const part = (name: string): string => topology.attributes.get(name) ?? '1'
  return ['sockets', 'dies', 'cores', 'threads'].reduce(
    (text, name) => `${text},${name}=${part(name)}`,
    String(maximum),
  )
}
