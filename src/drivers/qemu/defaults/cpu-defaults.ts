import type { DomainDef, XmlElement, XmlNode } from '../../../xml/index.ts'
import { element } from '../state/status-element.ts'
import { keptChild, withKeptChild } from './rest.ts'

/**
 * Says in so many words which processor the guest sees, so that it stays when QEMU's default changes.
 */
export function withCpu(def: DomainDef): DomainDef {
  const children = (def.rest?.children ?? []).filter(({ node }) => node.name !== 'cpu')
  const without = { ...def, rest: { ...def.rest, children } }
  return withKeptChild(without, completeCpu(def, keptChild(def, 'cpu')))
}

function completeCpu(def: DomainDef, cpu: XmlElement | undefined): XmlElement {
  const given = cpu?.children ?? []
  const mode = cpu?.attributes.get('mode') ?? 'custom'
  if (mode !== 'custom') {
    const attributes = new Map([['check', 'none'], ...(cpu?.attributes ?? [])])
    return { ...(cpu ?? element('cpu')), attributes: inOrder(attributes) }
  }
  const hasModel = given.some((child) => isNamed(child, 'model'))
  const name = def.os.arch === 'i686' ? 'qemu32' : 'qemu64'
  const model = element('model', { fallback: 'forbid' }, [name])
  const attributes = new Map([
    ['mode', mode],
    ['match', 'exact'],
    ['check', 'none'],
    ...(cpu?.attributes ?? []),
  ])
  const children = [...(hasModel ? [] : [model]), ...given].map(completeChild)
  return { ...element('cpu', {}, children), attributes: inOrder(attributes) }
}

const attributeOrder = ['mode', 'match', 'check', 'migratable']

function inOrder(attributes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...attributes].toSorted(([one], [other]) => placeOf(one) - placeOf(other)))
}

function placeOf(attribute: string): number {
  const found = attributeOrder.indexOf(attribute)
  return found === -1 ? attributeOrder.length : found
}

function completeChild(child: XmlNode): XmlNode {
  if (isNamed(child, 'model') && !child.attributes.has('fallback')) {
    return { ...child, attributes: new Map([['fallback', 'allow'], ...child.attributes]) }
  }
  if (!isNamed(child, 'topology')) return child
  const { attributes } = child
  const part = (name: string): [string, string] => [name, attributes.get(name) ?? '1']
  const parts = ['sockets', 'dies', 'cores', 'threads'].map(part)
  return { ...child, attributes: new Map([...parts, ...attributes]) }
}

function isNamed(child: XmlNode, name: string): child is XmlElement {
  return typeof child === 'object' && 'name' in child && child.name === name
}
