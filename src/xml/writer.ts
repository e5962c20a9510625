/** Putting documents to text in libvirt's own layout. @module */
import { isElementNode } from './builder.ts'
import type { XmlTarget } from './builder.ts'
import { escapeAttribute, escapeText } from './escape.ts'
import { writeForeign } from './foreign-writer.ts'

/**
 * Puts a document to text as libvirt does: two spaces a level, single quotes, `<a/>`, text in the line of its element, and a
 * line end behind the root. `<metadata>` and what it holds is put as libxml2 does, for libvirt leaves that to it.
 *
 * @throws a `VirError` `INVALID_ARG` when a text holds what XML cannot, such as a control character: nothing is dropped
 */
export function writeXml(root: XmlTarget): string {
  return writeElement(root, '')
}

function writeElement(element: XmlTarget, indent: string): string {
  if (element.nodeName === 'metadata') return writeForeign(element, indent)
  const start = `${indent}<${element.nodeName}${attributesOf(element)}`
  const first = element.firstChild
  if (first === null) return `${start}/>\n`
  const content = isTextOnly(element)
    ? textOf(element)
    : `\n${contentOf(element, `${indent}  `)}${indent}`
  return `${start}>${content}</${element.nodeName}>\n`
}

function attributesOf(element: XmlTarget): string {
  let text = ''
  const { attributes } = element
  for (let index = 0; index < attributes.length; index++) {
    const attribute = attributes.item(index)
    if (attribute !== null) text += ` ${attribute.name}='${escapeAttribute(attribute.value)}'`
  }
  return text
}

function isTextOnly(element: XmlTarget): boolean {
  for (let child = element.firstChild; child !== null; child = child.nextSibling) {
    if (child.nodeType !== child.TEXT_NODE) return false
  }
  return true
}

function textOf(element: XmlTarget): string {
  let text = ''
  for (let child = element.firstChild; child !== null; child = child.nextSibling) {
    text += escapeText(child.nodeValue ?? '')
  }
  return text
}

function contentOf(element: XmlTarget, indent: string): string {
  let text = ''
  for (let child = element.firstChild; child !== null; child = child.nextSibling) {
    if (isElementNode(child)) text += writeElement(child, indent)
    // Text beside elements: libvirt's documents have none, so it is only kept, on a line of its own.
    else text += `${indent}${escapeText(child.nodeValue ?? '')}\n`
  }
  return text
}
