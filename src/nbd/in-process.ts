/**
 * The part of the NBD protocol that imports nothing of Node, for what also runs in a browser.
 *
 * A server loads its sockets only when it is told to listen.
 *
 * @module
 */
export {
  NBD_BASE_ALLOCATION,
  NBD_DIRTY_BITMAP_PREFIX,
  NbdAllocationFlags,
  NbdErrno,
  toNbdErrno,
} from './codec/constants.ts'
export type { NbdDescriptor } from './codec/block-status.ts'
export { NbdError, nbdRefusal } from './nbd-error.ts'
export type { NbdExport } from './server/export.ts'
export { NbdServer } from './server/server.ts'
export type { NbdServerTls } from './server/server.ts'
export { parseNbdUri } from './uri.ts'
