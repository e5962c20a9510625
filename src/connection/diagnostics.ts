/**
 * What a connection reports to `node:diagnostics_channel` where there is one; elsewhere nothing is reported.
 *
 * @module
 */

/** The channel of listeners that threw and of registrations that the driver refused. */
export const listenerErrorChannel = 'virtdriver:connection:listener-error'

/** The part of a diagnostics channel that is used here. */
interface Channel {
  publish(message: unknown): void
}

/** Publishes a message, if the platform has diagnostics channels. A subscriber that throws is Node's to report. */
export function publish(channelName: string, message: unknown): void {
  findChannel(channelName)?.publish(message)
}

// Asked for by name, since a browser has no such module to import.
function findChannel(name: string): Channel | undefined {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') {
    return undefined
  }
  return process.getBuiltinModule('node:diagnostics_channel').channel(name)
}
