/**
 * A set of non-negative integers kept as sorted, disjoint runs.
 *
 * Costs one pair of numbers a run whatever its length, so that "all zero" of a huge image is one entry.
 */
export class RunSet {
  readonly #starts: number[] = []
  readonly #ends: number[] = []

  /** True when the set holds nothing. */
  get isEmpty(): boolean {
    return this.#starts.length === 0
  }

  /** How many integers the set holds. */
  get size(): number {
    let size = 0
    for (let i = 0; i < this.#starts.length; i++) size += this.#end(i) - this.#start(i)
    return size
  }

  /** The end (exclusive) of the run that holds `value`; absent when it is in none. */
  endOfRunAt(value: number): number | undefined {
    const i = this.#firstEndingAfter(value)
    return i < this.#starts.length && this.#start(i) <= value ? this.#end(i) : undefined
  }

  /** The first integer of the set at or after `value`; Infinity when there is none. */
  nextFrom(value: number): number {
    const i = this.#firstEndingAfter(value)
    return i < this.#starts.length ? Math.max(value, this.#start(i)) : Infinity
  }

  /** Adds `[start, end)`. */
  add(start: number, end: number): void {
    if (end <= start) return
    // Runs that touch the new one are merged into it, hence `start - 1`.
    const first = this.#firstEndingAfter(start - 1)
    let last = first
    let [from, to] = [start, end]
    while (last < this.#starts.length && this.#start(last) <= end) {
      from = Math.min(from, this.#start(last))
      to = Math.max(to, this.#end(last))
      last++
    }
    this.#replace(first, last - first, [[from, to]])
  }

  /** Removes `[start, end)`. */
  remove(start: number, end: number): void {
    if (end <= start) return
    const first = this.#firstEndingAfter(start)
    const kept: (readonly [number, number])[] = []
    let last = first
    while (last < this.#starts.length && this.#start(last) < end) {
      if (this.#start(last) < start) kept.push([this.#start(last), start])
      if (this.#end(last) > end) kept.push([end, this.#end(last)])
      last++
    }
    if (last > first) this.#replace(first, last - first, kept)
  }

  #start(index: number): number {
    return this.#starts[index] ?? Infinity
  }

  #end(index: number): number {
    return this.#ends[index] ?? Infinity
  }

  #firstEndingAfter(value: number): number {
    let [low, high] = [0, this.#ends.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#end(middle) > value) high = middle
      else low = middle + 1
    }
    return low
  }

  #replace(index: number, count: number, runs: readonly (readonly [number, number])[]): void {
    this.#starts.splice(index, count, ...runs.map(([start]) => start))
    this.#ends.splice(index, count, ...runs.map(([, end]) => end))
  }
}
