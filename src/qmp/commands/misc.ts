import type { NoArguments, QmpCommand } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import { isArrayOf, isInteger, isNumber, isObject, isRecord, isString, optional } from '../guard.ts'

/** QAPI `NameInfo` (qapi/misc.json). */
export interface NameInfo {
  /** Absent without `-name`. */
  readonly name?: string
}

/** Reports the name that was given with `-name`. */
export const queryName: QmpCommand<NoArguments, NameInfo> = {
  name: 'query-name',
  accepts: isRecord<NameInfo>({ name: optional(isString) }),
}

/** QAPI `IOThreadInfo` (qapi/misc.json). */
export interface IOThreadInfo {
  readonly id: string
  /** The host's thread id. */
  readonly 'thread-id': number
  /** Nanoseconds. */
  readonly 'poll-max-ns': QmpInteger
  readonly 'poll-grow': QmpInteger
  readonly 'poll-shrink': QmpInteger
  readonly 'aio-max-batch': QmpInteger
}

/** Lists the threads that do I/O for devices. */
export const queryIothreads: QmpCommand<NoArguments, readonly IOThreadInfo[]> = {
  name: 'query-iothreads',
  accepts: isArrayOf(
    isRecord<IOThreadInfo>({
      id: isString,
      'thread-id': isNumber,
      'poll-max-ns': isInteger,
      'poll-grow': isInteger,
      'poll-shrink': isInteger,
      'aio-max-batch': isInteger,
    }),
  ),
}

/** Stops the guest's processors; block jobs go on. Harmless when they are stopped. */
export const stop: QmpCommand<NoArguments, JsonObject> = { name: 'stop', accepts: isObject }

/** Starts the guest's processors. Harmless when they run. */
export const cont: QmpCommand<NoArguments, JsonObject> = { name: 'cont', accepts: isObject }

/** QAPI `human-monitor-command` (qapi/misc.json). */
export interface HumanMonitorCommand {
  readonly 'command-line': string
  readonly 'cpu-index'?: number
}

/**
 * Carries a command line of the human monitor out.
 *
 * Most failures are not errors here: they are told in the text. `qemu-io` writes its results to QEMU's standard output
 * and gives the empty text.
 */
export const humanMonitorCommand: QmpCommand<HumanMonitorCommand, string> = {
  name: 'human-monitor-command',
  accepts: isString,
}

/** QAPI `CommandLineOptionInfo` (qapi/misc.json). */
export interface CommandLineOptionInfo {
  readonly option: string
  readonly parameters: readonly JsonObject[]
}

/** Lists the command-line options that take parameters, or describes one of them. */
export const queryCommandLineOptions: QmpCommand<
  { readonly option?: string },
  readonly CommandLineOptionInfo[]
> = {
  name: 'query-command-line-options',
  accepts: isArrayOf(
    isRecord<CommandLineOptionInfo>({ option: isString, parameters: isArrayOf(isObject) }),
  ),
}
