import { err, ok, Result, safeTry } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { childElement, childElements, parseXml, textContent } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { parseUnsignedUpTo } from '../integer.ts'
import type {
  CapabilitiesCell,
  CapabilitiesCpu,
  CapabilitiesDef,
  CapabilitiesDomain,
  CapabilitiesFeature,
  CapabilitiesGuest,
  CapabilitiesHost,
  CapabilitiesMachine,
  CapabilitiesSecurityModel,
} from './capabilities-def.ts'

/**
 * Reads a `<capabilities>` document.
 *
 * @errors `XML_DETAIL` for malformed text, `XML_ERROR` for a number that is none
 * @see capability.rng of libvirt 9.0.0
 */
export function parseCapabilities(text: string): VirResult<CapabilitiesDef> {
  return parseXml(text, {
    label: 'capabilities',
    domain: ErrorDomain.CAPABILITIES,
    root: 'capabilities',
  }).andThen((root) =>
    safeTry(function* () {
      const host = childElement(root, 'host')
      if (host === undefined) return err(xmlError("missing element 'host'"))
      return ok({
        host: yield* readHost(host),
        guests: yield* Result.combine(childElements(root, 'guest').map(readGuest)),
      })
    }),
  )
}

const knownOfHost: ReadonlySet<string> = new Set(
  'uuid cpu power_management iommu topology secmodel'.split(' '),
)

function readHost(element: XmlElement): VirResult<CapabilitiesHost> {
  return safeTry(function* () {
    const uuid = childText(element, 'uuid')
    const cpu = yield* readCpu(childElement(element, 'cpu'))
    const power = childElement(element, 'power_management')
    const topology = childElement(element, 'topology')
    const list = topology && childElement(topology, 'cells')
    const cells = list && (yield* Result.combine(childElements(list, 'cell').map(readCell)))
    const others = childElements(element).filter(({ name }) => !knownOfHost.has(name))
    return ok({
      ...(uuid !== undefined && { uuid }),
      ...cpu,
      ...(power && { powerManagement: childElements(power).map(({ name }) => name) }),
      iommu: childElement(element, 'iommu')?.attributes.get('support') === 'yes',
      ...(cells && { cells }),
      securityModels: childElements(element, 'secmodel').map(readSecurityModel),
      ...(others.length > 0 && { others }),
    })
  })
}

const knownOfCpu: ReadonlySet<string> = new Set(['arch', 'features', 'pages'])

function readCpu(
  element: XmlElement | undefined,
): VirResult<Pick<CapabilitiesHost, 'arch' | 'features' | 'cpuDetails' | 'pageSizesKiB'>> {
  if (element === undefined) return err(xmlError("missing element 'cpu'"))
  const sizes = childElements(element, 'pages').map((pages) => readNumber(pages, 'size'))
  const features = childElement(element, 'features')
  const details = childElements(element).filter(({ name }) => !knownOfCpu.has(name))
  return Result.combine(sizes).map((pageSizesKiB) => ({
    arch: childText(element, 'arch') ?? '',
    ...(features && { features: childElements(features).map(({ name }) => name) }),
    ...(details.length > 0 && { cpuDetails: details }),
    pageSizesKiB,
  }))
}

function readCell(element: XmlElement): VirResult<CapabilitiesCell> {
  return safeTry(function* () {
    const id = yield* readNumber(element, 'id')
    const memory = childElement(element, 'memory')
    const memoryKiB = memory === undefined ? 0 : yield* readNumber(memory)
    const pages = yield* Result.combine(
      childElements(element, 'pages').map((page) =>
        Result.combine([readNumber(page, 'size'), readNumber(page)]),
      ),
    )
    const near = childElement(element, 'distances')
    const distances = yield* Result.combine(
      (near === undefined ? [] : childElements(near, 'sibling')).map((sibling) =>
        Result.combine([readNumber(sibling, 'id'), readNumber(sibling, 'value')]),
      ),
    )
    const list = childElement(element, 'cpus')
    const cpus = yield* Result.combine(
      (list === undefined ? [] : childElements(list, 'cpu')).map(readProcessor),
    )
    return ok({
      id,
      memoryKiB,
      pages: pages.map(([sizeKiB, count]) => ({ sizeKiB, count })),
      ...(near && { distances: distances.map(([cell, value]) => ({ id: cell, value })) }),
      cpus,
    })
  })
}

