/** The kinds of fields that codecs are made of. @module */
import { VirError } from '../errors/index.ts'
import { knownNames, outElement, readFields, writeFields } from './codec.ts'
import type { Draft, ElementCodec, Field, OutElement, WriteContext } from './codec.ts'
import { childElement, textContent } from './element.ts'
import type { XmlElement } from './element.ts'
import { absent, readItems, readText, schemaRefusal } from './field-reading.ts'
import type { FieldOptions, Item, Member } from './field-reading.ts'
import type { KnownAs, KnownNames } from './rest.ts'
import type { Value } from './values.ts'

/** Makes the fields of one definition. */
export interface Fields<T> {
  /** An attribute. */
  attribute<K extends keyof T>(
    key: K,
    name: string,
    value: Value<Member<T, K>>,
    options?: FieldOptions<T, Member<T, K>>,
  ): Field<T>
  /** The element's own text; empty is absent. */
  content<K extends keyof T>(
    key: K,
    value: Value<Member<T, K>>,
    options?: FieldOptions<T, Member<T, K>>,
  ): Field<T>
  /** A child element that holds a text; empty is absent, as in libvirt's `virXPathString`. */
  text<K extends keyof T>(
    key: K,
    name: string,
    value: Value<Member<T, K>>,
    options?: FieldOptions<T, Member<T, K>>,
  ): Field<T>
  /** A child element of which one attribute counts: required, if at all, where the element is. @param path - The child's name and the attribute's */
  childAttribute<K extends keyof T>(
    key: K,
    path: readonly [string, string],
    value: Value<Member<T, K>>,
    options?: FieldOptions<T, Member<T, K>>,
  ): Field<T>
  /** A child element that is there or not. */
  flag<K extends keyof T>(key: T[K] extends boolean ? K : never, name: string): Field<T>
  /** A child element with a definition of its own. */
  child<K extends keyof T>(
    key: K,
    name: string,
    codec: ElementCodec<Member<T, K>>,
    options?: FieldOptions<T, Member<T, K>>,
  ): Field<T>
  /** Child elements of one name. With a `fallback` the member is always there. */
  list<K extends keyof T>(
    key: K,
    name: string,
    codec: ElementCodec<Item<Member<T, K>>>,
    options?: FieldOptions<T, Member<T, K>>,
  ): Field<T>
  /** Child elements of one name within a child element. */
  wrapped<K extends keyof T>(
    key: K,
    path: readonly [string, string],
    codec: ElementCodec<Item<Member<T, K>>>,
    options?: FieldOptions<T, Member<T, K>>,
  ): Field<T>
  /** Parts of the same element as a definition of their own. */
  group<K extends keyof T, G extends Member<T, K> & object>(
    key: K,
    fields: readonly Field<G>[],
    isPresent?: (source: XmlElement, draft: Draft<T>) => boolean,
  ): Field<T>
  /** Fields that only some definitions have. */
  when(holds: (value: Draft<T>) => boolean, fields: readonly Field<T>[]): Field<T>
  /** Child elements that are kept as they are, in libvirt's order. */
  keep(...names: readonly string[]): Field<T>
  /** Attributes that are kept as they are, in libvirt's order. */
  keepAttributes(...names: readonly string[]): Field<T>
}

const none: readonly string[] = []
const noNames: KnownNames = { attributes: new Map(), children: new Map(), inner: new Map() }

/** Gives the makers of fields for one definition. */
export function fieldsOf<T extends object>(): Fields<T> {
  return {
    attribute: attributeField,
    content: contentField,
    text: textField,
    childAttribute: childAttributeField,
    flag: flagField,
    child: childField,
    list: listField,
    wrapped: wrappedField,
    group: groupField,
    when: whenField,
    keep: (...names) => ({ ...keepField(none, names), many: names }),
    keepAttributes: (...names) => keepField(names, none),
  }
}

function attributeField<T, K extends keyof T>(
  key: K,
  name: string,
  value: Value<Member<T, K>>,
  options: FieldOptions<T, Member<T, K>> = {},
): Field<T> {
  return {
    attributes: [name],
    children: none,
    read(source, draft, context) {
      if (options.live && context.inactive) return undefined
      const raw = source.attributes.get(name)
      return readText(raw, key, value, options, draft, context, {
        element: source.name,
        attribute: name,
      })
    },
    write(out, definition, context) {
      const member = shown(definition, key, options, context)
      if (member !== undefined) out.attributes.set(name, value.write(member))
    },
  }
}

