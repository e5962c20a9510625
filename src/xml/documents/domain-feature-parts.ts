/** What libvirt refuses of what stands in a feature: `<hyperv><relaxed state='on'/></hyperv>`. @module */
import { VirError } from '../../errors/index.ts'
import { invalidAttribute, missingAttribute } from '../attribute.ts'
import { childElement, childElements, textContent } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { maxUnsigned, parseUnsignedUpTo } from '../integer.ts'
import { parseScaled } from '../scaled.ts'
import { unsupported, xmlError } from './domain-error.ts'

type Check = (element: XmlElement) => VirError | undefined

const nothingMore: Check = () => undefined

function parts(names: string): [string, Check][] {
  return names.split(' ').map((name) => [name, nothingMore])
}

/** The parts of a feature, with what libvirt reads of each that is on. */
const hypervParts: ReadonlyMap<string, Check> = new Map([
  ...parts('relaxed vapic vpindex runtime synic reset frequencies reenlightenment tlbflush ipi'),
  ...parts('evmcs avic'),
  ['spinlocks', checkSpinlocks],
  ['stimer', checkTimer],
  ['vendor_id', checkVendor],
])
const timerParts: ReadonlyMap<string, Check> = new Map(parts('direct'))
const kvmParts: ReadonlyMap<string, Check> = new Map([
  ...parts('hidden hint-dedicated poll-control pv-ipi'),
  ['dirty-ring', checkDirtyRing],
])
const xenParts: ReadonlyMap<string, Check> = new Map([
  ...parts('e820_host'),
  ['passthrough', checkPassthrough],
])
const capabilities: ReadonlySet<string> = new Set(
  (
    'audit_control audit_write block_suspend chown dac_override dac_read_search fowner fsetid ipc_lock ipc_owner kill lease ' +
    'linux_immutable mac_admin mac_override mknod net_admin net_bind_service net_broadcast net_raw setgid setfcap setpcap ' +
    'setuid sys_admin sys_boot sys_chroot sys_module sys_nice sys_pacct sys_ptrace sys_rawio sys_resource sys_time ' +
    'sys_tty_config syslog wake_alarm'
  ).split(' '),
)

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['hyperv', (feature) => checkParts(feature, 'HyperV Enlightenment', hypervParts)],
  ['kvm', (feature) => checkParts(feature, 'KVM', kvmParts)],
  ['xen', (feature) => checkParts(feature, 'Xen', xenParts)],
  ['capabilities', (feature) => firstOf(childElements(feature), checkCapability)],
  ['smm', checkSmm],
  ['hpt', checkHpt],
  ['tcg', checkTcg],
])

/**
 * Checks what stands in a feature.
 *
 * @see libvirt 9.0.0, virDomainFeaturesHyperVDefParse and the functions beside it
 */
export function checkFeatureParts(feature: XmlElement): VirError | undefined {
  return checks.get(feature.name)?.(feature)
}

function firstOf(elements: readonly XmlElement[], check: Check): VirError | undefined {
  for (const element of elements) {
    const error = check(element)
    if (error !== undefined) return error
  }
  return undefined
}

function checkParts(
  feature: XmlElement,
  kind: string,
  known: ReadonlyMap<string, Check>,
): VirError | undefined {
  return firstOf(childElements(feature), (part) => {
    const check = known.get(part.name)
    if (check === undefined) return unsupported(`unsupported ${kind} feature: ${part.name}`)
    const state = part.attributes.get('state')
    if (state === undefined) return missingAttribute(part, 'state')
    if (state !== 'on' && state !== 'off') return invalidAttribute(part, 'state', state)
    return state === 'on' ? check(part) : undefined
  })
}

function checkCapability(capability: XmlElement): VirError | undefined {
  if (!capabilities.has(capability.name)) {
    return unsupported(`unexpected capability feature '${capability.name}'`)
  }
  const state = capability.attributes.get('state')
  if (state === undefined || state === 'on' || state === 'off') return undefined
  return invalidAttribute(capability, 'state', state)
}

function readCount(part: XmlElement, attribute: string): number | VirError {
  const text = part.attributes.get(attribute)
  if (text === undefined) return missingAttribute(part, attribute)
  const expected = 'Expected non-negative integer value'
  return (
    parseUnsignedUpTo(text, maxUnsigned, 0) ?? invalidAttribute(part, attribute, text, expected)
  )
}

function checkSpinlocks(part: XmlElement): VirError | undefined {
  const retries = readCount(part, 'retries')
  if (retries instanceof VirError) return retries
  if (retries >= 4095) return undefined
  return xmlError('HyperV spinlock retry count must be at least 4095')
}

function checkTimer(part: XmlElement): VirError | undefined {
  return checkParts(part, 'Hyper-V stimer', timerParts)
}

function checkVendor(part: XmlElement): VirError | undefined {
  const value = part.attributes.get('value')
  if (value === undefined) {
    return xmlError("missing 'value' attribute for HyperV feature 'vendor_id'")
  }
  if (new TextEncoder().encode(value).length > 12) {
    return xmlError('HyperV vendor_id value must not be more than 12 characters.')
  }
  return value.includes(',') ? xmlError('HyperV vendor_id value is invalid') : undefined
}

function checkDirtyRing(part: XmlElement): VirError | undefined {
  const size = readCount(part, 'size')
  if (size instanceof VirError) return size
  const fits = Number.isInteger(Math.log2(size)) && size >= 1024 && size <= 65_536
  return fits ? undefined : xmlError('dirty ring must be power of 2 and ranges [1024, 65536]')
}

function checkPassthrough(part: XmlElement): VirError | undefined {
  const mode = part.attributes.get('mode')
  if (mode === undefined || mode === 'sync_pt' || mode === 'share_pt') return undefined
  return invalidAttribute(part, 'mode', mode)
}

function checkSmm(feature: XmlElement): VirError | undefined {
  if (feature.attributes.get('state') === 'off') return undefined
  const size = readSize(feature, 'tseg', 'string(./features/smm/tseg)', 1024n ** 2n)
  return size instanceof VirError ? size : undefined
}

function checkHpt(feature: XmlElement): VirError | undefined {
  const size = readSize(feature, 'maxpagesize', './maxpagesize', 1024n)
  if (!(size instanceof VirError)) return undefined
  return unsupported('Unable to parse HPT maxpagesize setting')
}

function checkTcg(feature: XmlElement): VirError | undefined {
  const size = readSize(feature, 'tb-cache', './tb-cache', 1024n, (1n << 63n) - 1n)
  return size instanceof VirError ? size : undefined
}

/** Reads a size in bytes; an empty one is none. */
function readSize(
  feature: XmlElement,
  name: string,
  path: string,
  scale: bigint,
  maximum?: bigint,
): bigint | VirError | undefined {
  const child = childElement(feature, name)
  const text = child === undefined ? '' : textContent(child)
  if (child === undefined || text === '') return undefined
  const options = { scale, ...(maximum !== undefined && { maximum }) }
  return parseScaled(text, child.attributes.get('unit'), path, options)
}
