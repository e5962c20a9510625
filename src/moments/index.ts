/** The tree that snapshots and checkpoints share. @module */
export type { MomentRecord } from './load.ts'
export type { Moment } from './moment.ts'
export { MomentTree } from './moment-tree.ts'
export type { RemovalPlan, RemovalScope } from './moment-tree.ts'
export type { MomentSelection } from './selection.ts'
