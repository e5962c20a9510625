/** The objects of the public API: libvirt's public functions over a driver. @module */
export { safely } from './call.ts'
export { createConnection } from './connection.ts'
export type { Connection } from './connection.ts'
