import { err, ok, type Result, safeTry } from 'neverthrow'
import { DomainBackupBeginFlags } from '../constants/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  virError,
} from '../errors/index.ts'
import { type DomainBackupDef, parseDomainBackup, parseDomainCheckpoint } from '../xml/index.ts'
import type { BackupBeginRequest } from './begin.ts'

/** The arguments of `domainBackupBegin`. */
export interface BackupArguments {
  readonly backupXml: string | undefined
  readonly checkpointXml: string | undefined
  readonly flags: number
}

const { REUSE_EXTERNAL, NO_METADATA, QUIESCE, DISCARD_CHECKPOINT } = DomainBackupBeginFlags

/** The flags that `domainBackupBegin` knows. */
export const backupBeginFlags: number = REUSE_EXTERNAL | NO_METADATA | QUIESCE | DISCARD_CHECKPOINT

/** Without a document: a full push backup of all disks, under names that are made up. */
const everything: DomainBackupDef = { mode: 'push' }

/** Reads the documents and flags of a backup that is to begin. */
export function readBackupRequest({
  backupXml,
  checkpointXml,
  flags,
}: BackupArguments): VirResult<BackupBeginRequest> {
  return safeTry(function* () {
    const def = backupXml === undefined ? everything : yield* parseDomainBackup(backupXml)
    const checkpoint =
      checkpointXml === undefined ? undefined : yield* parseDomainCheckpoint(checkpointXml)
    return ok({
      def,
      checkpoint,
      reusesExternal: (flags & REUSE_EXTERNAL) !== 0,
      listed: (flags & NO_METADATA) === 0,
      discardsCheckpoint: (flags & DISCARD_CHECKPOINT) !== 0,
      quiesce: (flags & QUIESCE) !== 0,
    })
  })
}

/** The running part of a domain, when a backup may begin on it. */
export function checkBackupReady<Running extends { readonly isBusy: boolean }>(
  running: Running | undefined,
  errorDomain: ErrorDomain,
): Result<Running, VirError> {
  if (running === undefined) {
    const detail = 'cannot perform disk backup for inactive domain'
    return err(virError(ErrorNumber.OPERATION_UNSUPPORTED, errorDomain, detail))
  }
  return running.isBusy ? err(jobLocked()) : ok(running)
}

/** What an operation gets that has to wait for a backup to end. libvirt says so after 30 seconds; it is known at once. */
function jobLocked(): VirError {
  return virError(
    ErrorNumber.OPERATION_TIMEOUT,
    ErrorDomain.NONE,
    'cannot acquire state change lock (held by monitor=remoteDispatchDomainBackupBegin)',
  )
}
