import type { NoArguments, OpenEnum, QmpCommand } from '../command.ts'
import type { JsonObject } from '../json.ts'
import { type Guard, isArrayOf, isRecord, isString } from '../guard.ts'

/** QAPI `SchemaMetaType` (qapi/introspect.json). */
export type SchemaMetaType = OpenEnum<
  'builtin' | 'enum' | 'array' | 'object' | 'alternate' | 'command' | 'event'
>

/**
 * QAPI `SchemaInfo` (qapi/introspect.json): an entity of the schema.
 *
 * What else an entry has depends on `meta-type`: `members`, `element-type`, `arg-type`, …
 */
export interface SchemaInfo {
  /** Real for commands and events; types have numbers for names. */
  readonly name: string
  readonly 'meta-type': SchemaMetaType
}

const isSchemaInfo: Guard<SchemaInfo & JsonObject> = isRecord<SchemaInfo & JsonObject>({
  name: isString,
  'meta-type': isString,
})

/** Describes all commands and events of this QEMU, about 200 KiB of it. */
export const queryQmpSchema: QmpCommand<NoArguments, readonly (SchemaInfo & JsonObject)[]> = {
  name: 'query-qmp-schema',
  accepts: isArrayOf(isSchemaInfo),
}
