/** Bytes of a window are allocated in multiples of this, as a file system does. */
const windowUnit = 4096

/**
 * The content of one cluster: a window of bytes; everything outside of it in the cluster is zero.
 *
 * A page that two images hold is `shared` and is never written again: whoever writes takes a copy first. That makes
 * copying a cluster from image to image free.
 */
export class Page {
  /** Bytes from the start of the cluster to the first byte of the window. */
  readonly start: number
  readonly bytes: Uint8Array
  shared = false

  constructor(start: number, bytes: Uint8Array) {
    this.start = start
    this.bytes = bytes
  }

  /** A cluster that holds nothing but zeroes, as data. */
  static get zeroes(): Page {
    return allZero
  }

  /** Bytes from the start of the cluster to the end of the window. */
  get end(): number {
    return this.start + this.bytes.length
  }

  /** Copies `target.length` bytes from `at` in the cluster into `target`. */
  readInto(at: number, target: Uint8Array): void {
    const end = at + target.length
    const from = Math.max(at, this.start)
    const to = Math.min(end, this.end)
    if (from >= to) {
      target.fill(0)
      return
    }
    if (from > at) target.fill(0, 0, from - at)
    target.set(this.bytes.subarray(from - this.start, to - this.start), from - at)
    if (to < end) target.fill(0, to - at)
  }

  /**
   * Writes `source` at `at` in a cluster of `clusterSize` bytes.
   *
   * @returns The page that now holds the cluster: this one, or a new one when this one is shared or too narrow
   */
  write(clusterSize: number, at: number, source: Uint8Array): Page {
    const end = at + source.length
    if (!this.shared && at >= this.start && end <= this.end) {
      this.bytes.set(source, at - this.start)
      return this
    }
    const isReplaced = at <= this.start && end >= this.end
    if (isReplaced || this.bytes.length === 0) return Page.of(clusterSize, at, source)
    const page = Page.#blank(clusterSize, ...this.#widened(clusterSize, at, end))
    page.bytes.set(this.bytes, this.start - page.start)
    page.bytes.set(source, at - page.start)
    return page
  }

  /** A page that holds `source` at `at`, and zeroes around it. */
  static of(clusterSize: number, at: number, source: Uint8Array): Page {
    const end = at + source.length
    const aligned = at % windowUnit === 0 && (end % windowUnit === 0 || end === clusterSize)
    if (aligned) return new Page(at, source.slice())
    const page = Page.#blank(clusterSize, at, end)
    page.bytes.set(source, at - page.start)
    return page
  }

  /** Grows in steps of its own length, so that small writes one after the other do not copy the cluster each time. */
  #widened(clusterSize: number, at: number, end: number): [number, number] {
    const step = this.bytes.length
    const start = at < this.start ? Math.max(0, Math.min(at, this.start - step)) : this.start
    const stop = end > this.end ? Math.min(clusterSize, Math.max(end, this.end + step)) : this.end
    return [start, stop]
  }

  static #blank(clusterSize: number, at: number, end: number): Page {
    const start = at - (at % windowUnit)
    const stop = Math.min(clusterSize, Math.ceil(end / windowUnit) * windowUnit)
    return new Page(start, new Uint8Array(stop - start))
  }
}

const allZero = new Page(0, new Uint8Array())
allZero.shared = true
