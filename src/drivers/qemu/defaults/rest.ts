/** Reading and adding what a definition keeps beyond its members. @module */
import type { WithXmlRest, XmlElement } from '../../../xml/index.ts'

/** Gives a kept child element. */
export function keptChild(def: WithXmlRest, name: string): XmlElement | undefined {
  return def.rest?.children?.find(({ node }) => node.name === name)?.node
}

/** Gives a kept attribute. */
export function keptAttribute(def: WithXmlRest, name: string): string | undefined {
  return def.rest?.attributes?.find((attribute) => attribute.name === name)?.value
}

/** Gives a definition with one more kept child, in the place that libvirt has for it. */
export function withKeptChild<T extends WithXmlRest>(def: T, node: XmlElement): T {
  const { rest = {} } = def
  const added = { node, after: node.name, count: 0 }
  return { ...def, rest: { ...rest, children: [...(rest.children ?? []), added] } }
}
