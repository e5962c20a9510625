/** Putting elements to text as libxml2 does: what stands in a domain's `<metadata>`. @module */
import { isElementNode } from './builder.ts'
import type { XmlTarget, XmlTargetNode } from './builder.ts'
import { escapeForeignAttribute, escapeForeignText, refuseForbidden } from './escape.ts'

/** libxml2's `xmlNodeDump` (2.9.14) with formatting: it indents where an element holds no text. */
export function writeForeign(element: XmlTarget, indent: string): string {
  return `${indent}${foreignElement(element, indent)}\n`
}

function foreignElement(element: XmlTarget, indent: string | undefined): string {
  const start = `<${element.nodeName}${foreignAttributes(element)}`
  if (element.firstChild === null) return `${start}/>`
  const inner = indent === undefined || holdsText(element) ? undefined : `${indent}  `
  let content = ''
  let child: XmlTargetNode | null = element.firstChild
  for (; child !== null; child = child.nextSibling) {
    const text = foreignNode(child, inner)
    content += inner === undefined ? text : `\n${inner}${text}`
  }
  if (inner !== undefined) content += `\n${indent}`
  return `${start}>${content}</${element.nodeName}>`
}

function holdsText(element: XmlTarget): boolean {
  for (let child = element.firstChild; child !== null; child = child.nextSibling) {
    if (child.nodeType === child.TEXT_NODE || child.nodeType === child.CDATA_SECTION_NODE)
      return true
  }
  return false
}

function foreignNode(node: XmlTargetNode, indent: string | undefined): string {
  if (isElementNode(node)) return foreignElement(node, indent)
  const text = node.nodeValue ?? ''
  if (node.nodeType === node.TEXT_NODE) return escapeForeignText(text)
  refuseForbidden(text)
  if (node.nodeType === node.COMMENT_NODE) return `<!--${text}-->`
  if (node.nodeType === node.CDATA_SECTION_NODE) return `<![CDATA[${text}]]>`
  return text === '' ? `<?${node.nodeName}?>` : `<?${node.nodeName} ${text}?>`
}

function foreignAttributes(element: XmlTarget): string {
  let text = ''
  const { attributes } = element
  for (let index = 0; index < attributes.length; index++) {
    const attribute = attributes.item(index)
    if (attribute !== null)
      text += ` ${attribute.name}="${escapeForeignAttribute(attribute.value)}"`
  }
  return text
}
