/**
 * The files of a domain's checkpoints and backups, which have its name.
 *
 * @module
 */
import { rename } from 'node:fs/promises'
import { ResultAsync } from 'neverthrow'
import type { VirResultAsync } from '../../errors/index.ts'
import { removeBackups } from './backup-record.ts'
import type { QemuDomain } from './qemu-domain.ts'
import type { DomainPaths } from './state/root-layout.ts'
import { isMissing, removeFolder, systemFailure } from './state/state-files.ts'

/** Removes what is kept of a domain's checkpoints and backups. */
export function removeMoments(domain: QemuDomain): VirResultAsync<void> {
  return removeFolder(domain.paths.checkpoints).andThen(() => removeBackups(domain))
}

/** Gives the files of a domain that was renamed their new places. */
export function moveMoments(from: DomainPaths, to: DomainPaths): VirResultAsync<void> {
  return move(from.checkpoints, to.checkpoints).andThen(() => move(from.backups, to.backups))
}

function move(from: string, to: string): VirResultAsync<void> {
  return ResultAsync.fromPromise(
    rename(from, to).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    }),
    systemFailure(`unable to rename file '${from}' to '${to}'`),
  )
}
