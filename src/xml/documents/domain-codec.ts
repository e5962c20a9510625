/** `<domain>` as an element, without what libvirt adds behind reading. @module */
import { ErrorDomain, ErrorNumber, VirError, virError } from '../../errors/index.ts'
import { element, outElement } from '../codec.ts'
import type { Draft, ElementCodec, Field } from '../codec.ts'
import { childElement, childElements, textContent } from '../element.ts'
import { fieldsOf } from '../fields.ts'
import { maxSigned, maxUnsigned, parseUnsignedUpTo } from '../integer.ts'
import type { XmlElement } from '../element.ts'
import type { KnownNames } from '../rest.ts'
import { parseScaled } from '../scaled.ts'
import { uuidPattern } from '../schema.ts'
import { parseUuid } from '../uuid.ts'
import { attributeError, onOff, oneOf, text, yesNo } from '../values.ts'
import type { Value } from '../values.ts'
import { devicesCodec, noDevices } from './devices.ts'
import { vcpusField } from './domain-cpu.ts'
import { cpuCheck } from './domain-cpu-mode.ts'
import type {
  DomainClock,
  DomainDef,
  DomainMaxMemory,
  DomainPowerManagement,
  LifecycleAction,
} from './domain-def.ts'
import { internalError, unsupported, xmlError } from './domain-error.ts'
import { featuresCheck } from './domain-features.ts'
import { osChecks, osCodec } from './domain-os.ts'
import { checkLabelModels, domainLabel } from './security-label.ts'

const domain = fieldsOf<DomainDef>()

/** The kinds of hypervisors, in libvirt's order. */
const domainTypes = [
  'none',
  'qemu',
  'kqemu',
  'kvm',
  'xen',
  'lxc',
  'uml',
  'openvz',
  'test',
  'vmware',
  'hyperv',
  'vbox',
  'phyp',
  'parallels',
  'bhyve',
  'vz',
  'hvf',
] as const

const id: Value<number> = {
  read: (raw) => {
    const value = parseUnsignedUpTo(raw, maxSigned)
    if (value !== undefined) return value
    const expected = /^\s*-\d{1,9}$/.test(raw) ? 'non-negative value' : 'integer value'
    return attributeError(
      `Invalid value for attribute 'id' in element 'domain': '${raw}'. Expected ${expected}`,
    )
  },
  write: String,
}

const uuid: Value<string> = {
  read: (raw) => parseUuid(raw) ?? internalError('malformed uuid element'),
  accepts: uuidPattern,
  write: (value) => value,
}

const title: Value<string> = {
  read: (raw) => (raw.includes('\n') ? xmlError("Domain title can't contain newlines") : raw),
  write: (value) => value,
}

/** The most bytes that libvirt holds memory in, and what it says of more. */
const maxBytes = 0x7fff_ffff_ffff_ffffn

function readMemory(source: XmlElement, name: string): number | undefined | VirError {
  const child = childElement(source, name)
  const raw = child === undefined ? '' : textContent(child)
  if (child === undefined || raw === '') return undefined
  const unit = child.attributes.get('unit')
  const bytes = parseScaled(raw, unit, `./${name}[1]`, { scale: 1024n, maximum: maxBytes })
  if (bytes instanceof VirError) return bytes
  const kib = (bytes + 1023n) / 1024n
  if (kib >= (maxBytes + 1023n) / 1024n) {
    return virError(ErrorNumber.OVERFLOW, ErrorDomain.DOMAIN, 'size value too large')
  }
  return Number(kib)
}

function memoryNames(...attributes: readonly string[]): ReadonlyMap<string, KnownNames> {
  const known = new Map(['unit', ...attributes].map((name) => [name, 'member'] as const))
  return new Map(
    ['memory', 'currentMemory'].map((name) => [
      name,
      { attributes: known, children: new Map(), inner: new Map() },
    ]),
  )
}

const dumpCore = onOff

