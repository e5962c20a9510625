/**
 * The combinators that documents are described in: one description gives reading and writing.
 *
 * A codec is a list of fields (`fields.ts`) in the order in which libvirt writes them. What no field knows is kept beside the
 * members and written back in its place (`rest.ts`). Reading gives libvirt's error for the first field that fails.
 *
 * @module
 */
import { ErrorNumber } from '../errors/index.ts'
import type { VirError } from '../errors/index.ts'
import { declarationOf, isElement } from './element.ts'
import type { XmlElement, XmlNode } from './element.ts'
import { collectRest, placeRest, weaveRestChildren, writeRestAttributes } from './rest.ts'
import type { KnownAs, KnownNames, XmlRest } from './rest.ts'

import { schemaError } from './schema-error.ts'
import type { WrittenElement } from './writer.ts'

/** How a document is read. */
export interface ReadContext {
  /** Leaves out what only a running domain has; libvirt's `VIR_DOMAIN_DEF_PARSE_INACTIVE`. */
  readonly inactive: boolean
  /** The schema's file, to refuse what it does not know; absent: unknown names are kept. */
  readonly schema?: string
  /** Names that the schema does not know are kept all the same: only values are checked against it. */
  readonly keepsUnknown?: boolean
}

/** How a document is written. */
export interface WriteContext {
  /** Leaves out what libvirt does not write of a domain that does not run. */
  readonly inactive: boolean
  /** Leaves out the names that a running domain gave its parts, too: aliases and indexes. */
  readonly nameless: boolean
  /** Writes secrets. */
  readonly secure: boolean
}

/** An element that is being written. */
export interface OutElement extends WrittenElement {
  readonly attributes: Map<string, string>
  readonly children: XmlNode[]
}

/** A definition that is being read. */
export type Draft<T> = { -readonly [K in keyof T]?: T[K] }

/** One part of an element: which names are its own, and how they become members and back. */
export interface Field<T> {
  readonly attributes: readonly string[]
  readonly children: readonly string[]
  /** The child elements that may stand there more than once. */
  readonly many?: readonly string[]
  /** Reads the element's own text. */
  readonly text?: true
  /** What it refuses, the schema accepts. */
  readonly semantic?: true
  /** Its names have no member: they are kept as they are, in this place. */
  readonly kept?: true
  /** What the field knows of child elements that become plain members, by their names. */
  readonly inner?: ReadonlyMap<string, KnownNames>
  read(source: XmlElement, draft: Draft<T>, context: ReadContext): VirError | undefined
  write(out: OutElement, value: T, context: WriteContext): void
}

/** Reads and writes an element as a definition. */
export interface ElementCodec<T> {
  /** @param start - Members that are known before the element is read */
  read(source: XmlElement, context: ReadContext, start?: Draft<T>): T | VirError
  write(name: string, value: T, context: WriteContext): OutElement
}

/** What an element codec needs beside its fields. */
export interface ElementOptions<T> {
  /** The fields in the order in which libvirt reads them, which decides the error; absent: as written. */
  readonly reading?: readonly Field<T>[]
  /** Checks the whole after its fields, and may change it. */
  readonly check?: (
    draft: Draft<T>,
    source: XmlElement,
    context: ReadContext,
  ) => VirError | undefined
  /** What is not known is not checked against the schema. */
  readonly open?: true
  /** Elements of other namespaces belong here, also to the schema. */
  readonly extensible?: true
  /** Written with an end tag of its own, on a line of its own, also when nothing is in it. */
  readonly alwaysOpen?: true
}

/** Describes an element. @param fields - In the order in which libvirt writes them */
export function element<T extends object>(
  fields: readonly Field<T>[],
  options: ElementOptions<T> = {},
): ElementCodec<T> {
  const known = knownNames(fields)
  const reading = options.reading ?? fields
  const single = new Set(
    fields.flatMap(({ children, many = [] }) => children.filter((name) => !many.includes(name))),
  )
  const hasText = options.open || fields.some((field) => field.text)
  return {
    read(source, context, start) {
      const draft: Draft<T> & { rest?: XmlRest } = { ...start }
      const rest = collectRest(source, known)
      if (rest !== undefined) draft.rest = rest
      const error =
        (context.schema === undefined || context.keepsUnknown
          ? undefined
          : ((options.open
              ? undefined
              : unknownName(source, rest, known, context.schema, options.extensible)) ??
            repeatedName(source, single, context.schema) ??
            (hasText ? undefined : strayText(source, context.schema)))) ??
        readFields(reading, source, draft, context) ??
        options.check?.(draft, source, context)
      // The fields have seen to it that what is required is there, which the compiler cannot see.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      return error ?? (draft as T)
    },
    write: (name, value, context) => {
      const out = writeElement(name, value, fields, context)
      return options.alwaysOpen ? { ...out, alwaysOpen: true } : out
    },
  }
}

/** Gives the names that fields know. */
export function knownNames<T>(fields: readonly Field<T>[]): KnownNames {
  const attributes = new Map<string, KnownAs>()
  const children = new Map<string, KnownAs>()
  const inner = new Map<string, KnownNames>()
  for (const field of fields) {
    const as = field.kept === true ? 'kept' : 'member'
    for (const name of field.attributes) attributes.set(name, as)
    for (const name of field.children) children.set(name, as)
    for (const [name, names] of field.inner ?? []) inner.set(name, names)
  }
  return { attributes, children, inner }
}

