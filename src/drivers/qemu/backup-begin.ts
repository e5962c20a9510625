import { err, okAsync, safeTry } from 'neverthrow'
import { beginBackup as beginPlanned } from '../../backup/index.ts'
import { DomainBackupBeginFlags } from '../../constants/index.ts'
import { type DomainRef, operationUnsupported } from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { type DomainBackupDef, parseDomainBackup, parseDomainCheckpoint } from '../../xml/index.ts'
import { backupPort } from './backup-port.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags, findDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'

/** The arguments of `domainBackupBegin`. */
export interface BackupRequest {
  readonly backupXml: string | undefined
  readonly checkpointXml: string | undefined
  readonly flags: number
}

const { REUSE_EXTERNAL, NO_METADATA, QUIESCE, DISCARD_CHECKPOINT } = DomainBackupBeginFlags

const knownFlags = REUSE_EXTERNAL | NO_METADATA | QUIESCE | DISCARD_CHECKPOINT

/** Without a document: a full push backup of all disks, under names that are made up. */
const everything: DomainBackupDef = { mode: 'push' }

/** Begins a backup, and gives its id. */
export function beginBackup(
  host: QemuHost,
  ref: DomainRef,
  { backupXml, checkpointXml, flags }: BackupRequest,
): VirResultAsync<number> {
  return safeTry(async function* () {
    const domain = yield* findDomain(host, ref)
    yield* checkMemberFlags('domainBackupBegin', flags, knownFlags)
    const def = backupXml === undefined ? everything : yield* parseDomainBackup(backupXml)
    const checkpoint =
      checkpointXml === undefined ? undefined : yield* parseDomainCheckpoint(checkpointXml)
    const { running } = domain
    if (running?.isBusy === true) return err(jobLocked())
    if (running === undefined) {
      const detail = 'cannot perform disk backup for inactive domain'
      return err(operationUnsupported(qemuOrigin, detail))
    }
    const reusesExternal = (flags & REUSE_EXTERNAL) !== 0
    const request = {
      def,
      checkpoint,
      reusesExternal,
      listed: (flags & NO_METADATA) === 0,
      discardsCheckpoint: (flags & DISCARD_CHECKPOINT) !== 0,
      quiesce: (flags & QUIESCE) !== 0,
    }
    const context = { host, domain, running, reuse: reusesExternal }
    // From here on no other job may begin, also while this one waits: at first for the targets of the one before.
    return running
      .whileBusy(() =>
        (running.backup?.released() ?? okAsync(undefined)).andThen(() =>
          domain.checkpoints.exclusively(() => beginPlanned(backupPort(context), request)),
        ),
      )
      .map(({ id }) => id)
  })
}

/**
 * The error of an operation that has to wait for a backup to end. libvirt gives it after 30 seconds; the answer is known at
 * once.
 */
export function jobLocked(): VirError {
  return virError(
    ErrorNumber.OPERATION_TIMEOUT,
    ErrorDomain.NONE,
    'cannot acquire state change lock (held by monitor=remoteDispatchDomainBackupBegin)',
  )
}
