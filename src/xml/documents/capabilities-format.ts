import { addElement, addTree, createXml, toTree } from '../builder.ts'
import type { XmlTarget } from '../builder.ts'
import { writeXml } from '../writer.ts'
import type {
  CapabilitiesCell,
  CapabilitiesDef,
  CapabilitiesFeature,
  CapabilitiesGuest,
  CapabilitiesHost,
  CapabilitiesMachine,
  CapabilitiesSecurityModel,
} from './capabilities-def.ts'

/**
 * Writes a `<capabilities>` document; libvirt's `virCapabilitiesFormatXML`.
 *
 * @throws a `VirError` `INVALID_ARG` when a text holds what XML cannot, such as a control character
 */
export function formatCapabilities(def: CapabilitiesDef): string {
  const root = createXml('capabilities')
  const open = new Set<XmlTarget>()
  writeHost(addElement(root, 'host'), def.host, open)
  for (const guest of def.guests) writeGuest(addElement(root, 'guest'), guest)
  return writeXml(toTree(root, { spaced: new Set([root]), open }))
}

function writeHost(host: XmlTarget, def: CapabilitiesHost, open: Set<XmlTarget>): void {
  if (def.uuid !== undefined) addElement(host, 'uuid', undefined, def.uuid)
  writeCpu(addElement(host, 'cpu'), def)
  if (def.powerManagement !== undefined) {
    const modes = addElement(host, 'power_management')
    for (const mode of def.powerManagement) addElement(modes, mode)
  }
  addElement(host, 'iommu', { support: def.iommu ? 'yes' : 'no' })
  for (const other of def.others ?? []) if (isBeforeTopology(other.name)) addTree(host, other)
  if (def.cells !== undefined) writeCells(addElement(host, 'topology'), def.cells, open)
  for (const other of def.others ?? []) if (!isBeforeTopology(other.name)) addTree(host, other)
  for (const model of def.securityModels) writeSecurityModel(host, model)
}

function isBeforeTopology(name: string): boolean {
  return name === 'migration_features' || name === 'netprefix'
}

function writeCpu(cpu: XmlTarget, def: CapabilitiesHost): void {
  addElement(cpu, 'arch', undefined, def.arch)
  if (def.features !== undefined) {
    const features = addElement(cpu, 'features')
    for (const feature of def.features) addElement(features, feature)
  }
  for (const other of def.cpuDetails ?? []) addTree(cpu, other)
  for (const size of def.pageSizesKiB) addElement(cpu, 'pages', { unit: 'KiB', size })
}

function writeCells(
  topology: XmlTarget,
  cells: readonly CapabilitiesCell[],
  open: Set<XmlTarget>,
): void {
  const list = addElement(topology, 'cells', { num: cells.length })
  // libvirt writes the two tags on two lines also when nothing is between them.
  open.add(list)
  for (const cell of cells) writeCell(addElement(list, 'cell', { id: cell.id }), cell)
}

function writeCell(
  target: XmlTarget,
  { memoryKiB, pages, distances, cpus }: CapabilitiesCell,
): void {
  addElement(target, 'memory', { unit: 'KiB' }, memoryKiB)
  for (const { sizeKiB, count } of pages) {
    addElement(target, 'pages', { unit: 'KiB', size: sizeKiB }, count)
  }
  if (distances !== undefined && distances.length > 0) {
    const list = addElement(target, 'distances')
    for (const { id, value } of distances) addElement(list, 'sibling', { id, value })
  }
  const list = addElement(target, 'cpus', { num: cpus.length })
  for (const { id, socketId, dieId, coreId, siblings } of cpus) {
    addElement(list, 'cpu', { id, socket_id: socketId, die_id: dieId, core_id: coreId, siblings })
  }
}

function writeSecurityModel(host: XmlTarget, def: CapabilitiesSecurityModel): void {
  const target = addElement(host, 'secmodel')
  addElement(target, 'model', undefined, def.model)
  addElement(target, 'doi', undefined, def.doi)
  for (const { type, label } of def.baseLabels ?? []) {
    addElement(target, 'baselabel', { type }, label)
  }
}

function writeGuest(guest: XmlTarget, def: CapabilitiesGuest): void {
  addElement(guest, 'os_type', undefined, def.osType)
  const arch = addElement(guest, 'arch', { name: def.arch })
  addElement(arch, 'wordsize', undefined, def.wordSize)
  writeEmulator(arch, def)
  for (const { type, ...domain } of def.domains) {
    writeEmulator(addElement(arch, 'domain', { type }), domain)
  }
  if (def.features.length === 0) return
  const features = addElement(guest, 'features')
  for (const feature of def.features) writeFeature(features, feature)
}

function writeEmulator(
  target: XmlTarget,
  def: Pick<CapabilitiesGuest, 'emulator' | 'loader' | 'machines'>,
): void {
  if (def.emulator !== undefined) addElement(target, 'emulator', undefined, def.emulator)
  if (def.loader !== undefined) addElement(target, 'loader', undefined, def.loader)
  for (const machine of def.machines) writeMachine(target, machine)
}

function writeMachine(target: XmlTarget, machine: CapabilitiesMachine): void {
  const { name, canonical, maxCpus, deprecated } = machine
  addElement(
    target,
    'machine',
    { canonical, maxCpus, deprecated: deprecated === true ? 'yes' : undefined },
    name,
  )
}

function writeFeature(features: XmlTarget, feature: CapabilitiesFeature): void {
  const { name, default: on, toggle } = feature
  addElement(features, name, {
    default: on === undefined ? undefined : on ? 'on' : 'off',
    toggle: toggle === undefined ? undefined : toggle ? 'yes' : 'no',
  })
}
