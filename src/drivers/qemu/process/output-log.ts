import { type FileHandle, open } from 'node:fs/promises'
import { ResultAsync } from 'neverthrow'
import type { VirResultAsync } from '../../../errors/index.ts'
import { systemFailure } from '../state/state-files.ts'

/** The longest text that goes into an error; libvirt's `VIR_ERROR_MAX_LENGTH`. */
const longestExcerpt = 1023

/** The file that gets what QEMU writes to its output, over all runs of a domain. */
export class OutputLog {
  readonly #file: FileHandle
  /** Bytes before what this run writes. */
  readonly #start: number

  private constructor(file: FileHandle, start: number) {
    this.#file = file
    this.#start = start
  }

  /** Opens the log behind what it holds, and notes down how QEMU is started. */
  static open(path: string, command: readonly string[]): VirResultAsync<OutputLog> {
    return ResultAsync.fromPromise(
      openLog(path, command),
      systemFailure(`failed to create logfile ${path}`),
    ).map(({ file, size }) => new OutputLog(file, size))
  }

  /** What a process writes to. */
  get file(): FileHandle {
    return this.#file
  }

  /** The end of what this run wrote, without the last line break. */
  async excerpt(): Promise<string> {
    const { size } = await this.#file.stat()
    const start = Math.max(this.#start, size - longestExcerpt)
    const bytes = Buffer.alloc(size - start)
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, start)
    return bytes.toString('utf8', 0, bytesRead).trimEnd()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

async function openLog(
  path: string,
  command: readonly string[],
): Promise<{ readonly file: FileHandle; readonly size: number }> {
  const file = await open(path, 'a+', 0o600)
  try {
    const time = new Date().toISOString()
    await file.write(`${time}: starting up\n${command.map(quoted).join(' \\\n')}\n`)
    return { file, size: (await file.stat()).size }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** So that the command can be given to a shell. */
function quoted(argument: string): string {
  return /^[\w./:,=@%+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}
