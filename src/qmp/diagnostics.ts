import { channel } from 'node:diagnostics_channel'
import { isObject } from './guard.ts'

/**
 * The diagnostics channel on which every command is published before it is sent, as `{ command, arguments }`.
 *
 * Nothing is done when nobody subscribes. Passwords and the data of secrets are left out.
 */
export const QMP_SEND_CHANNEL = 'virtdriver:qmp.send'

const sendChannel = channel(QMP_SEND_CHANNEL)

/** The members of arguments that nobody is to read in a log. */
const SECRETS: ReadonlyMap<string, string> = new Map([
  ['object-add', 'data'],
  ['set_password', 'password'],
  ['change-vnc-password', 'password'],
  ['guest-set-user-password', 'password'],
])

/** Publishes a command. @internal */
export function publishSend(command: string, message: object): void {
  if (!sendChannel.hasSubscribers) return
  const args = 'arguments' in message && isObject(message.arguments) ? message.arguments : {}
  const secret = SECRETS.get(command)
  const hidden = secret !== undefined && Object.hasOwn(args, secret)
  sendChannel.publish({ command, arguments: hidden ? { ...args, [secret]: '<hidden>' } : args })
}
