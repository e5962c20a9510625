/** The `<domaincheckpoint>` document. @module */
export type { DomainCheckpointDef, DomainCheckpointDiskDef } from './checkpoint-def.ts'
export { formatDomainCheckpoint } from './checkpoint-format.ts'
export type { FormatDomainCheckpointOptions } from './checkpoint-format.ts'
export { parseDomainCheckpoint } from './checkpoint-parse.ts'
export type { ParseDomainCheckpointOptions } from './checkpoint-parse.ts'
