import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { isArrayOf, isObject, isString } from '../../src/qmp/guard.ts'
import type { JsonObject, JsonValue } from '../../src/qmp/index.ts'
import { parseQmpTrace } from '../../src/testing/qmp-trace.ts'

/** The answer of QEMU 7.2 to `query-qmp-schema`, as recorded. */
export function recordedSchema(): QapiSchema {
  const file = new URL('../fixtures/qmp-traces/00-qemu-capability-probe.jsonl', import.meta.url)
  const trace = parseQmpTrace(readFileSync(file, 'utf8'))._unsafeUnwrap()
  const answers = trace.steps.map(({ message }) => message['return'])
  const isSchema = isArrayOf(isObject)
  const schema = answers.filter(isSchema).find(([first]) => first?.['meta-type'] !== undefined)
  if (schema === undefined) throw new Error('the trace has no schema')
  return new QapiSchema(schema)
}

interface Member {
  readonly name: string
  readonly type: string
  readonly isOptional: boolean
}

/** Checks values against QEMU's own description of its protocol, and makes up values that conform to it. */
export class QapiSchema {
  readonly #entities: ReadonlyMap<string, JsonObject>

  constructor(entities: readonly JsonObject[]) {
    this.#entities = new Map(entities.map((entity) => [text(entity['name']), entity]))
  }

  has(name: string): boolean {
    return this.#entities.has(name)
  }

  /** What is wrong with a value of the type that `key` of the entity names; empty when it conforms. */
  problems(name: string, key: 'arg-type' | 'ret-type', value: unknown): string[] {
    return this.#check(text(this.#entity(name)[key]), value, name)
  }

  /** Values of the type that `key` of the entity names. */
  values(name: string, key: 'arg-type' | 'ret-type'): fc.Arbitrary<unknown> {
    return this.#arbitrary(text(this.#entity(name)[key]), 5)
  }

  #entity(name: string): JsonObject {
    const entity = this.#entities.get(name)
    if (entity === undefined) throw new Error(`the schema has no ${name}`)
    return entity
  }

  #members(type: string, value: unknown): Member[] {
    const entity = this.#entity(type)
    const own = objects(entity['members']).map((member) => ({
      name: text(member['name']),
      type: text(member['type']),
      isOptional: Object.hasOwn(member, 'default'),
    }))
    const tag = entity['tag']
    if (!isString(tag) || !isObject(value)) return own
    const variant = objects(entity['variants']).find((each) => each['case'] === value[tag])
    return variant === undefined ? own : [...own, ...this.#members(text(variant['type']), value)]
  }

  #check(type: string, value: unknown, path: string): string[] {
    const entity = this.#entity(type)
    switch (text(entity['meta-type'])) {
      case 'builtin':
        return isBuiltin(entity['json-type'], value) ? [] : [`${path} is no ${type}`]
      case 'enum':
        return strings(entity['values']).includes(String(value))
          ? []
          : [`${path}: no ${String(value)}`]
      case 'array':
        if (!Array.isArray(value)) return [`${path} is no array`]
        return value.flatMap((item: unknown) =>
          this.#check(text(entity['element-type']), item, `${path}[]`),
        )
      case 'alternate': {
        const checks = objects(entity['members']).map((each) =>
          this.#check(text(each['type']), value, path),
        )
        return checks.some((problems) => problems.length === 0) ? [] : checks.flat()
      }
      default:
        return this.#checkObject(type, value, path)
    }
  }

  #checkObject(type: string, value: unknown, path: string): string[] {
    if (!isObject(value)) return [`${path} is no object`]
    const members = this.#members(type, value)
    const known = new Set(members.map(({ name }) => name))
    const unknown = Object.keys(value).filter((name) => !known.has(name))
    return [
      ...unknown.map((name) => `${path} has no member ${name}`),
      ...members.flatMap(({ name, type: member, isOptional }) => {
        if (Object.hasOwn(value, name)) return this.#check(member, value[name], `${path}.${name}`)
        return isOptional ? [] : [`${path} lacks ${name}`]
      }),
    ]
  }

  #arbitrary(type: string, depth: number): fc.Arbitrary<unknown> {
    const entity = this.#entity(type)
    switch (text(entity['meta-type'])) {
      case 'builtin':
        return builtin(entity['json-type'])
      case 'enum':
        return fc.constantFrom(...strings(entity['values']))
      case 'array':
        if (depth <= 0) return fc.constant([])
        return fc.array(this.#arbitrary(text(entity['element-type']), depth - 1), { maxLength: 3 })
      case 'alternate':
        return fc.oneof(
          ...objects(entity['members']).map((each) =>
            this.#arbitrary(text(each['type']), depth - 1),
          ),
        )
      default:
        return this.#object(type, entity, depth)
    }
  }

  #object(type: string, entity: JsonObject, depth: number): fc.Arbitrary<unknown> {
    const tag = entity['tag']
    const own = this.#record(this.#members(type, undefined), depth)
    if (!isString(tag)) return own
    const variants = objects(entity['variants']).map((variant) => {
      const members = this.#arbitrary(text(variant['type']), depth - 1)
      const fixed = fc.constant({ [tag]: variant['case'] })
      return fc.tuple(own, members, fixed).map((parts) => Object.assign({}, ...parts))
    })
    return fc.oneof(...variants)
  }

  #record(members: readonly Member[], depth: number): fc.Arbitrary<object> {
    const kept = members.filter(({ isOptional }) => depth > 0 || !isOptional)
    const arbitraries = kept.map(({ name, type }) => [name, this.#arbitrary(type, depth - 1)])
    return fc.record<Record<string, unknown>>(Object.fromEntries(arbitraries), {
      requiredKeys: kept.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
      noNullPrototype: true,
    })
  }
}

function isBuiltin(jsonType: JsonValue | undefined, value: unknown): boolean {
  switch (text(jsonType)) {
    case 'value':
      return value !== undefined
    case 'int':
      return typeof value === 'bigint' || Number.isInteger(value)
    case 'null':
      return value === null
    default:
      return typeof value === jsonType
  }
}

function builtin(jsonType: JsonValue | undefined): fc.Arbitrary<unknown> {
  switch (text(jsonType)) {
    case 'string':
      return fc.string({ maxLength: 8 })
    case 'int':
      return fc.integer()
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function text(value: JsonValue | undefined): string {
  if (!isString(value)) throw new Error('the schema has another form than expected')
  return value
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function strings(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter(isString) : []
}
