import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuBinary } from './process/qemu-binaries.ts'

/** How QEMU calls architectures that libvirt calls otherwise. */
const targets: Readonly<Record<string, string>> = {
  i686: 'i386',
  armv7l: 'arm',
  armv6l: 'arm',
  ppc64le: 'ppc64',
  ppc: 'ppc',
}

/**
 * Finds the program that emulates an architecture: `qemu-system-…` in `PATH`.
 *
 * @errors CONFIG_UNSUPPORTED when there is none
 */
export function defaultEmulator(host: QemuHost, arch: string): VirResultAsync<QemuBinary> {
  return ResultAsync.fromSafePromise<string | undefined, VirError>(
    findProgram(`qemu-system-${targets[arch] ?? arch}`),
  )
    .andThen((path) =>
      path === undefined
        ? errAsync(
            virError(
              ErrorNumber.CONFIG_UNSUPPORTED,
              ErrorDomain.QEMU,
              `No emulator found for arch '${arch}'`,
            ),
          )
        : okAsync(path),
    )
    .andThen((path) => host.binaries.describe(path))
}

/** Where a program is, by `PATH`. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter)
  for (const folder of folders.filter((each) => each.startsWith('/'))) {
    const path = join(folder, name)
    // oxlint-disable-next-line no-await-in-loop -- the first that is there ends the search
    if (await isProgram(path)) return path
  }
  return undefined
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
