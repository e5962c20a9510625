/**
 * The NBD protocol: a client, a server, and what reads a pull backup.
 *
 * @module
 */
export { estimateBackup, readBackup } from './backup/read-backup.ts'
export type {
  BackupEstimate,
  BackupPiece,
  BackupProgress,
  ReadBackupOptions,
} from './backup/read-backup.ts'
export { writeRawFile } from './backup/raw-file.ts'
export type { WriteRawFileOptions, WrittenFile } from './backup/raw-file.ts'
export { NbdClient } from './client/client.ts'
export type { NbdWriteOptions, NbdZeroRequestOptions } from './client/client.ts'
export { readCertificates } from './client/dialer.ts'
export type { NbdCertificates } from './client/dialer.ts'
export { listNbdExports } from './client/list-exports.ts'
export type { NbdExportDescription, NbdListOptions } from './client/list-exports.ts'
export type { NbdClientTls, NbdConnectOptions, NbdDial } from './client/options.ts'
export type { NbdDescriptor } from './codec/block-status.ts'
export {
  NBD_BASE_ALLOCATION,
  NBD_DEFAULT_PORT,
  NBD_DIRTY_BITMAP_PREFIX,
  NbdAllocationFlags,
  NbdErrno,
  NbdTransmissionFlags,
} from './codec/constants.ts'
export type { NbdBlockSize } from './codec/option-data.ts'
export { dirtyDescriptors } from './extent-merge.ts'
export { NbdError, nbdRefusal } from './nbd-error.ts'
export type { NbdErrorDetails, NbdErrorKind } from './nbd-error.ts'
export type { NbdExportReader, NbdExtent, NbdExtentsOptions, NbdRequestOptions } from './reader.ts'
export { readerOf } from './server/export-reader.ts'
export type { NbdAnswer, NbdExport, NbdZeroOptions } from './server/export.ts'
export { memoryExport } from './server/memory-export.ts'
export type { MemoryExport } from './server/memory-export.ts'
export { NbdServer } from './server/server.ts'
export type { NbdListenAddress, NbdServerOptions, NbdServerTls } from './server/server.ts'
export type { NbdTransport, NbdTransportSink } from './transport.ts'
export { formatNbdUri, parseNbdUri } from './uri.ts'
export type { NbdUri, NbdUriParts, NbdUriTls } from './uri.ts'
