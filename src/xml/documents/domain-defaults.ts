/** What libvirt adds to a domain behind reading, whatever the hypervisor; its `virDomainDefPostParse`. @module */
import { err, ok, Result, safeTry } from 'neverthrow'
import type { VirError, VirResult, VirSteps } from '../../errors/index.ts'
import { childElement, isElement } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { requiredDomain, requiredObject } from '../required.ts'
import { completeCharacterDevices } from './console-defaults.ts'
import {
  addImpliedControllers,
  checkControllers,
  checkUsbControllers,
  indexControllers,
} from './controller-defaults.ts'
import { completeDisk, sortDisks } from './disk-defaults.ts'
import { expandVcpus } from './domain-cpu.ts'
import type { DomainDef, DomainDevices } from './domain-def.ts'
import { unsupported, xmlError } from './domain-error.ts'
import { numaMemoryKiB } from './domain-numa.ts'

/** What a driver fills in where a definition is silent. */
export interface DomainDefaults {
  /** Makes a UUID: lower-case, dashed. Absent: a definition without one stays so. */
  readonly uuid?: () => string
  /** Makes a MAC address for an interface. Absent: an interface without one stays so. */
  readonly mac?: () => string
  /** The architecture. Absent: a definition without one stays so. */
  readonly arch?: string
}

/**
 * Completes a definition as libvirt does behind reading: defaults, addresses and ports that follow from names, implied
 * controllers, disks and controllers in libvirt's order. A complete definition comes back as it is.
 *
 * @errors `INVALID_ARG` for what is no definition; `XML_ERROR`, `CONFIG_UNSUPPORTED` as `virDomainDefPostParse`
 */
export function withDomainDefaults(
  def: DomainDef,
  defaults: DomainDefaults = {},
): VirResult<DomainDef> {
  const wrong =
    requiredDomain('withDomainDefaults', def) ??
    requiredObject('withDomainDefaults', 'defaults', defaults)
  if (wrong !== undefined) return err(wrong)
  return safeTry(() => defaultSteps(def, defaults))
}

function* defaultSteps(def: DomainDef, defaults: DomainDefaults): VirSteps<DomainDef> {
  const { uuid = defaults.uuid?.(), os, clock = { offset: 'utc' } } = def
  yield* checkUsbControllers(def.devices.controllers)
  const devices = yield* completeDevices(def, defaults)
  if (os.type === 'exe' && os.init === undefined) {
    return err(xmlError('init binary must be specified'))
  }
  const vcpus = yield* expandVcpus(placeVcpus(def))
  const memory = yield* completeMemory(def)
  yield* checkControllers(devices.controllers)
  const boot = yield* bootDevices(def, devices)
  const character = yield* completeCharacterDevices({ ...def, devices })
  const controlled = yield* addImpliedControllers(character)
  yield* checkName(def.name)
  const arch = os.arch ?? defaults.arch
  const { loader } = os
  const metadata = def.metadata && sanitizeMetadata(def.metadata)
  return ok({
    ...def,
    ...(uuid !== undefined && { uuid }),
    ...(metadata !== undefined && { metadata }),
    ...memory,
    vcpus,
    clock,
    onPoweroff: def.onPoweroff ?? 'destroy',
    onReboot: def.onReboot ?? 'restart',
    onCrash: def.onCrash ?? 'destroy',
    os: {
      ...os,
      ...(arch !== undefined && { arch }),
      ...(loader?.path !== undefined && { loader: { ...loader, type: loader.type ?? 'rom' } }),
      boot,
    },
    devices: controlled,
  })
}

/** Leaves the first child of each namespace, and nothing without one; libvirt's `virXMLNodeSanitizeNamespaces`. */
function sanitizeMetadata(metadata: XmlElement): XmlElement {
  const seen = new Set<string>()
  const children = metadata.children.filter((child) => {
    if (!isElement(child) || child.namespace === undefined || seen.has(child.namespace)) {
      return false
    }
    seen.add(child.namespace)
    return true
  })
  return children.length === metadata.children.length ? metadata : { ...metadata, children }
}

