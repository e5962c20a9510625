/** Putting elements to text as libxml2 does: what stands in a domain's `<metadata>`. @module */
import { declarationOf, isElement } from './element.ts'
import type { XmlElement, XmlNode } from './element.ts'
import {
  checkedName,
  escapeForeignAttribute,
  escapeForeignText,
  refuseForbidden,
} from './escape.ts'

/** libxml2's `xmlNodeDump` (2.9.14) with formatting: it indents where an element holds no text. */
export function writeForeign(element: XmlElement, indent: string): string {
  return `${indent}${foreignElement(element, indent)}\n`
}

function foreignElement(element: XmlElement, indent: string | undefined): string {
  const name = checkedName(element.name)
  const start = `<${name}${foreignAttributes(element)}`
  if (element.children.length === 0) return `${start}/>`
  const inner = indent === undefined || holdsText(element) ? undefined : `${indent}  `
  let content = ''
  for (const child of element.children) {
    const text = foreignNode(child, inner)
    content += inner === undefined ? text : `\n${inner}${text}`
  }
  if (inner !== undefined) content += `\n${indent}`
  return `${start}>${content}</${name}>`
}

function holdsText(element: XmlElement): boolean {
  return element.children.some(
    (child) => typeof child === 'string' || (!isElement(child) && child.markup === 'cdata'),
  )
}

function foreignNode(node: XmlNode, indent: string | undefined): string {
  if (typeof node === 'string') return escapeForeignText(node)
  if (isElement(node)) return foreignElement(node, indent)
  const { markup, text } = node
  refuseForbidden(text)
  if (markup === 'comment') return `<!--${text}-->`
  if (markup === 'cdata') return `<![CDATA[${text}]]>`
  return `<?${text}?>`
}

function foreignAttributes({ namespaces, attributes }: XmlElement): string {
  let text = ''
  for (const [prefix, namespace] of namespaces) {
    text += ` ${checkedName(declarationOf(prefix))}="${escapeForeignAttribute(namespace)}"`
  }
  for (const [name, value] of attributes) {
    text += ` ${checkedName(name)}="${escapeForeignAttribute(value)}"`
  }
  return text
}
