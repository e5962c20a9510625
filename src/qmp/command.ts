import type { QmpResultAsync } from './error.ts'
import type { Guard } from './guard.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { isJson } from './guard.ts'

/**
 * A command of QMP or of the guest agent: its name, the type of its arguments, and the guard of its answer.
 *
 * The tables of commands are in `commands/`, one file a QAPI module (a large module has several).
 */
export interface QmpCommand<Arguments extends object, Reply> {
  /** The name on the wire. */
  readonly name: string
  /** Checks the answer once, at the border. */
  readonly accepts: Guard<Reply>
  /** Says why these arguments must not be sent, when it is known that a peer does not survive them. */
  readonly objection?: (args: Arguments) => string | undefined
  /** @internal Ties the type of the arguments to the command; never set. */
  readonly arguments?: Arguments
}

/** The arguments of a command that takes none. */
export type NoArguments = Readonly<Record<string, never>>

/** An enumeration that newer peers may have extended: the members known here, and any other string. */
export type OpenEnum<Known extends string> = Known | (string & Record<never, never>)

/** How one command is carried out. */
export interface ExecuteOptions {
  /** Stops the waiting, not the command: what was sent may still be carried out, and its answer is discarded. */
  readonly signal?: AbortSignal
  /** How long to wait for the answer; for ever when absent. */
  readonly timeoutMs?: number
  /**
   * Sends with `exec-oob`, which QEMU answers even while an earlier command keeps it busy. Needs the `outOfBand` option of
   * the connection and a command that QEMU allows this for (`migrate-recover`, `migrate-pause`, `yank`, `query-yank`).
   */
  readonly outOfBand?: boolean
}

/** Carries commands out; what the QEMU driver needs to know of a monitor when it asks something. */
export interface QmpExecutor {
  /**
   * Carries one command out.
   *
   * Commands are carried out in the order of the calls; there is no need to wait for one before asking the next. An event
   * may be reported before the command that caused it has answered.
   *
   * @errors `refused` with the peer's class and words; `unsupported` when nothing was sent; `unexpected` when the answer
   * does not pass the command's guard; `interrupted`, `timeout` and `aborted` leave the outcome unknown when `sent` is set
   */
  execute<Arguments extends object, Reply>(
    command: QmpCommand<Arguments, Reply>,
    args: NoInfer<Arguments>,
    options?: ExecuteOptions,
  ): QmpResultAsync<Reply>
}

/** Makes a command that is in no table here: any arguments, any answer. */
export function untypedCommand(name: string): QmpCommand<JsonObject, JsonValue> {
  return { name, accepts: isJson }
}
