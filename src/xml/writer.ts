/** Putting documents to text in libvirt's own layout. @module */
import { declarationOf, isElement } from './element.ts'
import type { XmlElement, XmlNode } from './element.ts'
import { checkedName, escapeAttribute, escapeText } from './escape.ts'
import { writeForeign } from './foreign-writer.ts'

/** An element that is to be written, with what a few documents of libvirt do otherwise. */
export interface WrittenElement extends XmlElement {
  /** Has an empty line before each child and before its end. */
  readonly spaced?: true
  /** Is written open, over two lines, also when it holds nothing. */
  readonly alwaysOpen?: true
}

/**
 * Puts an element to text as libvirt does: two spaces a level, single quotes, `<a/>`, text in the line of its element, and a
 * line end behind the root. `<metadata>` and what it holds is put as libxml2 does, for libvirt leaves that to it.
 *
 * @throws a `VirError` `INVALID_ARG` when a text holds what XML cannot, such as a control character, or a name is
 * none: nothing is dropped
 */
export function writeXml(root: WrittenElement): string {
  return writeElement(root, '')
}

function writeElement(element: WrittenElement, indent: string): string {
  const { children } = element
  if (element.name === 'metadata') return writeForeign(element, indent)
  const name = checkedName(element.name)
  const start = `${indent}<${name}${attributesOf(element)}`
  if (children.length === 0) {
    return element.alwaysOpen ? `${start}>\n${indent}</${name}>\n` : `${start}/>\n`
  }
  if (children.every(isText)) return `${start}>${textOf(children)}</${name}>\n`
  return `${start}>\n${contentOf(element, indent)}${indent}</${name}>\n`
}

function textOf(texts: readonly string[]): string {
  let text = ''
  for (const part of texts) text += escapeText(part)
  return text
}

function attributesOf({ namespaces, attributes }: XmlElement): string {
  let text = ''
  for (const [prefix, namespace] of namespaces) {
    text += ` ${checkedName(declarationOf(prefix))}='${escapeAttribute(namespace)}'`
  }
  for (const [name, value] of attributes) {
    text += ` ${checkedName(name)}='${escapeAttribute(value)}'`
  }
  return text
}

function isText(node: XmlNode): node is string {
  return typeof node === 'string'
}

function contentOf(element: WrittenElement, outer: string): string {
  const indent = `${outer}  `
  const space = element.spaced ? '\n' : ''
  let text = ''
  for (const child of element.children) {
    if (isElement(child)) text += space + writeElement(child, indent)
    // Text beside elements: libvirt's documents have none, so it is only kept, on a line of its own.
    else text += `${indent}${escapeText(isText(child) ? child : child.text)}\n`
  }
  return text + space
}
