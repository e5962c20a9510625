import { err, safeTry } from 'neverthrow'
import { beginBackup as beginPlanned } from '../../backup/index.ts'
import { DomainBackupBeginFlags } from '../../constants/index.ts'
import type { DomainRef } from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { type DomainBackupDef, parseDomainBackup, parseDomainCheckpoint } from '../../xml/index.ts'
import { backupPort } from './backup-port.ts'
import { checkMemberFlags, findDomain } from './member.ts'
import { operationUnsupported } from './state-errors.ts'
import type { World } from './world.ts'

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
  world: World,
  ref: DomainRef,
  { backupXml, checkpointXml, flags }: BackupRequest,
): VirResultAsync<number> {
  return safeTry(async function* () {
    const domain = yield* findDomain(world, ref)
    yield* checkMemberFlags(world, 'domainBackupBegin', flags, knownFlags)
    const def = backupXml === undefined ? everything : yield* parseDomainBackup(backupXml)
    const checkpoint =
      checkpointXml === undefined ? undefined : yield* parseDomainCheckpoint(checkpointXml)
    if (domain.running?.isBusy === true) return err(jobLocked())
    const { running } = domain
    if (running === undefined) {
      const detail = 'cannot perform disk backup for inactive domain'
      return err(operationUnsupported(world.semantics, detail))
    }
    const reusesExternal = (flags & REUSE_EXTERNAL) !== 0
    const port = backupPort({ world, domain, running, reuse: reusesExternal })
    const request = {
      def,
      checkpoint,
      reusesExternal,
      listed: (flags & NO_METADATA) === 0,
      discardsCheckpoint: (flags & DISCARD_CHECKPOINT) !== 0,
      quiesce: (flags & QUIESCE) !== 0,
    }
    // From here on no other job may begin, also while this one waits.
    return running
      .whileBusy(() => domain.checkpoints.exclusively(() => beginPlanned(port, request)))
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
