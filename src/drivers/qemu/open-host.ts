import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errAsync, ok, okAsync, ResultAsync, safeTry } from 'neverthrow'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import { readHostFacts } from './host-facts.ts'
import { QemuHost } from './host-state.ts'
import { loadDomains } from './load-domains.ts'
import { QemuBinaries } from './process/qemu-binaries.ts'
import { foldersOf, type RootLayout, rootLayout } from './state/root-layout.ts'
import { lockRoot, type RootLock } from './state/root-lock.ts'
import { loadSettings } from './state/settings.ts'
import { makeFolder } from './state/state-files.ts'

/** A root that this process has. */
export interface OpenHost {
  readonly host: QemuHost
  readonly lock: RootLock
}

/**
 * Takes a root: locks it, reads what it holds, finds the domains that run, and starts those that are to be started.
 *
 * @errors SYSTEM_ERROR with EAGAIN when another process has it
 */
export function openHost(root: string): VirResultAsync<OpenHost> {
  const layout = rootLayout(root)
  return ResultAsync.combine(foldersOf(layout).map(makeFolder))
    .andThen(() => lockRoot(layout))
    .andThen((lock) =>
      loadHost(layout)
        .map((host) => ({ host, lock }))
        .orElse((error) =>
          ResultAsync.fromSafePromise<void, VirError>(lock.release()).andThen(() =>
            errAsync(error),
          ),
        ),
    )
}

function loadHost(layout: RootLayout): VirResultAsync<QemuHost> {
  return safeTry(async function* () {
    const settings = yield* loadSettings(layout)
    const binaries = new QemuBinaries(join(layout.root, 'cache/qemu/capabilities'))
    const host = new QemuHost({ layout, settings, binaries, facts: readHostFacts() })
    yield* loadDomains(host)
    return ok(host)
  })
}

/** How long what is still going on may take, when a root is given back. */
const idleMs = 5_000

/** Waits for starts, checkpoints and the like that were asked for, and for what is still to be written. */
async function whenIdle({ domains }: QemuHost): Promise<void> {
  await Promise.all(
    Array.from(domains.all(), async ({ exclusive, checkpoints, statusFile, backupFile }) => {
      await exclusive.run(() => okAsync(undefined))
      // Also for backups that begin: one that loses QEMU half-way can take nothing back.
      await checkpoints.exclusively(() => okAsync(undefined))
      await statusFile.run(() => okAsync(undefined))
      await backupFile.run(() => okAsync(undefined))
    }),
  )
}

/** Gives a root back. Its domains go on; whoever opens it next finds them. */
export function closeHost({ host, lock }: OpenHost): VirResultAsync<void> {
  const close = async (): Promise<void> => {
    await Promise.race([whenIdle(host), sleep(idleMs, undefined, { ref: false })])
    const running = [...host.domains.all()].flatMap((domain) => domain.running ?? [])
    await Promise.all(running.map((each) => each.disconnect()))
    await lock.release()
  }
  return ResultAsync.fromSafePromise(close())
}