function readProcessor(element: XmlElement): VirResult<CapabilitiesCpu> {
  return safeTry(function* () {
    return ok({
      id: yield* readNumber(element, 'id'),
      socketId: yield* readNumber(element, 'socket_id', 0),
      dieId: yield* readNumber(element, 'die_id', 0),
      coreId: yield* readNumber(element, 'core_id', 0),
      siblings: element.attributes.get('siblings') ?? '',
    })
  })
}

function readSecurityModel(element: XmlElement): CapabilitiesSecurityModel {
  const baseLabels = childElements(element, 'baselabel').map((label) => ({
    type: label.attributes.get('type') ?? '',
    label: textContent(label),
  }))
  return {
    model: childText(element, 'model') ?? '',
    doi: childText(element, 'doi') ?? '',
    ...(baseLabels.length > 0 && { baseLabels }),
  }
}

function readGuest(element: XmlElement): VirResult<CapabilitiesGuest> {
  return safeTry(function* () {
    const arch = childElement(element, 'arch')
    if (arch === undefined) return err(xmlError("missing element 'arch'"))
    const wordSize = childElement(arch, 'wordsize')
    const loader = childText(arch, 'loader')
    const features = childElement(element, 'features')
    return ok({
      osType: childText(element, 'os_type') ?? '',
      arch: arch.attributes.get('name') ?? '',
      wordSize: wordSize === undefined ? 0 : yield* readNumber(wordSize),
      ...(yield* readEmulator(arch)),
      ...(loader !== undefined && { loader }),
      domains: yield* Result.combine(childElements(arch, 'domain').map(readDomainType)),
      features: features === undefined ? [] : childElements(features).map(readFeature),
    })
  })
}

function readEmulator(
  element: XmlElement,
): VirResult<Pick<CapabilitiesGuest, 'emulator' | 'machines'>> {
  const emulator = childText(element, 'emulator')
  return Result.combine(childElements(element, 'machine').map(readMachine)).map((machines) => ({
    ...(emulator !== undefined && { emulator }),
    machines,
  }))
}

function readDomainType(element: XmlElement): VirResult<CapabilitiesDomain> {
  const type = element.attributes.get('type') ?? ''
  return readEmulator(element).map((emulator) => ({ type, ...emulator }))
}

function readMachine(element: XmlElement): VirResult<CapabilitiesMachine> {
  const { attributes } = element
  const canonical = attributes.get('canonical')
  const maximum = attributes.has('maxCpus') ? readNumber(element, 'maxCpus') : ok(undefined)
  return maximum.map((maxCpus) => ({
    name: textContent(element),
    ...(canonical !== undefined && { canonical }),
    ...(maxCpus !== undefined && { maxCpus }),
    ...(attributes.get('deprecated') === 'yes' && { deprecated: true }),
  }))
}

function readFeature({ name, attributes }: XmlElement): CapabilitiesFeature {
  const on = attributes.get('default')
  const toggle = attributes.get('toggle')
  return {
    name,
    ...(on !== undefined && { default: on === 'on' }),
    ...(toggle !== undefined && { toggle: toggle === 'yes' }),
  }
}

/** Reads a number of an attribute, or of the element's text. */
function readNumber(element: XmlElement, attribute?: string, absent?: number): VirResult<number> {
  const text = attribute === undefined ? textContent(element) : element.attributes.get(attribute)
  if (text === undefined && absent !== undefined) return ok(absent)
  const number = parseUnsignedUpTo(text ?? '', Number.MAX_SAFE_INTEGER)
  if (number !== undefined) return ok(number)
  const place = attribute === undefined ? '' : `attribute '${attribute}' in `
  return err(xmlError(`Invalid value for ${place}element '${element.name}': '${text ?? ''}'.`))
}

function childText(element: XmlElement, name: string): string | undefined {
  const child = childElement(element, name)
  return child === undefined ? undefined : textContent(child)
}

function xmlError(detail: string): ReturnType<typeof virError> {
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.CAPABILITIES, detail)
}
