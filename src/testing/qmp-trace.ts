import { err, ok, type Result } from 'neverthrow'
import { parseJson, type JsonObject, type JsonValue } from '../qmp/index.ts'

/** A message of a recorded conversation; `send` is the client's. */
export interface QmpTraceStep {
  readonly direction: 'send' | 'recv' | 'event'
  readonly message: JsonObject
}

/** A recorded conversation with QEMU. */
export interface QmpTrace {
  /** What was done while it was recorded; free in form. */
  readonly header: JsonObject
  readonly steps: readonly QmpTraceStep[]
}

/** What is compared when a client's commands are held against a trace. */
export interface QmpTraceOptions {
  /**
   * Strings for which another string may stand, if it is the same one throughout; absolute paths when absent. Answers are
   * renamed the same way back.
   */
  readonly isRenamable?: (text: string) => boolean
  /** True: `query-*` commands may be asked at other times, more often or not at all. */
  readonly freeQueries?: boolean
}

/**
 * Reads a trace: a line of JSON for the header, then one for each message, `{"dir":"send"|"recv"|"event","msg":…}`.
 *
 * @returns An error that names the line
 */
export function parseQmpTrace(text: string): Result<QmpTrace, Error> {
  const [header = '', ...rest] = text.trimEnd().split('\n')
  const steps: QmpTraceStep[] = []
  for (const [index, line] of rest.entries()) {
    const step = toStep(parseJson(line).unwrapOr(null))
    if (step === undefined) return err(new Error(`line ${index + 2} of the trace is no message`))
    steps.push(step)
  }
  const parsed = parseJson(header).unwrapOr(null)
  if (!isJsonObject(parsed)) return err(new Error('line 1 of the trace is no object'))
  return ok({ header: parsed, steps })
}

function toStep(value: JsonValue): QmpTraceStep | undefined {
  if (!isJsonObject(value)) return undefined
  const { dir, msg } = value
  if (dir !== 'send' && dir !== 'recv' && dir !== 'event') return undefined
  return isJsonObject(msg) ? { direction: dir, message: msg } : undefined
}

function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