/** Reads fields into a draft, up to the first that fails. */
export function readFields<T>(
  fields: readonly Field<T>[],
  source: XmlElement,
  draft: Draft<T>,
  context: ReadContext,
): VirError | undefined {
  for (const field of fields) {
    const error = field.read(source, draft, context)
    if (error !== undefined) return refusal(error, field.semantic, context)
  }
  return undefined
}

// Validation comes before reading, so there it finds what reading would find; not so what a number is too large for.
function refusal(error: VirError, semantic: true | undefined, { schema }: ReadContext): VirError {
  const isFinal = semantic || error.code === ErrorNumber.XML_INVALID_SCHEMA
  if (schema === undefined || isFinal || error.code === ErrorNumber.OVERFLOW) return error
  return schemaError(schema, error.message)
}

const noNamespaces: ReadonlyMap<string, string> = new Map()

/** Starts an element that is being written. */
export function outElement(name: string): OutElement {
  return {
    name,
    attributes: new Map(),
    namespaces: noNamespaces,
    children: [],
    line: 0,
    column: 0,
  }
}

function writeElement<T extends { readonly rest?: XmlRest }>(
  name: string,
  value: T,
  fields: readonly Field<T>[],
  context: WriteContext,
): OutElement {
  const out = outElement(name)
  const { rest } = value
  if (rest === undefined) writeFields(fields, out, value, context)
  else writeWithRest(out, value, rest, fields, context)
  return out
}

function writeWithRest<T>(
  out: OutElement,
  value: T,
  rest: XmlRest,
  fields: readonly Field<T>[],
  context: WriteContext,
): void {
  const placed = placeRest(rest)
  writeRestAttributes(placed, out.attributes)
  weaveRestChildren(placed, out.children, 0)
  for (const field of fields) {
    const start = out.children.length
    field.write(out, value, context)
    if (rest.inner !== undefined && field.inner !== undefined) {
      for (const child of out.children.slice(start)) fillInner(child, rest.inner)
    }
    writeRestAttributes(placed, out.attributes, field.attributes)
    weaveRestChildren(placed, out.children, start, field.children)
  }
  // As attributes, because libvirt writes them behind the others.
  for (const [prefix, namespace] of rest.namespaces ?? []) {
    out.attributes.set(declarationOf(prefix), namespace)
  }
}

function fillInner(child: XmlNode, inner: ReadonlyMap<string, XmlRest>): void {
  if (!isOutElement(child)) return
  const rest = inner.get(child.name)
  if (rest === undefined) return
  const placed = placeRest(rest)
  const own = [...child.attributes]
  child.attributes.clear()
  writeRestAttributes(placed, child.attributes)
  for (const [name, content] of own) {
    child.attributes.set(name, content)
    writeRestAttributes(placed, child.attributes, [name])
  }
  // What followed an attribute that is gone comes last.
  writeRestAttributes(placed, child.attributes, [...placed.attributes.keys()])
  weaveRestChildren(placed, child.children, 0, ['', ...placed.children.keys()])
}

function isOutElement(node: XmlNode): node is OutElement {
  return isElement(node) && node.attributes instanceof Map && Array.isArray(node.children)
}

function unknownName(
  source: XmlElement,
  rest: XmlRest | undefined,
  known: KnownNames,
  schema: string,
  extensible: true | undefined,
): VirError | undefined {
  if (rest === undefined) return undefined
  for (const { name } of rest.attributes ?? []) {
    if (!known.attributes.has(name)) {
      return schemaError(schema, `Invalid attribute ${name} for element ${source.name}`)
    }
  }
  for (const { node } of rest.children ?? []) {
    if (known.children.has(node.name) || (extensible && node.name.includes(':'))) continue
    return schemaError(schema, `Element ${source.name} has extra content: ${node.name}`)
  }
  for (const [name, inner] of rest.inner ?? []) {
    const names = known.inner.get(name)
    if (names === undefined) continue
    const error = unknownName({ ...source, name }, inner, names, schema, undefined)
    if (error !== undefined) return error
  }
  return undefined
}

function strayText(source: XmlElement, schema: string): VirError | undefined {
  return source.children.some((child) => typeof child === 'string' && /[^ \t\r\n]/.test(child))
    ? schemaError(schema, `Element ${source.name} has extra content: text`)
    : undefined
}

function repeatedName(
  source: XmlElement,
  single: ReadonlySet<string>,
  schema: string,
): VirError | undefined {
  const seen = new Set<string>()
  for (const node of source.children) {
    if (!isElement(node) || !single.has(node.name)) continue
    if (seen.has(node.name)) {
      return schemaError(schema, `Extra element ${node.name} in interleave`)
    }
    seen.add(node.name)
  }
  return undefined
}

/** Writes fields into an element. */
export function writeFields<T>(
  fields: readonly Field<T>[],
  out: OutElement,
  value: T,
  context: WriteContext,
): void {
  for (const field of fields) field.write(out, value, context)
}
