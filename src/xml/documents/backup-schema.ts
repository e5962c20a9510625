/**
 * The grammar of `<domainbackup>`.
 *
 * It follows domainbackup.rng of libvirt 9.0.0, but for what the backup XML's own description shows and the schema refuses: a
 * listed disk of a push may leave out its type and target, and have its `driver` after the target.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import type { VirResult } from '../../errors/index.ts'
import { schemaError } from '../schema-error.ts'
import { isBlank } from '../characters.ts'
import { isElement, localName } from '../element.ts'
import type { XmlElement, XmlNode } from '../element.ts'
import {
  absFilePath,
  anyText,
  diskTargetDev,
  hostName,
  oneOf,
  unsignedInt,
  uuidPattern,
  words,
  yesNo,
} from '../schema.ts'
import type { Child, Pattern, Rule, Shape } from '../schema.ts'

const formats = words(
  ...'raw dir bochs cloop dmg iso vpc vdi fat vhd ploop luks cow qcow qcow2 qed vmdk'.split(' '),
)

const secret = oneOf(
  {
    attributes: { type: words('passphrase'), uuid: uuidPattern },
    required: ['type', 'uuid'],
  },
  { attributes: { type: words('passphrase'), usage: anyText }, required: ['type', 'usage'] },
)

const cipherNames = { name: anyText, size: unsignedInt }
const cipher = oneOf(
  { attributes: cipherNames, required: ['name', 'size'] },
  {
    attributes: { ...cipherNames, mode: anyText, hash: anyText },
    required: ['name', 'size', 'mode', 'hash'],
  },
)
const ivgen = oneOf({ attributes: { name: anyText, hash: anyText }, required: ['name'] })

const encryptionAttributes = { format: words('luks'), engine: words('qemu') }
const encryption = oneOf(
  {
    attributes: encryptionAttributes,
    required: ['format'],
    children: { secret: { rule: secret, min: 1 } },
  },
  {
    attributes: encryptionAttributes,
    required: ['format'],
    children: {
      secret: { rule: secret, min: 1 },
      cipher: { rule: cipher, min: 1 },
      ivgen: { rule: ivgen, min: 1 },
    },
  },
)

const seclabel = oneOf(
  { attributes: { model: anyText, relabel: words('no') }, required: ['relabel'] },
  { attributes: { model: anyText, labelskip: words('yes') }, required: ['labelskip'] },
  {
    attributes: { model: anyText, relabel: words('yes') },
    children: { label: { rule: oneOf({ text: anyText }), min: 1, max: Infinity } },
  },
)

/** A push may also write into an NBD export, as the target of QEMU's `drive-backup` may; libvirt's schema has no such thing. */
const targetFile: Pattern = (value) =>
  absFilePath(value) || /^nbds?(?:\+unix)?:\/\/[^\n\r]+$/.test(value)

function store(attribute: 'file' | 'dev', path: Pattern = absFilePath): Rule {
  return oneOf({
    attributes: { [attribute]: path },
    required: [attribute],
    children: { seclabel: { rule: seclabel, max: Infinity }, encryption: { rule: encryption } },
  })
}

function driver(types: Pattern): Child {
  return { rule: oneOf({ attributes: { type: types }, required: ['type'] }) }
}

// The attributes of `backupmode` come in two forms, and each shape of a disk has both.
function disk(common: Readonly<Record<string, Pattern>>, shapes: readonly Shape[]): Rule {
  const modes = [
    { backupmode: words('full') },
    { backupmode: words('incremental'), incremental: anyText },
  ]
  return oneOf(
    ...shapes.flatMap((shape) =>
      modes.map((mode) => ({
        ...shape,
        attributes: { name: diskTargetDev, ...common, ...mode, ...shape.attributes },
        required: ['name', ...(shape.required ?? [])],
      })),
    ),
  )
}

const notTakingPart: Shape = { attributes: { backup: words('no') }, required: ['backup'] }
const takingPart = { backup: words('yes') }

const pushDisk = disk({}, [
  notTakingPart,
  { attributes: takingPart },
  {
    attributes: { ...takingPart, type: words('file') },
    required: ['type'],
    children: { target: { rule: store('file', targetFile) }, driver: driver(formats) },
  },
  {
    attributes: { ...takingPart, type: words('block') },
    required: ['type'],
    children: { target: { rule: store('dev') }, driver: driver(formats) },
  },
])

