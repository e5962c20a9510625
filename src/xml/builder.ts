/**
 * Building documents out of xmlbuilder2's nodes, which hold raw text: `writeXml` alone escapes.
 *
 * Nodes are made through their document and not through the builder's `ele` and `txt`, which guess what a string means and are
 * five times slower.
 *
 * @module
 */
import { create } from 'xmlbuilder2'
import { outElement } from './codec.ts'
import type { XmlElement } from './element.ts'
import type { WrittenElement } from './writer.ts'

type XmlTargetNode = ReturnType<typeof create>['node']
type DomDocument = NonNullable<XmlTargetNode['ownerDocument']>

/** An element of a document that is being built. */
export type XmlTarget = ReturnType<DomDocument['createElement']>

/** Attributes in the order in which they are written; an undefined one is left out. */
export type XmlAttributes = Readonly<Record<string, string | number | bigint | undefined>>

/** What a few documents of libvirt do otherwise: see {@link WrittenElement}. */
export interface XmlLayout {
  readonly spaced?: ReadonlySet<XmlTarget>
  readonly open?: ReadonlySet<XmlTarget>
}

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

/** Trees that stand in built documents as they are: taken apart into nodes, they would be put together again for writing. */
const trees = new WeakMap<XmlTarget, XmlElement>()

/** Appends an element that was read or laid out, with all that it holds. */
export function addTree(parent: XmlTarget, tree: XmlElement): void {
  const stand = addElement(parent, tree.name)
  trees.set(stand, tree)
}

/** Gives a document as the tree that `writeXml` writes. */
export function toTree(root: XmlTarget, layout: XmlLayout = {}): WrittenElement {
  const tree = trees.get(root)
  if (tree !== undefined) return tree
  const out = outElement(root.nodeName)
  for (let index = 0; index < root.attributes.length; index++) {
    const attribute = root.attributes.item(index)
    if (attribute !== null) out.attributes.set(attribute.name, attribute.value)
  }
  for (let child = root.firstChild; child !== null; child = child.nextSibling) {
    out.children.push(isElementNode(child) ? toTree(child, layout) : (child.nodeValue ?? ''))
  }
  if (layout.spaced?.has(root) === true) return { ...out, spaced: true }
  return layout.open?.has(root) === true ? { ...out, alwaysOpen: true } : out
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

function isElementNode(node: XmlTargetNode): node is XmlTarget {
  return node.nodeType === node.ELEMENT_NODE
}

function ownerOf(target: XmlTarget): DomDocument {
  const document = target.ownerDocument
  if (document === null) throw new Error('element without a document')
  return document
}
