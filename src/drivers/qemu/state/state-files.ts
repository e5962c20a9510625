import { chmod, mkdir, open, readFile, rename, rm, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ResultAsync } from 'neverthrow'
import {
  errnoOf,
  ErrorDomain,
  systemError,
  type VirError,
  type VirResultAsync,
} from '../../../errors/index.ts'

/** Makes the error for what the system refused; its text goes before what the errno means. */
export function systemFailure(text: string): (cause: unknown) => VirError {
  return (cause) => systemError(ErrorDomain.QEMU, errnoOf(cause), text, { cause })
}

/** Makes a folder that only its owner may enter, and those above it. */
export function makeFolder(path: string): VirResultAsync<void> {
  return ResultAsync.fromPromise(
    mkdir(path, { recursive: true, mode: 0o700 }),
    systemFailure(`cannot create directory '${path}'`),
  ).map(() => undefined)
}

/** The last write of each file that is being written: one that comes meanwhile waits for it. */
const writing = new Map<string, Promise<void>>()

/**
 * Replaces a file, or creates it: readers see the old content or the new one, also after a power loss.
 *
 * Only the owner may read it. What is written to one file at the same time is written in the order of the calls.
 */
export function replaceFile(path: string, content: string | Uint8Array): VirResultAsync<void> {
  return ResultAsync.fromPromise(
    writeInTurn(path, content),
    systemFailure(`cannot write file '${path}'`),
  )
}

async function writeInTurn(path: string, content: string | Uint8Array): Promise<void> {
  const before = writing.get(path) ?? Promise.resolve()
  const write = before.catch(() => undefined).then(() => writeAndRename(path, content))
  writing.set(path, write)
  try {
    await write
  } finally {
    if (writing.get(path) === write) writing.delete(path)
  }
}

/** The name has libvirt's suffix, and no more: that decides how long the name of a checkpoint may be. */
async function writeAndRename(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.new`
  try {
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** A rename lasts once the folder is on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Removes a file; one that is not there is no error. */
export function removeFile(path: string): VirResultAsync<void> {
  return ResultAsync.fromPromise(
    unlink(path).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    }),
    systemFailure(`cannot remove file '${path}'`),
  )
}

/** Removes a folder with all that it holds; one that is not there is no error. */
export function removeFolder(path: string): VirResultAsync<void> {
  return ResultAsync.fromPromise(
    rm(path, { recursive: true, force: true }),
    systemFailure(`cannot remove directory '${path}'`),
  )
}

/** Reads a text; nothing when there is no such file. */
export function readTextFile(path: string): VirResultAsync<string | undefined> {
  return ResultAsync.fromPromise(
    readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    }),
    systemFailure(`Failed to open file '${path}'`),
  )
}

/** Lets only the owner use a socket. */
export function keepToOwner(path: string): VirResultAsync<void> {
  return ResultAsync.fromPromise(
    chmod(path, 0o600),
    systemFailure(`cannot set permissions of '${path}'`),
  )
}

/** Tells the error for what is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Reads bytes; nothing when there is no such file. */
export function readFileBytes(path: string): VirResultAsync<Uint8Array | undefined> {
  return ResultAsync.fromPromise(
    readFile(path).then(
      (bytes) => Uint8Array.from(bytes),
      (error: unknown) => {
        if (isMissing(error)) return undefined
        throw error
      },
    ),
    systemFailure(`Failed to open file '${path}'`),
  )
}
