import { okAsync, safeTry } from 'neverthrow'
import { DomainBackupEndFlags } from '../../constants/index.ts'
import { type BackupDriver, type DomainRef, settled } from '../../driver/index.ts'
import type { VirResult, VirResultAsync } from '../../errors/index.ts'
import { formatDomainBackup } from '../../xml/index.ts'
import { beginBackup } from './backup-begin.ts'
import { saveFinished } from './backup-record.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags, findDomain } from './member.ts'

/** Backing domains up. */
export function backup(host: QemuHost): Required<BackupDriver> {
  return {
    domainBackupBegin: (ref, backupXml, checkpointXml, flags) =>
      beginBackup(host, ref, { backupXml, checkpointXml, flags }),
    domainBackupGetXMLDesc: (ref, id, flags) => settled(describe(host, ref, id, flags)),
    domainBackupEnd: (ref, id, flags) => end(host, ref, id, flags),
  }
}

function describe(host: QemuHost, ref: DomainRef, id: number, flags: number): VirResult<string> {
  return findDomain(host, ref)
    .andThrough(() => checkMemberFlags('domainBackupGetXMLDesc', flags, 0))
    .andThen(({ backups }) => backups.find(id))
    .map((job) => formatDomainBackup(job.def))
}

/** Ends a job: one that runs is cancelled; its result is there when its targets are free. */
function end(host: QemuHost, ref: DomainRef, id: number, flags: number): VirResultAsync<boolean> {
  const { ABORT } = DomainBackupEndFlags
  return safeTry(async function* () {
    const domain = yield* findDomain(host, ref)
    yield* checkMemberFlags('domainBackupEnd', flags, ABORT)
    const { backups, running } = domain
    const job = yield* backups.findToEnd(id)
    yield* backups.checkEnd(job, (flags & ABORT) !== 0)
    const run = running?.backup?.job === job ? running.backup : undefined
    if (job.outcome === undefined) yield* run?.cancel() ?? okAsync(undefined)
    yield* run?.released() ?? okAsync(undefined)
    const concluded = yield* backups.conclude(job)
    yield* running?.backup?.save() ?? saveFinished(domain)
    return okAsync(concluded)
  })
}