/** Processors follow memory that is placed automatically, unless they are placed themselves. */
function placeVcpus({ vcpus, rest }: DomainDef): DomainDef['vcpus'] {
  const kept = rest?.children ?? []
  const memory = kept.find(({ node }) => node.name === 'numatune')?.node
  const isAutomatic =
    memory !== undefined && childElement(memory, 'memory')?.attributes.get('placement') === 'auto'
  const tune = kept.find(({ node }) => node.name === 'cputune')?.node
  const isPinned =
    vcpus.cpuset !== undefined ||
    (tune !== undefined &&
      ['vcpupin', 'emulatorpin', 'iothreadpin'].some((name) => childElement(tune, name)))
  return isAutomatic && !isPinned ? { ...vcpus, placement: 'auto' } : vcpus
}

function completeDevices(
  { devices }: DomainDef,
  defaults: DomainDefaults,
): VirResult<DomainDevices> {
  return Result.combine(sortDisks(devices.disks).map(completeDisk)).map((disks) => ({
    ...devices,
    disks,
    controllers: indexControllers(devices.controllers),
    interfaces: devices.interfaces.map((nic) => {
      const mac = nic.mac ?? defaults.mac?.()
      return mac === undefined ? nic : { ...nic, mac }
    }),
  }))
}

type Memory = Pick<DomainDef, 'memoryKiB' | 'currentMemoryKiB'>

function completeMemory(def: DomainDef): VirResult<Memory> {
  return numaMemoryKiB(def).andThen(({ cells, modules }): VirResult<Memory> => {
    const memoryKiB = def.memoryKiB === 0 && cells > 0 ? cells + modules : def.memoryKiB
    const refusal = refuseMemory(def, memoryKiB, modules)
    if (refusal !== undefined) return err(refusal)
    const { currentMemoryKiB: current } = def
    const currentMemoryKiB = current === 0 || current > memoryKiB ? memoryKiB : current
    return ok({ memoryKiB, currentMemoryKiB })
  })
}

function refuseMemory(
  { maxMemory }: DomainDef,
  memoryKiB: number,
  modules: number,
): VirError | undefined {
  if (modules > memoryKiB) {
    return xmlError('Total size of memory devices exceeds the total memory size')
  }
  if (memoryKiB - modules === 0) {
    return xmlError('Memory size must be specified via <memory> or in the <numa> configuration')
  }
  if (maxMemory === undefined) return undefined
  if (maxMemory.sizeKiB === 0 || maxMemory.slots === 0) {
    return xmlError('both maximum memory size and memory slot count must be specified')
  }
  return maxMemory.sizeKiB < memoryKiB
    ? xmlError('maximum memory size must be equal or greater than the actual memory size')
    : undefined
}

/** What to boot: from the first hard disk, when neither the domain nor a device says. */
function bootDevices(
  { os }: DomainDef,
  devices: DomainDevices,
): VirResult<DomainDef['os']['boot']> {
  if (os.type !== 'hvm') return ok(os.boot)
  const orders = new Set<number>()
  for (const { bootOrder } of bootableDevices(devices)) {
    if (bootOrder === undefined) continue
    if (orders.has(bootOrder)) {
      return err(unsupported(`boot order '${bootOrder}' used for more than one device`))
    }
    orders.add(bootOrder)
  }
  if (os.boot.length === 0) return ok(orders.size === 0 ? ['hd'] : [])
  return orders.size === 0
    ? ok(os.boot)
    : err(unsupported('per-device boot elements cannot be used together with os/boot elements'))
}

function bootableDevices({
  disks,
  interfaces,
  others,
}: DomainDevices): { readonly bootOrder?: number }[] {
  const kinds: ReadonlySet<string> = new Set(['hostdev', 'redirdev', 'filesystem'])
  return [...disks, ...interfaces, ...others.filter(({ kind }) => kinds.has(kind))]
}

function checkName(name: string): VirResult<void> {
  return name.includes('/') ? err(xmlError(`name ${name} cannot contain '/'`)) : ok()
}