function contentField<T, K extends keyof T>(
  key: K,
  value: Value<Member<T, K>>,
  options: FieldOptions<T, Member<T, K>> = {},
): Field<T> {
  return {
    text: true,
    attributes: none,
    children: none,
    read(source, draft, context) {
      const raw = textContent(source)
      const place = { element: source.name }
      return readText(raw === '' ? undefined : raw, key, value, options, draft, context, place)
    },
    write(out, definition, context) {
      const member = shown(definition, key, options, context)
      if (member !== undefined) out.children.push(value.write(member))
    },
  }
}

function textField<T, K extends keyof T>(
  key: K,
  name: string,
  value: Value<Member<T, K>>,
  options: FieldOptions<T, Member<T, K>> = {},
): Field<T> {
  return {
    attributes: none,
    children: [name],
    inner: new Map([[name, noNames]]),
    read(source, draft, context) {
      if (options.live && context.inactive) return undefined
      const child = childElement(source, name)
      const raw = child === undefined ? '' : textContent(child)
      const place = { element: name }
      if (child !== undefined && raw === '' && context.schema !== undefined) {
        const error = schemaRefusal(raw, value, place, context.schema)
        if (error !== undefined) return error
      }
      return readText(raw === '' ? undefined : raw, key, value, options, draft, context, place)
    },
    write(out, definition, context) {
      const member = shown(definition, key, options, context)
      if (member === undefined) return
      const raw = value.write(member)
      if (raw !== '') addOut(out, name).children.push(raw)
    },
  }
}

function childAttributeField<T, K extends keyof T>(
  key: K,
  [name, attribute]: readonly [string, string],
  value: Value<Member<T, K>>,
  options: FieldOptions<T, Member<T, K>> = {},
): Field<T> {
  return {
    attributes: none,
    children: [name],
    inner: new Map([[name, { ...noNames, attributes: innerAttributes(attribute, options.kept) }]]),
    read(source, draft, context) {
      if (options.live && context.inactive) return undefined
      const child = childElement(source, name)
      if (child === undefined) return undefined
      const raw = child.attributes.get(attribute)
      const place = { element: name, attribute }
      return readText(raw, key, value, options, draft, context, place)
    },
    write(out, definition, context) {
      const member = shown(definition, key, options, context)
      if (member !== undefined) addOut(out, name).attributes.set(attribute, value.write(member))
    },
  }
}

function innerAttributes(member: string, kept: readonly string[] = []): Map<string, KnownAs> {
  return new Map<string, KnownAs>([
    [member, 'member'],
    ...kept.map((name) => [name, 'kept'] as const),
  ])
}

function flagField<T, K extends keyof T>(
  key: T[K] extends boolean ? K : never,
  name: string,
): Field<T> {
  return {
    attributes: none,
    children: [name],
    inner: new Map([[name, noNames]]),
    read(source, draft) {
      Object.assign(draft, { [key]: childElement(source, name) !== undefined })
      return undefined
    },
    write(out, definition) {
      if (definition[key]) addOut(out, name)
    },
  }
}

function childField<T, K extends keyof T>(
  key: K,
  name: string,
  codec: ElementCodec<Member<T, K>>,
  options: FieldOptions<T, Member<T, K>> = {},
): Field<T> {
  return {
    attributes: none,
    children: [name],
    read(source, draft, context) {
      if (options.live && context.inactive) return undefined
      const child = childElement(source, name)
      if (child === undefined) return absent(key, options, draft, undefined)
      const member = codec.read(child, context)
      if (member instanceof VirError) return member
      draft[key] = member
      return undefined
    },
    write(out, definition, context) {
      const member = shown(definition, key, options, context)
      if (member === undefined) return
      const child = codec.write(name, member, context)
      if (options.omitEmpty && isBare(child)) return
      out.children.push(child)
    },
  }
}

