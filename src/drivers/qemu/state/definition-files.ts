import { symlink } from 'node:fs/promises'
import { okAsync, ResultAsync } from 'neverthrow'
import type { VirResultAsync } from '../../../errors/index.ts'
import { type DomainDef, formatDomain } from '../../../xml/index.ts'
import type { QemuDomain } from '../qemu-domain.ts'
import { removeFile, replaceFile, systemFailure } from './state-files.ts'

/** Writes the definition that the next start of a domain uses, secrets included. */
export function saveDefinition(domain: QemuDomain, def: DomainDef): VirResultAsync<void> {
  const { id: _id, ...inactive } = def
  return replaceFile(
    domain.paths.definition,
    formatDomain(inactive, { secure: true, inactive: true }),
  )
}

/** Removes the definition, and the link that starts it. */
export function removeDefinition(domain: QemuDomain): VirResultAsync<void> {
  return removeFile(domain.paths.autostartLink).andThen(() => removeFile(domain.paths.definition))
}

/** Makes the link by which a domain is started with the driver, or removes it. */
export function saveAutostart(domain: QemuDomain, autostart: boolean): VirResultAsync<void> {
  const { autostartLink, definition } = domain.paths
  return removeFile(autostartLink).andThen(() =>
    autostart
      ? ResultAsync.fromPromise(
          symlink(definition, autostartLink),
          systemFailure(`Failed to create symlink '${autostartLink}' to '${definition}'`),
        )
      : okAsync(undefined),
  )
}