const qcow2 = driver(words('qcow2'))
const pullDisk = disk({ exportname: anyText, exportbitmap: anyText }, [
  notTakingPart,
  { attributes: { ...takingPart, type: words('file') } },
  {
    attributes: { ...takingPart, type: words('file') },
    children: { scratch: { rule: store('file'), min: 1 }, driver: qcow2 },
  },
  {
    attributes: { ...takingPart, type: words('block') },
    required: ['type'],
    children: { scratch: { rule: store('dev'), min: 1 }, driver: qcow2 },
  },
])

function disks(rule: Rule): Rule {
  return oneOf({ children: { disk: { rule, min: 1, max: Infinity } } })
}

const server = oneOf(
  {
    attributes: { tls: yesNo, transport: words('tcp'), name: hostName, port: unsignedInt },
    required: ['name'],
  },
  {
    attributes: { tls: yesNo, transport: words('unix'), socket: absFilePath },
    required: ['transport', 'socket'],
  },
)

const incremental = oneOf({ text: anyText })
const push: Shape = {
  attributes: { mode: words('push') },
  children: { incremental: { rule: incremental }, disks: { rule: disks(pushDisk) } },
}
const pull: Shape = {
  attributes: { mode: words('pull') },
  required: ['mode'],
  children: {
    incremental: { rule: incremental },
    server: { rule: server, min: 1 },
    disks: { rule: disks(pullDisk) },
  },
}
const domainBackup = oneOf(push, pull)

/** Checks a document against the schema; the error names what libxml2 names. */
export function checkDomainBackup(root: XmlElement): VirResult<void> {
  return domainBackup(root) ? ok() : err(schemaError('domainbackup.rng', refusal(root).join('\n')))
}

function refusal(root: XmlElement): readonly string[] {
  if (root.namespace !== undefined) return ['Expecting no namespace for element domainbackup']
  const withoutOthers = { ...root, attributes: new Map([...root.attributes].filter(isMode)) }
  if (domainBackup(withoutOthers)) return attributeRefusal(root)
  // libxml2 looks at the children up to the first that the schema does not know.
  const foreign = root.children.findIndex(isForeign)
  const content = root.children[foreign]
  const known = content === undefined ? root.children : root.children.slice(0, foreign)
  if (content !== undefined && domainBackup({ ...withoutOthers, children: known })) {
    return [extraContent(content)]
  }
  const extra = extraChild(known)
  if (extra !== undefined) {
    return [
      `Extra element ${extra} in interleave`,
      'Element domainbackup failed to validate content',
    ]
  }
  return content === undefined ? attributeRefusal(root) : [extraContent(content)]
}

function extraContent(node: XmlNode): string {
  return `Element domainbackup has extra content: ${nameOf(node)}`
}

const parts: ReadonlySet<string> = new Set(['incremental', 'server', 'disks'])

function isForeign(node: XmlNode): boolean {
  if (typeof node === 'string') return !isBlank(node)
  return isElement(node) && !parts.has(node.name)
}

function nameOf(node: XmlNode): string {
  return typeof node !== 'string' && isElement(node) ? localName(node) : 'text'
}

/** The child that libxml2 names: what is left when the parts of a push backup that fit are taken away. */
function extraChild(nodes: readonly XmlNode[]): string | undefined {
  const children = nodes.filter(isElement)
  const left = withoutFitting(children, 'incremental', incremental)
  const wrong = left.find((child) => child.name === 'incremental')
  if (wrong !== undefined) return wrong.name
  return withoutFitting(left, 'disks', disks(pushDisk))[0]?.name
}

/** Takes the first child of a name away if it fits. */
function withoutFitting(children: readonly XmlElement[], name: string, rule: Rule): XmlElement[] {
  const first = children.find((child) => child.name === name)
  const fitting = first !== undefined && rule(first)
  return children.filter((child) => child !== first || !fitting)
}

function isMode([name]: readonly [string, string]): boolean {
  return name === 'mode'
}

function attributeRefusal(root: XmlElement): readonly string[] {
  const pulls = root.children.some((node) => isElement(node) && node.name === 'server')
  for (const [name, value] of root.attributes) {
    const fits = name === 'mode' && (pulls || words('push')(value))
    const shown = name.slice(name.indexOf(':') + 1)
    if (!fits) return [`Invalid attribute ${shown} for element domainbackup`]
  }
  return []
}
