import type { VirError } from '../../../errors/index.ts'
import { childElement, textContent } from '../../../xml/index.ts'
import type { DomainDef, XmlElement } from '../../../xml/index.ts'
import { parseScaled } from '../../../xml/scaled.ts'
import { configUnsupported } from './config-unsupported.ts'
import { machineKind } from './machine-kind.ts'
import { keptChild } from './rest.ts'
import { firstError } from './unexpected.ts'

/** The features that no x86 machine has, in the order in which libvirt looks at them, and whether they ask for something. */
const foreign: ReadonlyMap<string, (feature: XmlElement) => boolean> = new Map([
  ['gic', () => true],
  ['hpt', (feature) => feature.attributes.has('resizing') || holdsSize(feature, 'maxpagesize')],
  ['htm', () => true],
  ['nested-hv', () => true],
  ['ccf-assist', () => true],
  ...['cfpc', 'sbbc', 'ibs'].map(
    (name) => [name, ({ attributes }: XmlElement) => attributes.has('value')] as const,
  ),
])

/**
 * Refuses the features that libvirt refuses of an x86 machine.
 *
 * @see libvirt 9.0.0, qemuValidateDomainDefFeatures; of TSEG, qemuDomainDefTsegPostParse, which comes first
 */
export function checkFeatures(def: DomainDef): VirError | undefined {
  const features = keptChild(def, 'features')
  if (features === undefined) return undefined
  return firstError([
    () => checkTseg(def, childElement(features, 'smm')),
    ...[...foreign].map(([name, asks]) => () => {
      const feature = childElement(features, name)
      return feature !== undefined && asks(feature) ? notOnMachine(def, name) : undefined
    }),
    () => checkTcg(def, childElement(features, 'tcg')),
  ])
}

function notOnMachine({ os }: DomainDef, name: string): VirError {
  const where = `architecture '${os.arch}' or machine type '${os.machine}'`
  return configUnsupported(`The '${name}' feature is not supported for ${where}`)
}

function checkTseg(def: DomainDef, smm: XmlElement | undefined): VirError | undefined {
  if (smm === undefined || smm.attributes.get('state') === 'off') return undefined
  const tseg = childElement(smm, 'tseg')
  if (tseg === undefined || textContent(tseg) === '' || machineKind(def) === 'q35') return undefined
  return configUnsupported('SMM TSEG is only supported with q35 machine type')
}

function checkTcg({ type }: DomainDef, tcg: XmlElement | undefined): VirError | undefined {
  if (tcg === undefined || !holdsSize(tcg, 'tb-cache')) return undefined
  if (type !== 'qemu') {
    return configUnsupported(`TCG features are incompatible with domain type '${type}'`)
  }
  return sizeOf(tcg, 'tb-cache') % 1024n ** 2n === 0n
    ? undefined
    : configUnsupported('tb-cache size must be an integer multiple of MiB')
}

function holdsSize(feature: XmlElement, name: string): boolean {
  return sizeOf(feature, name) !== 0n
}

/** The bytes that a child of a feature says, whose form has been checked when it was read. */
function sizeOf(feature: XmlElement, name: string): bigint {
  const child = childElement(feature, name)
  const text = child === undefined ? '' : textContent(child)
  if (child === undefined || text === '') return 0n
  const size = parseScaled(text, child.attributes.get('unit'), name, { scale: 1024n })
  return typeof size === 'bigint' ? size : 0n
}