const memory: Field<DomainDef> = {
  attributes: [],
  children: ['memory', 'currentMemory'],
  inner: memoryNames('dumpCore'),
  read(source, draft) {
    const total = readMemory(source, 'memory')
    if (total instanceof VirError) return total
    const current = readMemory(source, 'currentMemory')
    if (current instanceof VirError) return current
    draft.memoryKiB = total ?? 0
    draft.currentMemoryKiB = current ?? 0
    return undefined
  },
  write(out, { memoryKiB, memoryDumpCore, currentMemoryKiB }) {
    const total = outElement('memory')
    if (memoryDumpCore !== undefined)
      total.attributes.set('dumpCore', dumpCore.write(memoryDumpCore))
    total.attributes.set('unit', 'KiB')
    total.children.push(String(memoryKiB))
    const current = outElement('currentMemory')
    current.attributes.set('unit', 'KiB')
    current.children.push(String(currentMemoryKiB))
    out.children.push(total, current)
  },
}

const memoryFlags: Field<DomainDef> = {
  attributes: [],
  children: [],
  read(source, draft) {
    const raw = childElement(source, 'memory')?.attributes.get('dumpCore')
    if (raw === undefined) return undefined
    const value = dumpCore.read(raw, { element: 'memory', attribute: 'dumpCore' })
    if (value instanceof VirError) return value
    if (value !== undefined) draft.memoryDumpCore = value
    return undefined
  },
  write: () => undefined,
}

const maxMemory: Field<DomainDef> = {
  attributes: [],
  children: ['maxMemory'],
  read(source, draft) {
    const sizeKiB = readMemory(source, 'maxMemory')
    if (sizeKiB instanceof VirError) return sizeKiB
    const raw = childElement(source, 'maxMemory')?.attributes.get('slots') ?? ''
    const slots = raw === '' ? 0 : parseUnsignedUpTo(raw, maxUnsigned)
    if (slots === undefined) return xmlError('Failed to parse memory slot count')
    if (sizeKiB || slots) draft.maxMemory = { sizeKiB: sizeKiB ?? 0, slots }
    return undefined
  },
  write(out, definition) {
    const size: DomainMaxMemory | undefined = definition.maxMemory
    if (size === undefined) return
    const child = outElement('maxMemory')
    child.attributes.set('slots', String(size.slots)).set('unit', 'KiB')
    child.children.push(String(size.sizeKiB))
    out.children.push(child)
  },
}

const metadata: Field<DomainDef> = {
  attributes: [],
  children: ['metadata'],
  read(source, draft) {
    const child = childElement(source, 'metadata')
    if (child !== undefined) draft.metadata = child
    return undefined
  },
  write(out, definition) {
    if (definition.metadata !== undefined) out.children.push(definition.metadata)
  },
}

const genid: Field<DomainDef> = {
  ...domain.keep('genid'),
  read(source) {
    const found = childElements(source, 'genid')
    const [first] = found
    if (found.length > 1) return xmlError("element 'genid' can only appear once")
    const raw = first === undefined ? '' : textContent(first)
    return raw !== '' && parseUuid(raw) === undefined
      ? internalError('malformed genid element')
      : undefined
  },
}

const actions: readonly LifecycleAction[] = [
  'destroy',
  'restart',
  'rename-restart',
  'preserve',
  'coredump-destroy',
  'coredump-restart',
]

function action(key: 'onPoweroff' | 'onReboot' | 'onCrash', name: string): Field<DomainDef> {
  const error = (raw: string): VirError => unsupported(`unknown ${name} action: ${raw}`)
  return domain.text(key, name, oneOf(actions, { error }))
}

const onReboot = action('onReboot', 'on_reboot')
const onPoweroff = action('onPoweroff', 'on_poweroff')
const onCrash = action('onCrash', 'on_crash')
const onLockfailure = domain.text(
  'onLockfailure',
  'on_lockfailure',
  oneOf(['poweroff', 'restart', 'pause', 'ignore'], {
    absent: 'default',
    error: (raw) => unsupported(`unknown on_lockfailure action: ${raw}`),
  }),
)

