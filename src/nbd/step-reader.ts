/** Nothing can be wanted at once that is longer than this, in bytes. */
export const MAX_STEP = 16_384

/**
 * What a protocol wants before its next step: a number of bytes in one piece, a memory to be filled, or that
 * something else settles first.
 */
export type Wait = number | Uint8Array | PromiseLike<unknown>

/**
 * A protocol as a sequence of steps. It yields what it waits for. For a number it gets that many bytes, which are
 * valid until its next `yield`; for memory it gets that memory, filled.
 */
export type Steps<T> = Generator<Wait, T, Uint8Array>

/** What a {@link StepReader} tells its owner. */
export interface StepReaderEvents {
  /** The steps are at their end; bytes that come later are dropped. */
  finished(): void
  /** A step threw, which is a defect, or something it waited for rejected. */
  failed(error: unknown): void
  /** The steps wait for something else than bytes; none are taken before they go on. */
  paused(): void
  resumed(): void
}

/**
 * Feeds bytes to the steps of a protocol, however they were cut on their way.
 *
 * Bytes of a large fill are received straight into its memory; only headers pass through a buffer.
 */
export class StepReader {
  readonly #steps: Steps<void>
  readonly #events: StepReaderEvents
  readonly #scratch = new Uint8Array(MAX_STEP)
  #start = 0
  #end = 0
  /** Bytes wanted in one piece; 0 while memory is filled. */
  #need = 0
  #fill: Uint8Array | undefined
  #filled = 0
  #state: 'ready' | 'paused' | 'over' = 'ready'
  #direct = false
  #safe: (() => void) | undefined

  constructor(steps: Steps<void>, events: StepReaderEvents) {
    this.#steps = steps
    this.#events = events
  }

  /** Bytes received that no step has taken yet. */
  get buffered(): number {
    return this.#end - this.#start
  }

  /** Runs the steps up to their first wait. */
  begin(): void {
    this.#run(this.#scratch.subarray(0, 0))
    this.#advance()
  }

  /** The memory that the next bytes belong into; empty only while the steps wait for something else. */
  target(): Uint8Array {
    const fill = this.#fill
    if (fill !== undefined && this.#state === 'ready') {
      this.#direct = true
      return this.#filled === 0 ? fill : fill.subarray(this.#filled)
    }
    this.#direct = false
    if (this.#state === 'over') return this.#scratch
    if (this.#start > 0) {
      this.#scratch.copyWithin(0, this.#start, this.#end)
      this.#end -= this.#start
      this.#start = 0
    }
    return this.#scratch.subarray(this.#end)
  }

  /** Takes bytes that were put at the start of the last {@link target}. */
  received(count: number): void {
    this.#releaseDiverted()
    if (this.#state === 'over') return
    if (this.#direct) this.#filled += count
    else this.#end += count
    if (this.#state === 'ready') this.#advance()
  }

  /** Ends the steps where they are; bytes that come later are dropped. */
  stop(): void {
    this.#state = 'over'
    this.#releaseDiverted()
    this.#fill = undefined
  }

  /**
   * Lets the rest of the present fill go nowhere.
   *
   * @param held - Whether the transport may still write once to the memory that it was given
   * @param safe - Called when nothing writes to the memory any more
   */
  divert(held: boolean, safe: () => void): void {
    const fill = this.#fill
    if (fill !== undefined) {
      const rest = new Uint8Array(fill.length)
      this.#fill = rest
    }
    if (held && this.#direct && this.#state !== 'over') this.#safe = safe
    else safe()
  }

  #releaseDiverted(): void {
    const safe = this.#safe
    this.#safe = undefined
    safe?.()
  }

  /** Runs steps as long as what they want is there. */
  #advance(): void {
    while (this.#state === 'ready') {
      const fill = this.#fill
      if (fill === undefined) {
        if (this.buffered < this.#need) return
        const from = this.#start
        this.#start += this.#need
        this.#run(this.#scratch.subarray(from, this.#start))
      } else {
        this.#takeBuffered(fill)
        if (this.#filled < fill.length) return
        this.#fill = undefined
        this.#direct = false
        this.#run(fill)
      }
    }
  }

  #takeBuffered(fill: Uint8Array): void {
    const count = Math.min(this.buffered, fill.length - this.#filled)
    if (count === 0) return
    fill.set(this.#scratch.subarray(this.#start, this.#start + count), this.#filled)
    this.#start += count
    this.#filled += count
  }

  #run(bytes: Uint8Array): void {
    try {
      const step = this.#steps.next(bytes)
      if (this.#state === 'over') return
      if (step.done === true) this.#finish()
      else this.#await(step.value)
    } catch (error) {
      this.stop()
      this.#events.failed(error)
    }
  }

  #finish(): void {
    this.stop()
    this.#events.finished()
  }

  #await(wait: Wait): void {
    if (typeof wait === 'number') {
      if (wait > MAX_STEP) throw new Error(`A step wants ${wait} bytes at once`)
      this.#need = wait
    } else if (wait instanceof Uint8Array) {
      this.#fill = wait
      this.#filled = 0
    } else {
      this.#pauseFor(wait)
    }
  }

  #pauseFor(wait: PromiseLike<unknown>): void {
    this.#state = 'paused'
    this.#events.paused()
    wait.then(
      () => this.#resume(),
      (error: unknown) => {
        if (this.#state === 'over') return
        this.stop()
        this.#events.failed(error)
      },
    )
  }

  #resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'ready'
    this.#run(this.#scratch.subarray(0, 0))
    this.#advance()
    if (this.#state === 'ready') this.#events.resumed()
  }
}

/** Takes bytes in pieces and forgets them. */
export function* skip(length: number): Steps<void> {
  for (let left = length; left > 0; left -= Math.min(left, MAX_STEP)) {
    yield Math.min(left, MAX_STEP)
  }
}
