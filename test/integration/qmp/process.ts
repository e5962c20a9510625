import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { QmpResultAsync } from '../../../src/qmp/index.ts'

/** A program that runs for one test, in a folder that goes with it. */
export interface RunningProcess {
  readonly folder: string
  readonly child: ChildProcess
  /** What it wrote to its standard error. */
  readonly errors: () => string
}

/**
 * Starts a program, waits until its socket is there, and ends it when `use` is done.
 *
 * @param argumentsFor - Its arguments, given the folder
 * @param socket - The name in the folder of the socket that it makes last. It is there before it listens; see {@link whenUp}
 */
export async function withProcess(
  program: string,
  argumentsFor: (folder: string) => readonly string[],
  socket: string,
  use: (running: RunningProcess) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'virtdriver-qmp-'))
  const child = spawn(program, argumentsFor(folder), { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  try {
    while (!existsSync(join(folder, socket))) {
      if (child.exitCode !== null) throw new Error(`${program} ended: ${errors}`)
      await sleep(10)
    }
    await use({ folder, child, errors: () => errors })
  } finally {
    child.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true })
  }
}

/** Connects, again and again while nobody listens yet. */
export async function whenUp<T>(connect: () => QmpResultAsync<T>): Promise<T> {
  for (;;) {
    const connected = await connect()
    if (connected.isOk()) return connected.value
    if (connected.error.kind !== 'unreachable') throw connected.error
    await sleep(10)
  }
}
