import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { okAsync, ResultAsync } from 'neverthrow'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import { QemuProcess } from './process/qemu-process.ts'
import { removeFile } from './state/state-files.ts'

/**
 * Ends QEMUs of this root that nobody knows: their start was broken off before it was noted down, so no guest has run.
 */
export function removeOrphans(host: QemuHost): VirResultAsync<void> {
  return ResultAsync.fromSafePromise<string[], VirError>(pidFiles(host)).andThen((names) =>
    names.reduce<VirResultAsync<void>>(
      (before, name) => before.andThen(() => removeOrphan(host, name)),
      okAsync(undefined),
    ),
  )
}

async function pidFiles({ layout, domains }: QemuHost): Promise<string[]> {
  const names = await readdir(layout.run)
  return names
    .filter((name) => name.endsWith('.pid') && name !== 'driver.pid')
    .filter((name) => domains.byName(basename(name, '.pid'))?.isActive !== true)
}

function removeOrphan({ layout }: QemuHost, name: string): VirResultAsync<void> {
  const path = join(layout.run, name)
  const end = async (): Promise<void> => {
    const pid = Number(await readFile(path, 'utf8').catch(() => ''))
    if (!Number.isSafeInteger(pid) || pid <= 1 || !(await isOurs(pid, path))) return
    const process = QemuProcess.adopt(pid, undefined)
    process?.signal('SIGKILL')
    await process?.waitForEnd(5000)
  }
  return ResultAsync.fromSafePromise<void, VirError>(end()).andThen(() => removeFile(path))
}

/** A pid is used again; what the process was started with tells whether it is the one. */
async function isOurs(pid: number, pidFile: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command.split('\0').includes(pidFile)
}
