/**
 * The documents of a domain's checkpoints: one file each, in libvirt's own form and place.
 *
 * @module
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result, ResultAsync } from 'neverthrow'
import type { StoredCheckpoint } from '../../checkpoint/index.ts'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import { formatDomainCheckpoint, parseDomainCheckpoint } from '../../xml/index.ts'
import {
  isMissing,
  makeFolder,
  readTextFile,
  removeFile,
  replaceFile,
  systemFailure,
} from './state/state-files.ts'

/** Writes the document of a checkpoint, in place of the one that is there. */
export function saveCheckpoint(folder: string, checkpoint: StoredCheckpoint): VirResultAsync<void> {
  const text = formatDomainCheckpoint(checkpoint, { secure: true })
  return makeFolder(folder).andThen(() => replaceFile(pathOf(folder, checkpoint.name), text))
}

/** Removes the document of a checkpoint, if there is one. */
export function forgetCheckpoint(folder: string, name: string): VirResultAsync<void> {
  return removeFile(pathOf(folder, name))
}

/** Reads the documents of all checkpoints. Files that hold none are left alone, as libvirt does. */
export function readCheckpoints(folder: string): VirResultAsync<readonly StoredCheckpoint[]> {
  return new ResultAsync(readAll(folder))
}

async function readAll(folder: string): Promise<Result<readonly StoredCheckpoint[], VirError>> {
  const names = await ResultAsync.fromPromise(
    readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return []
      throw error
    }),
    systemFailure(`Failed to open dir '${folder}'`),
  )
  if (names.isErr()) return err(names.error)
  const stored: StoredCheckpoint[] = []
  for (const name of names.value.filter((each) => each.endsWith('.xml'))) {
    // oxlint-disable-next-line no-await-in-loop -- a domain may have more of them than files may be open
    const text = await readTextFile(join(folder, name))
    const def = text.map((found) => parseDomainCheckpoint(found ?? '', { redefine: true }))
    const checkpoint = def.isOk() && def.value.isOk() ? def.value.value : undefined
    if (checkpoint?.name !== undefined) stored.push({ ...checkpoint, name: checkpoint.name })
  }
  return ok(stored)
}

function pathOf(folder: string, name: string): string {
  return join(folder, `${name}.xml`)
}
