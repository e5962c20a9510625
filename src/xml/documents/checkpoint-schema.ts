/** The grammar of `<domaincheckpoint>`, after domaincheckpoint.rng of libvirt 9.0.0. @module */
import { err, ok } from 'neverthrow'
import type { VirResult } from '../../errors/index.ts'
import { isBlank } from '../characters.ts'
import { isElement, localName } from '../element.ts'
import type { XmlElement, XmlNode } from '../element.ts'
import { schemaError } from '../schema-error.ts'
import { absFilePath, anyText, diskTargetDev, oneOf, unsignedLong, words } from '../schema.ts'
import type { Rule } from '../schema.ts'

function checkpointName(value: string): boolean {
  return /^[a-zA-Z0-9_-][a-zA-Z0-9_.-]*$/.test(value)
}

function diskName(value: string): boolean {
  return diskTargetDev(value) || absFilePath(value)
}

const disk = oneOf(
  { attributes: { name: diskName, checkpoint: words('no') }, required: ['name', 'checkpoint'] },
  {
    attributes: {
      name: diskName,
      checkpoint: words('bitmap'),
      bitmap: anyText,
      size: unsignedLong,
    },
    required: ['name'],
  },
)

const name = oneOf({ text: checkpointName })

// In the order of the schema: libxml2 names the first of these that does not fit.
const rules: ReadonlyMap<string, Rule> = new Map([
  ['name', name],
  ['description', oneOf({ text: anyText })],
  ['creationTime', oneOf({ text: unsignedLong })],
  ['disks', oneOf({ children: { disk: { rule: disk, min: 1, max: Infinity } } })],
  ['parent', oneOf({ children: { name: { rule: name, min: 1 } } })],
])

/**
 * Checks a document against the schema; the error names what libxml2 names.
 *
 * @param domain - The rule of an embedded domain
 */
export function checkDomainCheckpoint(root: XmlElement, domain: Rule): VirResult<void> {
  const lines = refusal(root, domain)
  return lines === undefined ? ok() : err(schemaError('domaincheckpoint.rng', lines.join('\n')))
}

function refusal(root: XmlElement, domain: Rule): readonly string[] | undefined {
  if (root.namespace !== undefined) return ['Expecting no namespace for element domaincheckpoint']
  const foreign = root.children.findIndex(isForeign)
  const extra = extraChild(foreign === -1 ? root.children : root.children.slice(0, foreign), domain)
  if (extra !== undefined) {
    return [
      `Extra element ${extra} in interleave`,
      'Element domaincheckpoint failed to validate content',
    ]
  }
  const content = root.children[foreign]
  if (content !== undefined)
    return [`Element domaincheckpoint has extra content: ${nameOf(content)}`]
  for (const attribute of root.attributes.keys()) {
    const shown = attribute.slice(attribute.indexOf(':') + 1)
    return [`Invalid attribute ${shown} for element domaincheckpoint`]
  }
  return undefined
}

function isForeign(node: XmlNode): boolean {
  if (typeof node === 'string') return !isBlank(node)
  return isElement(node) && !rules.has(node.name) && node.name !== 'domain'
}

function nameOf(node: XmlNode): string {
  return typeof node !== 'string' && isElement(node) ? localName(node) : 'text'
}

function extraChild(nodes: readonly XmlNode[], domain: Rule): string | undefined {
  const children = nodes.filter(isElement)
  for (const [key, rule] of [...rules, ['domain', domain] as const]) {
    const named = children.filter((child) => child.name === key)
    if (named.length > 1 || !named.every(rule)) return key
  }
  return undefined
}
