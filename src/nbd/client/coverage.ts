/** The most separate pieces that a reply may come in. */
const MAX_PIECES = 4096

/** Which bytes of a reply have come; no byte may come twice. */
export class Coverage {
  readonly #length: number
  /** Borders of the pieces that came, in ascending order: start, end, start, end … */
  readonly #borders: number[] = []
  #covered = 0

  /** @param length - Bytes that make the reply complete */
  constructor(length: number) {
    this.#length = length
  }

  get complete(): boolean {
    return this.#covered === this.#length
  }

  /** Notes a piece; `false` when it lies outside, overlaps another, or there are too many. */
  add(start: number, length: number): boolean {
    const end = start + length
    if (length <= 0 || start < 0 || end > this.#length) return false
    const borders = this.#borders
    let index = borders.length
    while (index > 0 && (borders[index - 2] ?? 0) >= end) index -= 2
    if (index > 0 && (borders[index - 1] ?? 0) > start) return false
    this.#insert(index, start, end)
    this.#covered += length
    return borders.length <= 2 * MAX_PIECES
  }

  /** Puts a piece before the borders at `index`, as one with the neighbours that it touches. */
  #insert(index: number, start: number, end: number): void {
    const borders = this.#borders
    const joinsBefore = index > 0 && borders[index - 1] === start
    const joinsAfter = borders[index] === end
    if (joinsBefore && joinsAfter) borders.splice(index - 1, 2)
    else if (joinsBefore) borders[index - 1] = end
    else if (joinsAfter) borders[index] = start
    else borders.splice(index, 0, start, end)
  }
}
