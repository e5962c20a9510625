import { execFile } from 'node:child_process'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../../errors/index.ts'
import {
  isInteger,
  isRecord,
  isString,
  optional,
  parseJson,
  type Guard,
  type QmpInteger,
} from '../../../qmp/index.ts'
import { findProgram } from '../default-emulator.ts'

/** What `qemu-img info` tells of an image. */
export interface ImageFileInfo {
  readonly format: string
  /** Bytes that the guest sees. */
  readonly 'virtual-size': QmpInteger
  /** Bytes on the host. */
  readonly 'actual-size'?: QmpInteger
  /** As the image has it. */
  readonly 'backing-filename'?: string
  /** Resolved against the image's folder. */
  readonly 'full-backing-filename'?: string
  readonly 'backing-filename-format'?: string
}

const isImageFileInfo: Guard<ImageFileInfo> = isRecord<ImageFileInfo>({
  format: isString,
  'virtual-size': isInteger,
  'actual-size': optional(isInteger),
  'backing-filename': optional(isString),
  'full-backing-filename': optional(isString),
  'backing-filename-format': optional(isString),
})

/** Long enough for a slow disk, short enough for a server that does not answer. */
const timeoutMs = 30_000

/**
 * Reads what an image says of itself; also while QEMU has it open.
 *
 * @param format - Never guessed: a guest could write the header of another format
 */
export function readImageInfo(path: string, format: string): VirResultAsync<ImageFileInfo> {
  const options = `driver=${format},file.driver=file,file.filename=${path.replaceAll(',', ',,')}`
  return runQemuImg(['info', '-U', '--output=json', '--image-opts', options]).andThen((text) => {
    const info = parseJson(text).unwrapOr(null)
    if (isImageFileInfo(info)) return okAsync(info)
    return errAsync(failure(`qemu-img told nothing of image '${path}'`))
  })
}

/** Runs `qemu-img`, and gives what it prints. @errors INTERNAL_ERROR with its own words */
export function runQemuImg(args: readonly string[]): VirResultAsync<string> {
  return ResultAsync.fromPromise(execute(args), (cause) =>
    failure(cause instanceof Error ? cause.message : String(cause)),
  )
}

async function execute(args: readonly string[]): Promise<string> {
  const program = await findProgram('qemu-img')
  if (program === undefined) throw new Error('unable to find qemu-img')
  return await new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, env: { LC_ALL: 'C' } }
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(stderr.trim() || error.message))
    })
  })
}

function failure(detail: string): VirError {
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.STORAGE, detail)
}
