import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program of the host that a test needs. */
export interface RequiredProgram {
  /** Where it is; its bare name when it is missing. */
  readonly path: string
  readonly isMissing: boolean
  /** For the title of what is skipped: why, or nothing. */
  readonly note: string
}

/**
 * Looks for a program: where the environment variable says, or in `PATH`.
 *
 * @param group - With this word in `VIRTDRIVER_REQUIRE` (`qemu,nbd`) a missing program is an error, so that nothing is
 * skipped where everything must run
 */
export function requireProgram(group: string, variable: string, name: string): RequiredProgram {
  const wanted = process.env[variable] ?? name
  const path = find(wanted)
  if (path !== undefined) return { path, isMissing: false, note: '' }
  if ((process.env['VIRTDRIVER_REQUIRE'] ?? '').split(',').includes(group)) {
    throw new Error(`${wanted} is missing, and VIRTDRIVER_REQUIRE asks for ${group}`)
  }
  return {
    path: wanted,
    isMissing: true,
    note: ` (skipped: no ${wanted}; ${variable} can name it)`,
  }
}

function find(name: string): string | undefined {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
