import { Bench } from './bench.ts'
import type { Rig } from './rig.ts'
import type { Start } from './scenario.ts'

interface Standing {
  readonly bench: Bench
  readonly fingerprint: string
}

/** The benches of some scenarios: each has its own, unless the one before left everything as it was. */
export class Benches {
  readonly #newRig: () => Promise<Rig>
  readonly #rigs: Rig[] = []
  /** The ordinary bench, and how it looked before a scenario had it. */
  #standing: Standing | undefined

  constructor(newRig: () => Promise<Rig>) {
    this.#newRig = newRig
  }

  readonly start: Start = async (options) => {
    if (options === undefined && this.#standing !== undefined) return this.#standing.bench
    await this.close()
    const rig = await this.#newRig()
    this.#rigs.push(rig)
    const bench = await Bench.create(rig, options)
    const fingerprint = options === undefined ? await rig.fingerprint() : undefined
    if (fingerprint !== undefined) this.#standing = { bench, fingerprint }
    return bench
  }

  /** A text of a scenario, with the paths of the recording. */
  toRecorded(text: string): string {
    return this.#rigs.reduce((each, rig) => rig.toRecorded(each), text)
  }

  /** After a scenario: takes away what it has changed. */
  async finish(): Promise<void> {
    const { bench, fingerprint } = this.#standing ?? {}
    if (bench === undefined || (await bench.rig.fingerprint()) !== fingerprint) await this.close()
  }

  async close(): Promise<void> {
    this.#standing = undefined
    for (const rig of this.#rigs.splice(0)) await rig.close()
  }
}
