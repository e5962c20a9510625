const sliceMs = 100

/**
 * Limits bytes a second as QEMU does: in slices of 100 ms, where the piece that exceeds a slice still goes through
 * and is paid for by the slices after it. The first piece always goes through.
 */
export class RateLimit {
  /** Bytes a second; 0 is unlimited. */
  speed = 0
  #sliceStart = 0
  #sliceEnd = -Infinity
  #dispatched = 0

  /** How many milliseconds to wait before the next piece. */
  delay(now: number): number {
    return this.account(now, 0)
  }

  /** Counts bytes, and says how many milliseconds to wait after them. */
  account(now: number, bytes: number): number {
    if (this.speed === 0) return 0
    if (this.#sliceEnd < now) {
      this.#sliceStart = now
      this.#sliceEnd = now + sliceMs
      this.#dispatched = 0
    }
    this.#dispatched += bytes
    const quota = Math.max(1, (this.speed * sliceMs) / 1000)
    if (this.#dispatched < quota) return 0
    this.#sliceEnd = this.#sliceStart + (this.#dispatched / quota) * sliceMs
    return Math.max(0, Math.ceil(this.#sliceEnd - now))
  }
}
