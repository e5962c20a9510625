/** Putting documents to text in libvirt's own layout. @module */
import { isElementNode } from './builder.ts'
import type { XmlTarget } from './builder.ts'
import { escapeAttribute, escapeText } from './escape.ts'
import { writeForeign } from './foreign-writer.ts'

/** What a few documents of libvirt do otherwise. */
export interface XmlLayout {
  /** Elements with an empty line before each child and before their end. */
  readonly spaced?: ReadonlySet<XmlTarget>
  /** Elements that are written open, over two lines, though they hold nothing. */
  readonly open?: ReadonlySet<XmlTarget>
}

/**
 * Puts a document to text as libvirt does: two spaces a level, single quotes, `<a/>`, text in the line of its element, and a
 * line end behind the root. `<metadata>` and what it holds is put as libxml2 does, for libvirt leaves that to it.
 *
 * @throws a `VirError` `INVALID_ARG` when a text holds what XML cannot, such as a control character: nothing is dropped
 */
export function writeXml(root: XmlTarget, layout: XmlLayout = {}): string {
  return writeElement(root, '', layout)
}

function writeElement(element: XmlTarget, indent: string, layout: XmlLayout): string {
  const name = element.nodeName
  if (name === 'metadata') return writeForeign(element, indent)
  const start = `${indent}<${name}${attributesOf(element)}`
  if (element.firstChild === null) {
    return layout.open?.has(element) === true ? `${start}>\n${indent}</${name}>\n` : `${start}/>\n`
  }
  if (isTextOnly(element)) return `${start}>${textOf(element)}</${name}>\n`
  return `${start}>\n${contentOf(element, indent, layout)}${indent}</${name}>\n`
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

function contentOf(element: XmlTarget, outer: string, layout: XmlLayout): string {
  const indent = `${outer}  `
  const space = layout.spaced?.has(element) === true ? '\n' : ''
  let text = ''
  for (let child = element.firstChild; child !== null; child = child.nextSibling) {
    if (isElementNode(child)) text += space + writeElement(child, indent, layout)
    // Text beside elements: libvirt's documents have none, so it is only kept, on a line of its own.
    else text += `${indent}${escapeText(child.nodeValue ?? '')}\n`
  }
  return text + space
}
