import type { NoArguments, QmpCommand } from '../command.ts'
import type { JsonObject } from '../json.ts'
import type { VersionTriple } from '../message.ts'
import { isArrayOf, isNumber, isObject, isRecord, isString } from '../guard.ts'

/** QAPI `qmp_capabilities` (qapi/control.json). */
export interface QmpCapabilities {
  /** What to switch on of that which the greeting offers. */
  readonly enable?: readonly 'oob'[]
}

/** Ends the negotiation, after which all other commands are possible. `QmpClient` sends it by itself. */
export const qmpCapabilities: QmpCommand<QmpCapabilities, JsonObject> = {
  name: 'qmp_capabilities',
  accepts: isObject,
}

/** QAPI `VersionInfo` (qapi/control.json). */
export interface VersionInfo {
  readonly qemu: VersionTriple
  /** What the distributor calls this build; often empty. */
  readonly package: string
}

/** Reports QEMU's version. */
export const queryVersion: QmpCommand<NoArguments, VersionInfo> = {
  name: 'query-version',
  accepts: isRecord({
    qemu: isRecord({ major: isNumber, minor: isNumber, micro: isNumber }),
    package: isString,
  }),
}

/** QAPI `CommandInfo` (qapi/control.json). */
export interface CommandInfo {
  readonly name: string
}

/** Lists the commands that this QEMU has. */
export const queryCommands: QmpCommand<NoArguments, readonly CommandInfo[]> = {
  name: 'query-commands',
  accepts: isArrayOf(isRecord<CommandInfo>({ name: isString })),
}

/**
 * Ends QEMU. Running jobs are cancelled, persistent bitmaps are stored.
 *
 * The connection can be gone before the answer: `interrupted` is as good as an answer here.
 */
export const quit: QmpCommand<NoArguments, JsonObject> = { name: 'quit', accepts: isObject }
