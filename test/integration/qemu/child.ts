/**
 * Programs that tests run to kill them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

/** A program that says line by line what it does. */
export class Child {
  readonly #process: ChildProcess
  readonly #end: Promise<void>
  #said = ''
  #look: () => void = () => undefined

  /** Starts a program of this folder. */
  constructor(program: string, args: readonly string[]) {
    const path = join(import.meta.dirname, program)
    this.#process = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#process.stdout?.on('data', (text: Buffer) => {
      this.#said += text.toString()
      this.#look()
    })
    this.#end = new Promise((resolve) => {
      // Then all that it said has come, too.
      this.#process.once('close', () => resolve())
    })
  }

  /** All lines that it has finished. */
  get lines(): readonly string[] {
    return this.#said.split('\n').slice(0, -1)
  }

  /** Waits until it has said so many lines that begin with a word. */
  heard(word: string, count = 1): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        if (this.lines.filter((line) => line.startsWith(word)).length >= count) resolve()
      }
      this.#look()
      void this.#end.then(() => reject(new Error(`the program ended, and said '${this.#said}'`)))
    })
  }

  /** Waits until it is gone. */
  ended(): Promise<void> {
    return this.#end
  }

  /** Kills it, and waits until it is gone. */
  kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    return this.#end
  }
}
