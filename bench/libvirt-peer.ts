/** libvirt's drivers as a peer: a Python program that holds python3-libvirt. @module */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('libvirt-peer.py', import.meta.url))

/** The name under which a missing peer is reported. */
export const libvirtName = 'python3-libvirt'

/** A checkpoint of a domain. */
export interface CheckpointDocuments {
  readonly domain: string
  /** Of the checkpoint. */
  readonly name: string
  readonly checkpoint: string
}

/** A backup of a domain, with a checkpoint. */
export interface BackupDocuments extends CheckpointDocuments {
  readonly backup: string
}

/** What is asked of the peer. */
export type LibvirtRequest =
  | { readonly do: 'define' | 'lookup' | 'dump'; readonly xml: string; readonly seconds: number }
  | { readonly do: 'checkpoints'; readonly counts: readonly number[]; readonly window: number }
  | { readonly do: 'version' }
  | { readonly do: 'start'; readonly uri: string; readonly xml: readonly string[] }
  | ({ readonly do: 'backup'; readonly cancel: boolean } & BackupDocuments)
  | ({ readonly do: 'checkpoint' } & CheckpointDocuments)

/** A running Python program that answers one request at a time. */
export class LibvirtPeer {
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>

  private constructor(process: ChildProcess, answers: AsyncIterator<string>) {
    this.#process = process
    this.#answers = answers
  }

  /** Starts the peer; `undefined` when no Python here has libvirt. */
  static async start(): Promise<LibvirtPeer | undefined> {
    // The Python of the system has the package of the system, also where another one comes first.
    for (const python of [process.env['PYTHON'] ?? 'python3', '/usr/bin/python3']) {
      const peer = await LibvirtPeer.#startWith(python)
      if (peer !== undefined) return peer
    }
    return undefined
  }

  static async #startWith(python: string): Promise<LibvirtPeer | undefined> {
    const child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'ignore'] })
    child.on('error', () => undefined)
    // A Python without libvirt ends before it has read anything.
    child.stdin.on('error', () => undefined)
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const peer = new LibvirtPeer(child, lines)
    return peer.#send({ do: 'version' }).then(
      () => peer,
      () => undefined,
    )
  }

  /** Asks for one rate. */
  async rate(request: LibvirtRequest): Promise<number> {
    const answer = await this.#send(request)
    if (typeof answer !== 'number') throw new Error(`no rate: ${JSON.stringify(answer)}`)
    return answer
  }

  /** Asks for several rates. */
  async rates(request: LibvirtRequest): Promise<readonly number[]> {
    const answer = await this.#send(request)
    if (!Array.isArray(answer)) throw new Error(`no rates: ${JSON.stringify(answer)}`)
    return answer.map(Number)
  }

  /** Opens libvirt's QEMU driver and starts machines, which end with the peer; false when the driver is not there. */
  async startMachines(uri: string, xml: readonly string[]): Promise<boolean> {
    return (await this.#send({ do: 'start', uri, xml })) === true
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit')
    this.#process.stdin?.end()
    await gone
  }

  async #send(request: LibvirtRequest): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`)
    const { done, value } = await this.#answers.next()
    if (done === true) throw new Error('the Python program has ended')
    return JSON.parse(value)
  }
}
