/**
 * What a process leaves behind in a root that was killed in the middle of something.
 *
 * @module
 */
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ResultAsync } from 'neverthrow'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import { QemuProcess } from './process/qemu-process.ts'

/**
 * Ends QEMUs of this root that nobody knows, and removes files that nobody needs.
 *
 * The start of such a QEMU was broken off before it was noted down, so its guest has never run.
 */
export function removeOrphans(host: QemuHost): VirResultAsync<void> {
  return ResultAsync.fromSafePromise<void, VirError>(sweep(host))
}

async function sweep(host: QemuHost): Promise<void> {
  const known = new Set([...host.domains.all()].map(({ running }) => running?.process.pid))
  for (const pid of await processesOf(host)) {
    if (known.has(pid)) continue
    const orphan = QemuProcess.adopt(pid, undefined)
    orphan?.signal('SIGKILL')
    // oxlint-disable-next-line no-await-in-loop -- there is hardly ever one
    await orphan?.waitForEnd(5000)
  }
  await removeLeftovers(host)
}

/** All processes that were started with a pid file of this root. */
async function processesOf({ layout }: QemuHost): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      const args = command.split('\0')
      const pidFile = args[args.indexOf('-pidfile') + 1] ?? ''
      return args.includes('-pidfile') && dirname(pidFile) === layout.run ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

async function removeLeftovers({ layout, domains }: QemuHost): Promise<void> {
  const active = [...domains.all()].flatMap(({ name, running }) =>
    running === undefined ? [] : [{ name, paths: running.paths }],
  )
  const names = new Set(active.map(({ name }) => name))
  const folders = new Set(active.flatMap(({ paths }) => [paths.folder, paths.channels]))
  await removeIn(layout.run, (file) => {
    const isPidFile = file.endsWith('.pid') && file !== 'driver.pid'
    return isUnfinished(file) || (isPidFile && !names.has(basename(file, '.pid')))
  })
  for (const folder of [layout.lib, join(layout.lib, 'channel/target')]) {
    // oxlint-disable-next-line no-await-in-loop -- two folders
    await removeIn(folder, (file) => file.startsWith('domain-') && !folders.has(join(folder, file)))
  }
  const checkpoints = await readdir(layout.checkpoints).catch(() => [])
  const others = checkpoints.map((name) => join(layout.checkpoints, name))
  await Promise.all(
    [layout.definitions, layout.backups, ...others].map((folder) => removeIn(folder, isUnfinished)),
  )
}

/** A document that was being written; see `replaceFile`. */
function isUnfinished(file: string): boolean {
  return file.endsWith('.new')
}

async function removeIn(folder: string, isLeft: (file: string) => boolean): Promise<void> {
  const files = await readdir(folder).catch(() => [])
  await Promise.all(
    files.filter(isLeft).map((file) => rm(join(folder, file), { recursive: true, force: true })),
  )
}