function listField<T, K extends keyof T>(
  key: K,
  name: string,
  codec: ElementCodec<Item<Member<T, K>>>,
  options: FieldOptions<T, Member<T, K>> = {},
): Field<T> {
  return {
    attributes: none,
    children: [name],
    many: [name],
    read: (source, draft, context) => readItems(source, name, key, codec, options, draft, context),
    write(out, definition, context) {
      const items = shown(definition, key, options, context)
      for (const item of itemsOf<T, K>(items)) {
        out.children.push(codec.write(name, item, context))
      }
    },
  }
}

function wrappedField<T, K extends keyof T>(
  key: K,
  [wrapper, name]: readonly [string, string],
  codec: ElementCodec<Item<Member<T, K>>>,
  options: FieldOptions<T, Member<T, K>> = {},
): Field<T> {
  return {
    attributes: none,
    children: [wrapper],
    inner: new Map([[wrapper, { ...noNames, children: new Map([[name, 'member']]) }]]),
    read(source, draft, context) {
      const inside = childElement(source, wrapper)
      if (inside === undefined) return absent(key, options, draft, undefined)
      return readItems(inside, name, key, codec, options, draft, context)
    },
    write(out, definition, context) {
      const items = itemsOf<T, K>(shown(definition, key, options, context))
      if (items.length === 0) return
      const inside = addOut(out, wrapper)
      for (const item of items) inside.children.push(codec.write(name, item, context))
    },
  }
}

function groupField<T, K extends keyof T, G extends Member<T, K> & object>(
  key: K,
  fields: readonly Field<G>[],
  isPresent: (source: XmlElement, draft: Draft<T>) => boolean = () => true,
): Field<T> {
  return {
    ...claims(fields),
    read(source, draft, context) {
      if (!isPresent(source, draft)) return undefined
      const group: Draft<G> = {}
      const error = readFields(fields, source, group, context)
      if (error !== undefined) return error
      Object.assign(draft, { [key]: group })
      return undefined
    },
    write(out, definition, context) {
      const group: unknown = definition[key]
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the member is what `read` made with these fields
      if (group !== undefined) writeFields(fields, out, group as G, context)
    },
  }
}

function whenField<T>(holds: (value: Draft<T>) => boolean, fields: readonly Field<T>[]): Field<T> {
  return {
    ...claims(fields),
    read: (source, draft, context) =>
      holds(draft) ? readFields(fields, source, draft, context) : undefined,
    write(out, definition, context) {
      if (holds(definition)) writeFields(fields, out, definition, context)
    },
  }
}

function claims<T>(
  fields: readonly Field<T>[],
): Pick<Field<T>, 'attributes' | 'children' | 'inner' | 'many' | 'text'> {
  return {
    ...(fields.some(({ text }) => text) && { text: true }),
    many: fields.flatMap(({ many = [] }) => many),
    inner: knownNames(fields).inner,
    attributes: fields.flatMap((field) => field.attributes),
    children: fields.flatMap((field) => field.children),
  }
}

function keepField<T>(attributes: readonly string[], children: readonly string[]): Field<T> {
  return { attributes, children, kept: true, read: () => undefined, write: () => undefined }
}

function itemsOf<T, K extends keyof T>(
  items: Member<T, K> | undefined,
): readonly Item<Member<T, K>>[] {
  return Array.isArray(items) ? items : []
}

function shown<T, K extends keyof T>(
  definition: T,
  key: K,
  options: FieldOptions<T, Member<T, K>>,
  context: WriteContext,
): Member<T, K> | undefined {
  if (
    options.live !== undefined &&
    (options.live === 'name' ? context.nameless : context.inactive)
  ) {
    return undefined
  }
  if (options.secret && !context.secure) return undefined
  if (options.when?.(definition) === false) return undefined
  const member = definition[key]
  return isPresentMember<T, K>(member) ? member : undefined
}

function isPresentMember<T, K extends keyof T>(member: T[K]): member is Member<T, K> {
  return member !== undefined
}

function addOut(out: OutElement, name: string): OutElement {
  const child = outElement(name)
  out.children.push(child)
  return child
}

function isBare(out: OutElement): boolean {
  return out.attributes.size === 0 && out.children.length === 0
}
