/**
 * One process at a time has a root.
 *
 * Node cannot lock files. A socket in Linux' abstract namespace serves as well: only one process can bind a name, and the
 * kernel takes it back when the process ends, however that comes about. The name is a secret of the root's owner, so that
 * nobody else can keep the root from being opened.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { errAsync, ResultAsync } from 'neverthrow'
import {
  Errno,
  ErrorDomain,
  systemError,
  type VirError,
  type VirResultAsync,
} from '../../../errors/index.ts'
import type { RootLayout } from './root-layout.ts'
import { replaceFile, systemFailure } from './state-files.ts'

/** The right to use a root, until it is released or the process ends. */
export interface RootLock {
  release(): Promise<void>
}

/**
 * Takes the lock of a root, and notes down in `driver.pid` who has it.
 *
 * @errors SYSTEM_ERROR with EAGAIN when another process has the root
 */
export function lockRoot(layout: RootLayout): VirResultAsync<RootLock> {
  const pidFile = join(layout.run, 'driver.pid')
  return ResultAsync.fromPromise(
    secretOf(join(layout.run, 'driver.lock')),
    systemFailure(`Failed to acquire pid file '${pidFile}'`),
  )
    .andThen((secret) =>
      ResultAsync.fromPromise(bind(`\0virtdriver-${secret}`), (cause): VirError => {
        const text = `Failed to acquire pid file '${pidFile}'`
        return isTaken(cause)
          ? systemError(ErrorDomain.NONE, Errno.EAGAIN, text, { cause })
          : systemFailure(text)(cause)
      }),
    )
    .andThen((server) => {
      const lock = { release: () => close(server) }
      return replaceFile(pidFile, `${process.pid}\n`)
        .map((): RootLock => lock)
        .orElse((error) =>
          ResultAsync.fromSafePromise(lock.release()).andThen(() => errAsync(error)),
        )
    })
}

/** Reads the name of a root's lock; the first who comes makes it. */
async function secretOf(path: string): Promise<string> {
  const known = await readSecret(path)
  if (known !== undefined) return known
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`
  await writeFile(temporary, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' })
  try {
    // Unlike a rename, a link never replaces what another one made at the same time.
    await link(temporary, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await unlink(temporary)
  }
  return await readFile(path, 'utf8')
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}

function bind(name: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(name, () => {
      // The lock alone is no reason for the process to stay.
      server.unref()
      resolve(server)
    })
  })
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
