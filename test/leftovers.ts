/**
 * Gives the run of the tests a temporary folder of its own, and fails it when something is left there, or works there.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What tsx and Node keep for the next time. */
const caches = /^(?:tsx-|node-)/

/** Runs before all tests; what it gives runs after them. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'vdt-'))
  process.env['TMPDIR'] = folder
  return () => {
    const files = readdirSync(folder).filter((name) => !caches.test(name))
    const left = [...files, ...processesIn(folder)]
    rmSync(folder, { recursive: true, force: true })
    if (left.length === 0) return
    // Vitest prints what is thrown here, and ends well all the same.
    process.exitCode = 1
    throw new Error(`The tests have left behind:\n${left.join('\n')}`)
  }
}

/** The processes whose command line names a folder. */
function processesIn(folder: string): string[] {
  return listProcesses().flatMap((pid) => {
    const command = commandOf(pid)
    return command.includes(folder) ? [`process ${pid}: ${command}`] : []
  })
}

function listProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    // Systems without it have no QEMU that is tested either.
    return []
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
