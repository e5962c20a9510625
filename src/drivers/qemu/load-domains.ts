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
import { restoreBackups } from './backup-restore.ts'
import { bootId } from './host-facts.ts'
import type { QemuHost } from './host-state.ts'
import { removeOrphans } from './orphans.ts'
import { reattach } from './reattach.ts'
import { startDomain } from './start.ts'
import { readTextFile, replaceFile, systemFailure } from './state/state-files.ts'

/** Loads all domains of a root. A document that cannot be read is passed over, as libvirt does. */
export function loadDomains(host: QemuHost): VirResultAsync<void> {
  const { layout } = host
  return documentsIn(layout.run)
    .andThen((running) => inTurn(running, (name) => reattach(host, name)))
    .andThen(() => documentsIn(layout.definitions))
    .andThen((defined) => inTurn(defined, (name) => loadDefinition(host, name)))
    .andThen(() => {
      forgetEnded(host)
      return removeOrphans(host)
    })
    .andThen(() => restoreAll(host))
    .andThen(() => documentsIn(layout.autostart))
    .andThen((names) => startAll(host, names))
}

/** Domains that ended while nobody looked, and are not defined. */
function forgetEnded({ domains }: QemuHost): void {
  for (const domain of Array.from(domains.all())) {
    if (!domain.persistent && !domain.isActive) domains.remove(domain)
  }
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
function inTurn<T>(
  items: readonly T[],
  load: (item: T) => VirResultAsync<void>,
): VirResultAsync<void> {
  const run = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- names and ids must not depend on who is faster
    for (const item of items) await load(item)
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

/** Starts what is to be started with the host: once while the host is up, however often the root is opened. */
function startAll(host: QemuHost, names: readonly string[]): VirResultAsync<void> {
  const marked = names.flatMap((name) => {
    const domain = host.domains.byName(name)
    if (domain?.persistent !== true) return []
    domain.autostart = true
    return [domain]
  })
  const record = join(host.layout.run, 'autostarted')
  return readTextFile(record).andThen((seen) => {
    const boot = bootId()
    if (seen === boot) return okAsync(undefined)
    return replaceFile(record, boot).andThen(() =>
      inTurn(marked, (domain) =>
        domain.exclusive.run(() =>
          domain.isActive ? okAsync(undefined) : startDomain(host, domain, 0),
        ),
      ),
    )
  })
}
