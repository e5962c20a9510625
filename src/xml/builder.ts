/**
 * Building documents out of xmlbuilder2's nodes, which hold raw text: `writeXml` alone escapes.
 *
 * Nodes are made through their document and not through the builder's `ele` and `txt`, which guess what a string means and are
 * five times slower.
 *
 * @module
 */
import { create } from 'xmlbuilder2'
import { isElement } from './element.ts'
import type { XmlElement, XmlMarkup } from './element.ts'

/** A node of a document that is being built. */
export type XmlTargetNode = ReturnType<typeof create>['node']
type DomDocument = NonNullable<XmlTargetNode['ownerDocument']>

/** An element of a document that is being built. */
export type XmlTarget = ReturnType<DomDocument['createElement']>

/** Attributes in the order in which they are written; an undefined one is left out. */
export type XmlAttributes = Readonly<Record<string, string | number | bigint | undefined>>

/**
 * What makes all nodes. Making it takes longer than making a small document, and nothing is ever put into it: documents are
 * known by their root elements, which stand alone.
 */
let factory: DomDocument | undefined

/** Starts a document; gives its root element. */
export function createXml(name: string, attributes?: XmlAttributes): XmlTarget {
  factory ??= createFactory()
  return makeElement(factory, name, attributes)
}

function createFactory(): DomDocument {
  const document: XmlTargetNode = create().node
  if (!isDocument(document)) throw new Error('xmlbuilder2 made no document')
  return document
}

/**
 * Appends an element.
 *
 * @param text - Its content, raw. The empty text gives `<a></a>`, absence `<a/>`
 */
export function addElement(
  parent: XmlTarget,
  name: string,
  attributes?: XmlAttributes,
  text?: string | number | bigint,
): XmlTarget {
  const document = ownerOf(parent)
  const element = makeElement(document, name, attributes)
  if (text !== undefined) element.appendChild(document.createTextNode(String(text)))
  parent.appendChild(element)
  return element
}

/** Appends a text, raw. */
export function addText(parent: XmlTarget, text: string): void {
  parent.appendChild(ownerOf(parent).createTextNode(text))
}

/** Appends a copy of an element that was read, with all that it holds. */
export function addTree(parent: XmlTarget, tree: XmlElement): XmlTarget {
  const target = addElement(parent, tree.name)
  fill(target, tree)
  return target
}

/** Starts a document that is a copy of an element that was read. */
export function createFromTree(tree: XmlElement): XmlTarget {
  const root = createXml(tree.name)
  fill(root, tree)
  return root
}

function fill(target: XmlTarget, tree: XmlElement): void {
  for (const [prefix, namespace] of tree.namespaces) {
    target.setAttribute(prefix === '' ? 'xmlns' : `xmlns:${prefix}`, namespace)
  }
  for (const [name, value] of tree.attributes) target.setAttribute(name, value)
  for (const child of tree.children) {
    if (typeof child === 'string') addText(target, child)
    else if (isElement(child)) addTree(target, child)
    else addMarkup(target, child)
  }
}

function addMarkup(parent: XmlTarget, { markup, text }: XmlMarkup): void {
  const document = ownerOf(parent)
  if (markup === 'comment') parent.appendChild(document.createComment(text))
  else if (markup === 'cdata') parent.appendChild(document.createCDATASection(text))
  else {
    const space = text.search(/[ \t\r\n]|$/)
    const data = text.slice(space + 1)
    parent.appendChild(document.createProcessingInstruction(text.slice(0, space), data))
  }
}

function makeElement(document: DomDocument, name: string, attributes?: XmlAttributes): XmlTarget {
  const element = document.createElement(name)
  for (const key in attributes) {
    const value = attributes[key]
    if (value !== undefined) element.setAttribute(key, String(value))
  }
  return element
}

function isDocument(node: XmlTargetNode): node is DomDocument {
  return node.nodeType === node.DOCUMENT_NODE
}

/** Tells an element from the other nodes of a document that is being built. */
export function isElementNode(node: XmlTargetNode): node is XmlTarget {
  return node.nodeType === node.ELEMENT_NODE
}

function ownerOf(target: XmlTarget): DomDocument {
  const document = target.ownerDocument
  if (document === null) throw new Error('element without a document')
  return document
}
