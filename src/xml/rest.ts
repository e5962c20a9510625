/** What an element holds beyond its definition: kept, and put back in its place. @module */
import { isElement } from './element.ts'
import type { XmlElement, XmlNode } from './element.ts'

/**
 * What an element holds that its definition has no member for, with the place of each part.
 *
 * It travels with the definition: a changed copy (`{ ...def, readonly: true }`) still has it. Places are relative to
 * what the definition knows, so they stay right when neighbours come and go.
 */
export interface XmlRest {
  readonly attributes?: readonly XmlRestAttribute[]
  readonly children?: readonly XmlRestChild[]
  /** Namespace declarations: prefix (`''` for the default) to namespace. */
  readonly namespaces?: ReadonlyMap<string, string>
  /** The rests of child elements that the definition has as plain members, by the child's name. */
  readonly inner?: ReadonlyMap<string, XmlRest>
}

/** An attribute that a definition has no member for. */
export interface XmlRestAttribute {
  readonly name: string
  readonly value: string
  /** The known attribute that it follows; absent: it comes first. */
  readonly after?: string
}

/** A child element that a definition has no member for. */
export interface XmlRestChild {
  readonly node: XmlElement
  /** The known child that it follows, or its own name when that has a place in libvirt's order; absent: it comes first. */
  readonly after?: string
  /** How many known children of the name `after` stand before it. */
  readonly count: number
}

/** A definition that keeps what it has no member for. */
export interface WithXmlRest {
  readonly rest?: XmlRest
}

/** What a codec does with a name: it has a member for it, or keeps it in a fixed place. */
export type KnownAs = 'member' | 'kept'

/** The names that a codec knows of an element. */
export interface KnownNames {
  readonly attributes: ReadonlyMap<string, KnownAs>
  readonly children: ReadonlyMap<string, KnownAs>
  /** Child elements that become plain members, with what is known of them. */
  readonly inner: ReadonlyMap<string, KnownNames>
}

/** Collects what an element holds beyond the names that are known; nothing when all are. */
export function collectRest(element: XmlElement, known: KnownNames): XmlRest | undefined {
  const attributes = collectAttributes(element, known.attributes)
  const children = collectChildren(element, known.children)
  const inner = known.inner.size > 0 ? collectInner(element, known.inner) : undefined
  const namespaces = element.namespaces.size > 0 ? element.namespaces : undefined
  if (attributes ?? children ?? inner ?? namespaces) {
    return {
      ...(attributes !== undefined && { attributes }),
      ...(children !== undefined && { children }),
      ...(namespaces !== undefined && { namespaces }),
      ...(inner !== undefined && { inner }),
    }
  }
  return undefined
}

function collectAttributes(
  element: XmlElement,
  known: ReadonlyMap<string, KnownAs>,
): XmlRestAttribute[] | undefined {
  let rest: XmlRestAttribute[] | undefined
  let after: string | undefined
  for (const [name, value] of element.attributes) {
    const as = known.get(name)
    if (as !== undefined) after = name
    if (as === 'member') continue
    rest ??= []
    rest.push(after === undefined ? { name, value } : { name, value, after })
  }
  return rest
}

function collectChildren(
  element: XmlElement,
  known: ReadonlyMap<string, KnownAs>,
): XmlRestChild[] | undefined {
  if (!hasRestChildren(element.children, known)) return undefined
  const rest: XmlRestChild[] = []
  const counts = new Map<string, number>()
  let after: string | undefined
  for (const node of element.children) {
    if (!isElement(node)) continue
    const as = known.get(node.name)
    if (as !== undefined) after = node.name
    if (as === 'member') counts.set(node.name, (counts.get(node.name) ?? 0) + 1)
    else {
      const count = counts.get(after ?? '') ?? 0
      rest.push(after === undefined ? { node, count } : { node, after, count })
    }
  }
  return rest
}

function hasRestChildren(
  children: readonly XmlNode[],
  known: ReadonlyMap<string, KnownAs>,
): boolean {
  for (const node of children) {
    if (isElement(node) && known.get(node.name) !== 'member') return true
  }
  return false
}

// Only the first child of a name becomes a member, as in libvirt's XPath queries.
function collectInner(
  element: XmlElement,
  known: ReadonlyMap<string, KnownNames>,
): Map<string, XmlRest> | undefined {
  let inner: Map<string, XmlRest> | undefined
  for (const node of element.children) {
    if (!isElement(node)) continue
    const names = known.get(node.name)
    if (names === undefined || inner?.has(node.name) === true) continue
    const rest = collectRest(node, names)
    if (rest !== undefined) (inner ??= new Map()).set(node.name, rest)
  }
  return inner
}

/** A rest by place, for writing: what stands after each known name; under `''` what comes first. */
export interface PlacedRest {
  readonly attributes: ReadonlyMap<string, readonly XmlRestAttribute[]>
  readonly children: ReadonlyMap<string, readonly XmlRestChild[]>
}

/** The place of what comes before everything known. */
const first: readonly string[] = ['']

/** Sorts a rest by place, once for each element that is written. */
export function placeRest(rest: XmlRest): PlacedRest {
  return { attributes: byPlace(rest.attributes ?? []), children: byPlace(rest.children ?? []) }
}

function byPlace<T extends { readonly after?: string }>(parts: readonly T[]): Map<string, T[]> {
  const places = new Map<string, T[]>()
  for (const part of parts) {
    const place = places.get(part.after ?? '')
    if (place === undefined) places.set(part.after ?? '', [part])
    else place.push(part)
  }
  return places
}

/** Writes the attributes that follow the names. @param names - Absent: those that come first */
export function writeRestAttributes(
  rest: PlacedRest,
  attributes: Map<string, string>,
  names: readonly string[] = first,
): void {
  for (const after of names) {
    for (const { name, value } of rest.attributes.get(after) ?? []) {
      // A member may have been given the name since; it wins.
      if (!attributes.has(name)) attributes.set(name, value)
    }
  }
}

/**
 * Puts the kept children among those that a field wrote.
 *
 * @param written - All children so far; the field's own begin at `start`
 * @param names - The names that the field writes; absent: adds the children that come first
 */
export function weaveRestChildren(
  rest: PlacedRest,
  written: XmlNode[],
  start: number,
  names: readonly string[] = first,
): void {
  const queues = new Map<string, XmlRestChild[]>()
  for (const name of names) {
    const queue = rest.children.get(name)
    if (queue !== undefined) queues.set(name, queue.toReversed())
  }
  if (queues.size === 0) return
  const own = written.splice(start)
  for (const queue of queues.values()) flushUpTo(queue, 0, written)
  const counts = new Map<string, number>()
  for (const node of own) {
    written.push(node)
    const name = typeof node === 'object' && 'name' in node ? node.name : ''
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    const queue = queues.get(name)
    if (queue !== undefined) flushUpTo(queue, count, written)
  }
  for (const queue of queues.values()) flushUpTo(queue, Infinity, written)
}

// The queue is reversed, because taking from the end of an array is cheap; counts never fall along a document.
function flushUpTo(queue: XmlRestChild[], count: number, written: XmlNode[]): void {
  for (let next = queue.at(-1); next !== undefined && next.count <= count; next = queue.at(-1)) {
    written.push(next.node)
    queue.pop()
  }
}
