/** The `<node>` document of the test driver. @module */
export type { NodeCpu, NodeDef, NodeDomainDef, NodePoolDef, NodeUser } from './node-def.ts'
export { parseNode, readNode } from './node-parse.ts'
export type { ReadTextFile } from './node-parse.ts'
