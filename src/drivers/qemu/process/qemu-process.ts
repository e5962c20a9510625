import { type ChildProcess, spawn } from 'node:child_process'
import type { FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTimeOf } from './process-identity.ts'

/** How a process ended that was started here: its exit code or the signal. */
export interface ProcessEnd {
  readonly code: number | undefined
  readonly signal: string | undefined
}

/** How often a process is looked for that was not started here. */
const pollMs = 10

/** A QEMU process: started here, or found running. It outlives the calling process. */
export class QemuProcess {
  readonly pid: number
  readonly #startTime: string | undefined
  readonly #child: ChildProcess | undefined
  readonly #ended: Promise<void> | undefined
  #end: ProcessEnd | undefined

  private constructor(pid: number, child: ChildProcess | undefined) {
    this.pid = pid
    this.#child = child
    this.#startTime = startTimeOf(pid)
    if (child === undefined) return
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#end = { code: code ?? undefined, signal: signal ?? undefined }
        resolve()
      })
    })
  }

  /**
   * Starts a program in a session of its own, so that no signal for us reaches it.
   *
   * @param output - Gets what it writes; closed by the caller
   * @throws the system's error when the program cannot be started
   */
  static async spawn(
    program: string,
    args: readonly string[],
    output: FileHandle,
  ): Promise<QemuProcess> {
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      cwd: '/',
      env: environment(),
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.on('error', () => undefined)
    child.unref()
    if (child.pid === undefined) throw new Error('a process that runs has no pid')
    return new QemuProcess(child.pid, child)
  }

  /** Takes over a process that runs already; nothing when there is none with this pid and start. */
  static adopt(pid: number, startTime: string | undefined): QemuProcess | undefined {
    const found = startTimeOf(pid)
    if (found === undefined || (startTime !== undefined && found !== startTime)) return undefined
    return new QemuProcess(pid, undefined)
  }

  /** Names the process beyond its pid; see `startTimeOf`. */
  get startTime(): string | undefined {
    return this.#startTime
  }

  /** How it ended, when it was started here and has ended. */
  get end(): ProcessEnd | undefined {
    return this.#end
  }

  get isAlive(): boolean {
    if (this.#child !== undefined) return this.#end === undefined
    const found = startTimeOf(this.pid)
    return found !== undefined && found === this.#startTime
  }

  /** Sends a signal, unless the process has ended. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (!this.isAlive) return
    try {
      process.kill(this.pid, signal)
    } catch {
      // It has just ended.
    }
  }

  /** Waits for the end; `false` when it did not come in time. */
  async waitForEnd(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs
    if (this.#ended !== undefined) {
      const given = new AbortController()
      const late = sleep(timeoutMs, undefined, { signal: given.signal }).catch(() => undefined)
      await Promise.race([this.#ended, late])
      given.abort()
      return !this.isAlive
    }
    while (this.isAlive) {
      if (performance.now() >= deadline) return false
      // oxlint-disable-next-line no-await-in-loop -- the kernel tells nobody but the parent
      await sleep(pollMs)
    }
    return true
  }
}

/** QEMU's messages are compared, so they are English; and nothing of ours gets into its environment. */
function environment(): Record<string, string> {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME = '/', TMPDIR } = process.env
  return { LC_ALL: 'C', PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }) }
}
