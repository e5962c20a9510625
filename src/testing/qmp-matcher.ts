import type { JsonObject, JsonValue } from '../qmp/index.ts'
import { QmpRenaming } from './qmp-renaming.ts'
import type { QmpTrace, QmpTraceOptions } from './qmp-trace.ts'

/** A command of a trace, with the messages from it to the next command. */
interface Turn {
  readonly name: string
  readonly arguments: JsonValue
  /** Events and the answer, in order; an answer has no id. */
  readonly answers: readonly JsonObject[]
  readonly isAnswered: boolean
}

/** What a peer that plays a trace does about a command. */
export interface QmpTurn {
  /** Events and the answer, in order; an answer has no id. */
  readonly answers: readonly JsonObject[]
  /** True when the recorded peer hung up instead of answering. */
  readonly hangsUp: boolean
}

/** Holds commands against a trace, one after the other. */
export class QmpMatcher {
  /** What QEMU says first in the trace; absent when the trace begins later. */
  readonly greeting: JsonObject | undefined
  /** Events before the first command. */
  readonly prelude: readonly JsonObject[]
  readonly #turns: readonly Turn[]
  readonly #renaming: QmpRenaming
  readonly #freeQueries: boolean
  readonly #mismatches: string[] = []
  #at = 0

  constructor(trace: QmpTrace, options: QmpTraceOptions = {}) {
    const { isRenamable = (text: string): boolean => text.startsWith('/'), freeQueries = false } =
      options
    const first = trace.steps.findIndex(({ direction }) => direction === 'send')
    const before = trace.steps.slice(0, first === -1 ? undefined : first)
    const early = before.map(({ message }) => message)
    this.greeting = early.find((message) => Object.hasOwn(message, 'QMP'))
    this.prelude = early.filter((message) => message !== this.greeting)
    this.#turns = toTurns(trace)
    this.#renaming = new QmpRenaming(isRenamable)
    this.#freeQueries = freeQueries
  }

  /** What was sent and is not in the trace at its place, in words. */
  get mismatches(): readonly string[] {
    return this.#mismatches
  }

  /** The names of the commands that have not been sent yet; without queries when these are free. */
  get remaining(): readonly string[] {
    const names = this.#turns.slice(this.#at).map(({ name }) => name)
    return this.#freeQueries ? names.filter((name) => !isQuery(name)) : names
  }

  /** Takes the next command. */
  take(message: JsonObject): QmpTurn {
    const name = nameOf(message)
    const args = message['arguments'] ?? {}
    const skippable = this.#freeQueries ? this.#queriesAhead() : 0
    for (let ahead = 0; ahead <= skippable; ahead += 1) {
      const turn = this.#turns[this.#at + ahead]
      if (turn?.name === name && this.#renaming.equates(turn.arguments, args)) {
        return this.#play(ahead)
      }
    }
    const known = this.#freeQueries && isQuery(name) ? this.#answerOutOfTurn(name) : undefined
    return known ?? this.#refuse(name, args, this.#turns[this.#at + skippable])
  }

  #queriesAhead(): number {
    const ahead = this.#turns.slice(this.#at)
    const next = ahead.findIndex(({ name }) => !isQuery(name))
    return next === -1 ? ahead.length : next
  }

  /** Plays the turn that is `ahead` turns ahead, and the events around the queries before it. */
  #play(ahead: number): QmpTurn {
    const turns = this.#turns.slice(this.#at, this.#at + ahead + 1)
    this.#at += ahead + 1
    const skipped = turns.slice(0, -1).flatMap(({ answers }) => answers.filter(isEvent))
    const turn = turns.at(-1)
    const answers = [...skipped, ...(turn?.answers ?? [])]
    return { answers: this.#rename(answers), hangsUp: turn?.isAnswered === false }
  }

  /** Answers as the last time, or as the first time that is still to come. */
  #answerOutOfTurn(name: string): QmpTurn | undefined {
    const isSame = (turn: Turn): boolean => turn.name === name && turn.isAnswered
    const turn = this.#turns.slice(0, this.#at).findLast(isSame) ?? this.#turns.find(isSame)
    const answers = turn?.answers.filter((answer) => !isEvent(answer))
    return answers === undefined ? undefined : { answers: this.#rename(answers), hangsUp: false }
  }

  #refuse(name: string, args: JsonValue, expected: Turn | undefined): QmpTurn {
    const wanted =
      expected === undefined ? 'nothing' : describeCommand(expected.name, expected.arguments)
    const desc = `expected ${wanted}, got ${describeCommand(name, args)}`
    this.#mismatches.push(desc)
    return { answers: [{ error: { class: 'GenericError', desc } }], hangsUp: false }
  }

  #rename(answers: readonly JsonObject[]): JsonObject[] {
    return answers.map((answer) =>
      Object.fromEntries(
        Object.entries(answer).map(([name, value]) => [name, this.#renaming.apply(value)]),
      ),
    )
  }
}

/**
 * Holds commands that a client sent against a trace.
 *
 * @param sent - Messages with `execute` and `arguments`
 * @returns The differences in words; none when the client did what the trace shows
 */
export function compareQmpTrace(
  trace: QmpTrace,
  sent: readonly JsonObject[],
  options: QmpTraceOptions = {},
): readonly string[] {
  const matcher = new QmpMatcher(trace, options)
  const isFree = (message: JsonObject): boolean =>
    options.freeQueries === true && isQuery(nameOf(message))
  for (const message of sent) if (!isFree(message)) matcher.take(message)
  const missing = matcher.remaining.map((name) => `expected ${name}, got nothing`)
  return [...matcher.mismatches, ...missing]
}

function toTurns(trace: QmpTrace): Turn[] {
  const starts = trace.steps.flatMap(({ direction }, at) => (direction === 'send' ? [at] : []))
  return starts.map((start, index) => {
    const [send, ...rest] = trace.steps.slice(start, starts[index + 1])
    const message = send?.message ?? {}
    return {
      name: nameOf(message),
      arguments: message['arguments'] ?? {},
      answers: rest.map((step) => withoutId(step.message)),
      isAnswered: rest.some(({ direction }) => direction === 'recv'),
    }
  })
}

function withoutId(message: JsonObject): JsonObject {
  const { id: _, ...rest } = message
  return rest
}

function nameOf(message: JsonObject): string {
  const name = message['execute'] ?? message['exec-oob']
  return typeof name === 'string' ? name : ''
}

function isQuery(name: string): boolean {
  return name.startsWith('query-')
}

function isEvent(message: JsonObject): boolean {
  return Object.hasOwn(message, 'event')
}

function describeCommand(name: string, args: JsonValue): string {
  return `${name} ${JSON.stringify(args, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`
}
