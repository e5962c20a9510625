/** What fields may be told, and how they read texts and lists. @module */
import { VirError } from '../errors/index.ts'
import type { Draft, ElementCodec, ReadContext } from './codec.ts'
import { childElements } from './element.ts'
import type { XmlElement } from './element.ts'
import { schemaError } from './schema-error.ts'
import { attributeError } from './values.ts'
import type { TextPlace, Value } from './values.ts'

/** What may be said of a field. */
export interface FieldOptions<T, V> {
  /** The member's value when the text is absent. */
  readonly fallback?: V
  /** The error when the text is absent; `true`: libvirt's `Missing required attribute`. */
  readonly required?: true | ((draft: Draft<T>) => VirError)
  /** Read and written only for a running domain; `name`: written unless names are to be left out. */
  readonly live?: true | 'name'
  /** Written only when secrets are. */
  readonly secret?: true
  /** Whether to write at all. */
  readonly when?: (value: T) => boolean
  /** An element without attributes and children is left out. */
  readonly omitEmpty?: true
  /** Further attributes of the child element, which are kept. */
  readonly kept?: readonly string[]
}

/** A member's type where it is present. */
export type Member<T, K extends keyof T> = Exclude<T[K], undefined>
/** The type of a list's items. */
export type Item<V> = V extends readonly (infer I)[] ? I : never

/** Reads a text as a member, or what its absence gives. */
export function readText<T, K extends keyof T>(
  raw: string | undefined,
  key: K,
  value: Value<Member<T, K>>,
  options: FieldOptions<T, Member<T, K>>,
  draft: Draft<T>,
  context: ReadContext,
  place: TextPlace,
): VirError | undefined {
  if (raw === undefined) return absent(key, options, draft, place)
  const refused =
    context.schema === undefined ? undefined : schemaRefusal(raw, value, place, context.schema)
  if (refused !== undefined) return refused
  const member = value.read(raw, place)
  if (member instanceof VirError) return member
  if (member !== undefined) draft[key] = member
  return undefined
}

/** Does what a field's options say of a text that is not there. */
export function absent<T, K extends keyof T>(
  key: K,
  options: FieldOptions<T, Member<T, K>>,
  draft: Draft<T>,
  place: TextPlace | undefined,
): VirError | undefined {
  if (options.required === true) {
    return attributeError(
      `Missing required attribute '${place?.attribute ?? ''}' in element '${place?.element ?? ''}'`,
    )
  }
  if (options.required !== undefined) return options.required(draft)
  if (options.fallback !== undefined) draft[key] = options.fallback
  return undefined
}

/** Reads the child elements of a name as members of a list. */
export function readItems<T, K extends keyof T>(
  source: XmlElement,
  name: string,
  key: K,
  codec: ElementCodec<Item<Member<T, K>>>,
  options: FieldOptions<T, Member<T, K>>,
  draft: Draft<T>,
  context: ReadContext,
): VirError | undefined {
  const items: Item<Member<T, K>>[] = []
  for (const child of childElements(source, name)) {
    const item = codec.read(child, context)
    if (item instanceof VirError) return item
    items.push(item)
  }
  if (items.length === 0) return absent(key, options, draft, undefined)
  Object.assign(draft, { [key]: items })
  return undefined
}

/** Gives the error of a text that the schema does not accept. */
export function schemaRefusal<V>(
  raw: string,
  value: Value<V>,
  { element }: TextPlace,
  schema: string,
): VirError | undefined {
  return value.accepts?.(raw) === false
    ? schemaError(schema, `Element ${element} failed to validate: ${raw}`)
    : undefined
}
