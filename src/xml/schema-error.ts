import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'
import type { VirError } from '../errors/index.ts'

/**
 * Raises XML_INVALID_SCHEMA, which libvirt gives when a document does not match its schema.
 *
 * The first line is libvirt's; what follows there is libxml2's wording, and here ours.
 *
 * @param schema - Name of the schema's file: `domain.rng`
 */
export function schemaError(schema: string, reason: string): VirError {
  return virError(
    ErrorNumber.XML_INVALID_SCHEMA,
    ErrorDomain.XML,
    `Unable to validate doc against /usr/share/libvirt/schemas/${schema}\n${reason}\n`,
  )
}
