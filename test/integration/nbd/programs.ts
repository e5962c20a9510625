import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NbdClient } from '../../../src/nbd/index.ts'
import { requireProgram, type RequiredProgram } from '../require.ts'

const require = (variable: string, name: string): RequiredProgram =>
  requireProgram('nbd', variable, name)

/** The real programs that judge; an environment variable can name another than that in `PATH`. */
export const programs = {
  nbdinfo: require('NBDINFO', 'nbdinfo'),
  nbdcopy: require('NBDCOPY', 'nbdcopy'),
  nbdsh: require('NBDSH', 'nbdsh'),
  nbdkit: require('NBDKIT', 'nbdkit'),
  qemuImg: require('QEMU_IMG', 'qemu-img'),
  qemuIo: require('QEMU_IO', 'qemu-io'),
  qemuNbd: require('QEMU_NBD', 'qemu-nbd'),
  storageDaemon: require('QEMU_STORAGE_DAEMON', 'qemu-storage-daemon'),
  openssl: require('OPENSSL', 'openssl'),
} satisfies Record<string, RequiredProgram>

/** The name of a program that a test needs. */
export type Program = keyof typeof programs

/** Whether a suite must be skipped, and why, for its title. */
export function need(...names: Program[]): { readonly isMissing: boolean; readonly note: string } {
  const missing = names.map((name) => programs[name]).find(({ isMissing }) => isMissing)
  return { isMissing: missing !== undefined, note: missing?.note ?? '' }
}

/** What a program printed, and how it ended. */
export interface Ran {
  readonly out: string
  readonly errors: string
  readonly code: number
}

/** Runs a program to its end. */
export function run(name: Program, ...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    // nbdsh runs the first python3 that it finds, and only the system's has its module.
    const env = { ...process.env, PATH: `/usr/bin:${process.env['PATH'] ?? ''}` }
    const options = { maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' as const, env }
    execFile(programs[name].path, args, options, (error, out, errors) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1
      resolve({ out, errors, code })
    })
  })
}

/** Runs a program that must succeed, and gives what it printed. */
export async function output(name: Program, ...args: string[]): Promise<string> {
  const { out, errors, code } = await run(name, ...args)
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}: ${errors}`)
  return out
}

/** Makes a folder for one test, and removes it with all that is in it. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'virtdriver-nbd-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a server program while `use` does its work; it is up when a client can connect to its socket. */
export async function withServer(
  name: Program,
  args: readonly string[],
  socket: string,
  use: (child: ChildProcess) => Promise<void>,
): Promise<void> {
  const child = spawn(programs[name].path, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  try {
    for (let tries = 0; !(await listens(socket)); tries++) {
      if (child.exitCode !== null || tries > 1000) throw new Error(`${name} is not up: ${errors}`)
      await sleep(10)
    }
    await use(child)
  } finally {
    child.kill('SIGKILL')
    await exited
  }
}

async function listens(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return false
  const client = await NbdClient.connect(uriOf(socket, 'is-it-up'), { connectTimeoutMs: 2000 })
  if (client.isOk()) await client.value.close()
  return client.isOk() || client.error.kind !== 'unreachable'
}

/** Gives the URI of an export behind a Unix socket. */
export function uriOf(socket: string, exportName = ''): string {
  return `nbd+unix:///${exportName}?socket=${socket}`
}
