import type { Result } from 'neverthrow'
import type { QmpError } from './error.ts'
import type { JsonValue } from './json.ts'

/** A command that waits: to be sent, or for its answer. */
export interface PendingCommand {
  readonly id: number
  readonly name: string
  readonly outOfBand: boolean
  readonly message: object
  /** The message as it is sent. */
  readonly bytes: Uint8Array
  sent: boolean
  /** Settles the caller's promise. Calls after the first have no effect. */
  readonly settle: (outcome: Result<JsonValue, QmpError>) => void
}

/**
 * The commands that have been sent and not been answered, by id and in the order of sending.
 *
 * A command whose caller gave up stays until its answer comes, so that the answer is known for what it is.
 */
export class PendingCommands {
  readonly #byId = new Map<number, PendingCommand>()
  #inBand = 0

  /** How many of them are not out of band: QEMU works on these one after the other. */
  get inBandCount(): number {
    return this.#inBand
  }

  /** Notes a command as sent. */
  add(command: PendingCommand): void {
    this.#byId.set(command.id, command)
    if (!command.outOfBand) this.#inBand += 1
  }

  /**
   * Takes out the command that an answer belongs to.
   *
   * @param id - Absent in the error about a command that the peer could not parse: that is the oldest one in band, since
   * those are answered in order
   */
  take(id: JsonValue | undefined): PendingCommand | undefined {
    const command = typeof id === 'number' ? this.#byId.get(id) : this.#oldest(id)
    if (command === undefined) return undefined
    this.#byId.delete(command.id)
    if (!command.outOfBand) this.#inBand -= 1
    return command
  }

  #oldest(id: JsonValue | undefined): PendingCommand | undefined {
    if (id !== undefined) return undefined
    for (const command of this.#byId.values()) if (!command.outOfBand) return command
    return undefined
  }

  /** Takes them all out. */
  drain(): readonly PendingCommand[] {
    const commands = [...this.#byId.values()]
    this.#byId.clear()
    this.#inBand = 0
    return commands
  }
}
