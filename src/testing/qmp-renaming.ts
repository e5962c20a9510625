import type { JsonValue } from '../qmp/index.ts'

/** Compares values up to a consistent renaming of some strings, and applies that renaming to others. */
export class QmpRenaming {
  readonly #isRenamable: (text: string) => boolean
  readonly #toActual = new Map<string, string>()
  readonly #toExpected = new Map<string, string>()

  constructor(isRenamable: (text: string) => boolean) {
    this.#isRenamable = isRenamable
  }

  /** Whether both values are the same but for names; the names of equal values are remembered. */
  equates(expected: JsonValue | undefined, actual: JsonValue | undefined): boolean {
    const found = new Map<string, string>()
    if (!this.#compare(expected, actual, found)) return false
    for (const [from, to] of found) {
      this.#toActual.set(from, to)
      this.#toExpected.set(to, from)
    }
    return true
  }

  #compare(
    expected: JsonValue | undefined,
    actual: JsonValue | undefined,
    found: Map<string, string>,
  ): boolean {
    if (typeof expected === 'string' && typeof actual === 'string') {
      return this.#compareStrings(expected, actual, found)
    }
    if (!isContainer(expected) || !isContainer(actual)) return expected === actual
    if (Array.isArray(expected) !== Array.isArray(actual)) return false
    const wanted = Object.entries<JsonValue>(expected)
    const given = new Map(Object.entries<JsonValue>(actual))
    return (
      wanted.length === given.size &&
      wanted.every(
        ([name, value]) => given.has(name) && this.#compare(value, given.get(name), found),
      )
    )
  }

  #compareStrings(expected: string, actual: string, found: Map<string, string>): boolean {
    const bound = found.get(expected) ?? this.#toActual.get(expected)
    if (bound !== undefined) return bound === actual
    if (!this.#isRenamable(expected) || !this.#isRenamable(actual)) return expected === actual
    const taken = this.#toExpected.has(actual) || [...found.values()].includes(actual)
    if (taken) return false
    found.set(expected, actual)
    return true
  }

  /** Puts the actual names in the place of the expected ones, also inside longer strings. */
  apply(value: JsonValue): JsonValue {
    if (typeof value === 'string') return this.#rename(value)
    if (!isContainer(value)) return value
    if (Array.isArray(value)) return value.map((item: JsonValue) => this.apply(item))
    return Object.fromEntries(
      Object.entries<JsonValue>(value).map(([name, member]) => [name, this.apply(member)]),
    )
  }

  #rename(text: string): string {
    const names = [...this.#toActual].filter(([from, to]) => from !== to && text.includes(from))
    if (names.length === 0) return text
    const longestFirst = names.toSorted(([a], [b]) => b.length - a.length)
    const pattern = new RegExp(longestFirst.map(([from]) => escapePattern(from)).join('|'), 'g')
    return text.replaceAll(pattern, (name) => this.#toActual.get(name) ?? name)
  }
}

function escapePattern(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}/-]/g, String.raw`\$&`)
}

function isContainer(value: JsonValue | undefined): value is object & JsonValue {
  return typeof value === 'object' && value !== null
}
