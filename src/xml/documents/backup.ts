/** The `<domainbackup>` document. @module */
export type {
  BackupCipher,
  BackupDiskState,
  BackupEncryption,
  BackupIvgen,
  BackupPrivateData,
  BackupServer,
  BackupStore,
  BackupStorePrivateData,
  DomainBackupDef,
  DomainBackupDiskDef,
} from './backup-def.ts'
export { formatDomainBackup } from './backup-format.ts'
export type { FormatDomainBackupOptions } from './backup-format.ts'
export { parseDomainBackup, readDomainBackup } from './backup-parse.ts'
export type { ParseDomainBackupOptions } from './backup-parse.ts'