const power = fieldsOf<DomainPowerManagement>()
const pm = domain.child(
  'pm',
  'pm',
  element<DomainPowerManagement>([
    power.childAttribute('suspendToMem', ['suspend-to-mem', 'enabled'], yesNo),
    power.childAttribute('suspendToDisk', ['suspend-to-disk', 'enabled'], yesNo),
  ]),
  { omitEmpty: true },
)

const clock = fieldsOf<DomainClock>()
const clockOffsets = ['utc', 'localtime', 'variable', 'timezone', 'absolute'] as const
const clockCodec: ElementCodec<DomainClock> = element([
  clock.attribute(
    'offset',
    'offset',
    oneOf(clockOffsets, { error: (raw) => unsupported(`unknown clock offset '${raw}'`) }),
    { fallback: 'utc' },
  ),
  clock.keepAttributes('adjustment', 'basis', 'adjustment0', 'timezone', 'start'),
  clock.keep('timer'),
])

const missingType = (): VirError => internalError('missing domain type attribute')
const type = domain.attribute(
  'type',
  'type',
  oneOf(domainTypes, {
    error: (raw) => (raw === '' ? missingType() : unsupported(`invalid domain type ${raw}`)),
  }),
  { required: missingType },
)
const idField = domain.attribute('id', 'id', id, { live: true })
const name = domain.text('name', 'name', text, {
  required: () => virError(ErrorNumber.NO_NAME, ErrorDomain.DOMAIN),
})
const uuidField = domain.text('uuid', 'uuid', uuid)
const titleField = domain.text('title', 'title', title)
const description = domain.text('description', 'description', text)
const clockField = domain.child('clock', 'clock', clockCodec)
const os = domain.child('os', 'os', osCodec, {
  required: () => xmlError('an os <type> must be specified'),
})
const devices = domain.child('devices', 'devices', devicesCodec, { fallback: noDevices })
const seclabels = domain.list('seclabels', 'seclabel', domainLabel)
const iothreads: Field<DomainDef> = domain.text('iothreads', 'iothreads', {
  read: (raw) => {
    const count = parseUnsignedUpTo(raw, maxUnsigned)
    if (count === undefined) return xmlError(`invalid iothreads count '${raw}'`)
    return count === 0 ? undefined : count
  },
  write: String,
})

const labelCheck: Field<DomainDef> = {
  semantic: true,
  attributes: [],
  children: [],
  read: (_source, draft: Draft<DomainDef>) => checkLabelModels(draft.seclabels ?? [], true),
  write: () => undefined,
}

/**
 * A domain as it is written.
 *
 * @see libvirt 9.0.0, virDomainDefParseXML and virDomainDefFormatInternal
 */
export const domainCodec: ElementCodec<DomainDef> = element<DomainDef>(
  [
    type,
    idField,
    name,
    uuidField,
    genid,
    titleField,
    description,
    metadata,
    maxMemory,
    memory,
    domain.keep('blkiotune', 'memtune', 'memoryBacking'),
    vcpusField,
    iothreads,
    domain.keep('iothreadids', 'defaultiothread', 'cputune', 'numatune', 'resource', 'sysinfo'),
    domain.keep('bootloader', 'bootloader_args'),
    os,
    domain.keep('idmap', 'features', 'cpu'),
    clockField,
    onPoweroff,
    onReboot,
    onCrash,
    onLockfailure,
    pm,
    domain.keep('perf'),
    devices,
    seclabels,
    domain.keep('keywrap', 'launchSecurity'),
  ],
  {
    extensible: true,
    reading: [
      idField,
      name,
      uuidField,
      genid,
      type,
      ...osChecks,
      titleField,
      description,
      seclabels,
      labelCheck,
      memory,
      maxMemory,
      memoryFlags,
      vcpusField,
      iothreads,
      cpuCheck,
      featuresCheck,
      onReboot,
      onPoweroff,
      onCrash,
      onLockfailure,
      pm,
      clockField,
      os,
      devices,
      metadata,
    ],
  },
)
