/**
 * What a root holds: the domains that are defined, those that run, and those that are to be started.
 *
 * @module
 */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ok, okAsync, ResultAsync } from 'neverthrow'
import type { VirError, VirResult, VirResultAsync } from '../../errors/index.ts'
import { parseDomain } from '../../xml/index.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { restoreBackups } from './backup-restore.ts'
import { reattach } from './reattach.ts'
import { startDomain } from './start.ts'
import { systemFailure, readTextFile } from './state/state-files.ts'
import { removeOrphans } from './orphans.ts'

/** Loads all domains of a root. A document that cannot be read is passed over, as libvirt does. */
export function loadDomains(host: QemuHost): VirResultAsync<void> {
  const { layout } = host
  return documentsIn(layout.run)
    .andThen((running) => inTurn(running, (name) => reattach(host, name)))
    .andThen(() => documentsIn(layout.definitions))
    .andThen((defined) => inTurn(defined, (name) => loadDefinition(host, name)))
    .andThen(() => removeOrphans(host))
    .andThen(() => restoreAll(host))
    .andThen(() => documentsIn(layout.autostart))
    .andThen((names) => inTurn(names, (name) => autostart(host, name)))
}

function documentsIn(folder: string): VirResultAsync<string[]> {
  return ResultAsync.fromPromise(
    readdir(folder),
    systemFailure(`Failed to open dir '${folder}'`),
  ).map((names) =>
    names
      .filter((name) => name.endsWith('.xml'))
      .map((name) => basename(name, '.xml'))
      .toSorted(),
  )
}

/** Goes on with the next when one fails: a broken document must not hide the others. */
function inTurn(
  names: readonly string[],
  load: (name: string) => VirResultAsync<void>,
): VirResultAsync<void> {
  const run = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- names and ids must not depend on who is faster
    for (const name of names) await load(name)
  }
  return ResultAsync.fromSafePromise<void, VirError>(run())
}

function loadDefinition(host: QemuHost, name: string): VirResultAsync<void> {
  return readTextFile(join(host.layout.definitions, `${name}.xml`)).andThen((text) => {
    if (text === undefined) return ok(undefined)
    return parseDomain(text, { inactive: true }).andThen((def): VirResult<void> => {
      if (def.name !== name) return ok(undefined)
      return host.addDomain(def, { refuseActive: false }).map(({ domain }) => {
        domain.persistent = true
        if (domain.isActive) domain.nextDefinition = def
        else domain.definition = def
      })
    })
  })
}

/** What cannot be read of one domain hides no other. */
function restoreAll(host: QemuHost): VirResultAsync<void> {
  const restore = async (): Promise<void> => {
    await Promise.all(Array.from(host.domains.all(), (domain) => restoreBackups(host, domain)))
  }
  return ResultAsync.fromSafePromise<void, VirError>(restore())
}

function autostart(host: QemuHost, name: string): VirResultAsync<void> {
  const domain: QemuDomain | undefined = host.domains.byName(name)
  if (domain === undefined || !domain.persistent) return okAsync(undefined)
  domain.autostart = true
  if (domain.isActive) return okAsync(undefined)
  return domain.exclusive.run(() => startDomain(host, domain, 0))
}
