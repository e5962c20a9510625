import type { Guard } from '../../src/qmp/index.ts'
import * as qmp from '../../src/qmp/index.ts'

/** What all commands have, whatever their types. */
export interface AnyCommand {
  readonly name: string
  readonly accepts: Guard<unknown>
}

/** All commands that the package has, those of the guest agent included. */
export function allCommands(): readonly AnyCommand[] {
  return Object.values<unknown>(qmp).filter(isCommand)
}

function isCommand(value: unknown): value is AnyCommand {
  return typeof value === 'object' && value !== null && 'name' in value && 'accepts' in value
}
