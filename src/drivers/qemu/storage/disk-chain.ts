/**
 * Which images a disk is made of; libvirt's `qemuDomainDetermineDiskChain`.
 *
 * @module
 */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  errnoOf,
  systemError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../../errors/index.ts'
import type { DiskBackingStore, DomainDiskDef, StorageSource } from '../../../xml/index.ts'
import { configUnsupported } from '../defaults/config-unsupported.ts'
import { checkSource } from '../defaults/supported-disk.ts'
import { readImageInfo } from './image-info.ts'

/** A source whose format is known. */
export type FormattedSource = StorageSource & { readonly format: string }

/** More layers than this are a loop. */
const deepestChain = 200

/**
 * Lists the images of a disk from the top down, those that the definition names and then those that the images name.
 *
 * @errors SYSTEM_ERROR for an image that is not there; OPERATION_INVALID for one that does not say in which format the one
 * below is
 */
export async function imagesOfDisk(disk: DomainDiskDef): Promise<VirResult<FormattedSource[]>> {
  if (disk.source === undefined) return ok([])
  const images: FormattedSource[] = []
  let next: Step | undefined = {
    source: { ...disk.source, format: disk.source.format ?? 'raw' },
    below: disk.backingStore,
  }
  while (next !== undefined) {
    if (images.length >= deepestChain) return err(loopError(disk))
    // oxlint-disable-next-line no-await-in-loop -- an image says what is below it
    const step: VirResult<Step | undefined> = await stepBelow(next)
    if (step.isErr()) return err(step.error)
    images.push(next.source)
    next = step.value
  }
  return ok(images)
}

/** An image, and what the definition says of what is below. */
interface Step {
  readonly source: FormattedSource
  readonly below: DiskBackingStore | 'none' | undefined
}

function stepBelow({ source, below }: Step): VirResultAsync<Step | undefined> {
  return checkAccess(source).andThen(() => {
    if (below === 'none') return okAsync(undefined)
    if (below !== undefined) {
      const given = { ...below.source, format: below.source.format ?? 'raw' }
      return okAsync({ source: given, below: below.backingStore })
    }
    return source.format === 'qcow2' && source.path !== undefined
      ? backingOf(source.path)
      : okAsync(undefined)
  })
}

/** libvirt looks itself before QEMU does. */
function checkAccess({ path }: StorageSource): VirResultAsync<void> {
  if (path === undefined) return okAsync(undefined)
  return ResultAsync.fromPromise(access(path, constants.R_OK), (cause) =>
    systemError(ErrorDomain.STORAGE, errnoOf(cause), `Cannot access storage file '${path}'`, {
      cause,
    }),
  )
}

function backingOf(path: string): VirResultAsync<Step | undefined> {
  return readImageInfo(path, 'qcow2')
    .orElse((error) => (isNotQcow2(error.message) ? ok(undefined) : err(error)))
    .andThen((info) => {
      const backing = info?.['full-backing-filename'] ?? info?.['backing-filename']
      if (info === undefined || backing === undefined) return okAsync(undefined)
      const format = info['backing-filename-format']
      if (format === undefined) {
        const detail = `format of backing image '${backing}' of image '${path}' was not specified in the image metadata`
        return errAsync(virError(ErrorNumber.OPERATION_INVALID, ErrorDomain.STORAGE, detail))
      }
      return sourceOf(backing, format).andThen((below) => {
        const refused = checkSource(below, `backing chain of '${path}'`)
        return refused === undefined ? ok({ source: below, below: undefined }) : err(refused)
      })
    })
}

/** An image of another format than it is said to be is QEMU's to refuse, in its own words. */
function isNotQcow2(message: string): boolean {
  return message.includes('not in qcow2 format')
}

/** What an image calls what is below it. */
function sourceOf(name: string, format: string): VirResultAsync<FormattedSource> {
  if (!name.startsWith('/')) {
    return errAsync(configUnsupported(`backing image '${name}' is not supported by this driver`))
  }
  return ResultAsync.fromSafePromise(isBlockDevice(name)).map((isBlock) => ({
    type: isBlock ? 'block' : 'file',
    path: name,
    format,
  }))
}

async function isBlockDevice(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isBlockDevice()
  } catch {
    return false
  }
}

function loopError({ target }: DomainDiskDef): ReturnType<typeof virError> {
  const detail = `backing chain of disk '${target.dev}' is a loop`
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.STORAGE, detail)
}
