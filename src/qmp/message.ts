import { err, ok } from 'neverthrow'
import { QmpError, type QmpResult } from './error.ts'
import { isInteger, isObject, isString } from './guard.ts'
import { parseJson, type JsonObject, type JsonValue, type QmpInteger } from './json.ts'

/** A version of QEMU; QAPI `VersionTriple`. */
export interface VersionTriple {
  readonly major: number
  readonly minor: number
  readonly micro: number
}

/** What a QMP server says first. */
export interface QmpGreeting {
  readonly version: VersionTriple
  /** What the distributor calls this build; often empty. */
  readonly package: string
  /** What the server could switch on: `oob` for out-of-band commands. */
  readonly capabilities: readonly string[]
}

/** When QEMU emitted an event, by the host's clock. */
export interface QmpTimestamp {
  /** Since 1970-01-01 UTC; -1 when the host's clock could not be read. */
  readonly seconds: QmpInteger
  readonly microseconds: QmpInteger
}

/** A message that a QMP server or a guest agent sent. `id` is what the request had, absent when it could not be read. */
export type QmpMessage =
  | { readonly type: 'greeting'; readonly greeting: QmpGreeting }
  | { readonly type: 'return'; readonly id: JsonValue | undefined; readonly value: JsonValue }
  | {
      readonly type: 'error'
      readonly id: JsonValue | undefined
      readonly errorClass: string
      readonly desc: string
    }
  | {
      readonly type: 'event'
      readonly name: string
      readonly data: JsonObject
      readonly timestamp: QmpTimestamp
    }

/**
 * Reads one message.
 *
 * @errors `unexpected` for everything that is no message of the protocol
 */
export function decodeMessage(text: string): QmpResult<QmpMessage> {
  const value = parseJson(text)
  return value.isOk()
    ? toMessage(value.value)
    : err(unexpected('text that is not JSON', value.error))
}

function toMessage(value: JsonValue): QmpResult<QmpMessage> {
  if (!isObject(value)) return err(unexpected('a message that is not an object'))
  // A falsy answer is an answer: only the presence of the member counts.
  if (Object.hasOwn(value, 'return')) {
    return ok({ type: 'return', id: value['id'], value: value['return'] ?? null })
  }
  if (Object.hasOwn(value, 'error')) return toErrorMessage(value)
  if (Object.hasOwn(value, 'event')) return toEventMessage(value)
  if (Object.hasOwn(value, 'QMP')) return toGreeting(value['QMP'])
  return err(unexpected('a message of no known kind'))
}

function toErrorMessage(value: JsonObject): QmpResult<QmpMessage> {
  const error = value['error']
  if (!isObject(error) || !isString(error['class']) || !isString(error['desc'])) {
    return err(unexpected('an error without class or description'))
  }
  return ok({ type: 'error', id: value['id'], errorClass: error['class'], desc: error['desc'] })
}

function toEventMessage(value: JsonObject): QmpResult<QmpMessage> {
  const name = value['event']
  const data = value['data'] ?? {}
  const timestamp = value['timestamp']
  if (!isString(name) || !isObject(data)) return err(unexpected('a malformed event'))
  if (!isObject(timestamp)) return err(unexpected('an event without a timestamp'))
  const { seconds, microseconds } = timestamp
  if (!isInteger(seconds) || !isInteger(microseconds)) {
    return err(unexpected('an event with a malformed timestamp'))
  }
  return ok({ type: 'event', name, data, timestamp: { seconds, microseconds } })
}

function toGreeting(value: JsonValue | undefined): QmpResult<QmpMessage> {
  const version = isObject(value) ? value['version'] : undefined
  const triple = isObject(version) ? toVersionTriple(version['qemu']) : undefined
  if (!isObject(value) || !isObject(version) || triple === undefined) {
    return err(unexpected('a malformed greeting'))
  }
  const { capabilities } = value
  const packageName = version['package']
  return ok({
    type: 'greeting',
    greeting: {
      version: triple,
      package: isString(packageName) ? packageName : '',
      capabilities: Array.isArray(capabilities) ? capabilities.filter(isString) : [],
    },
  })
}

function toVersionTriple(value: JsonValue | undefined): VersionTriple | undefined {
  if (!isObject(value)) return undefined
  const { major, minor, micro } = value
  if (!isSafe(major) || !isSafe(minor) || !isSafe(micro)) return undefined
  return { major, minor, micro }
}

function isSafe(value: JsonValue | undefined): value is number {
  return Number.isSafeInteger(value)
}

function unexpected(what: string, cause?: Error): QmpError {
  return new QmpError('unexpected', `The peer sent ${what}`, { cause })
}
