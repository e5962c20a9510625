/** Lets requests of one connection in while there is room for them, so that a client costs a bounded amount. */
export class Admission {
  readonly #maxRequests: number
  readonly #maxBytes: number
  #requests = 0
  #bytes = 0
  #waiting: { readonly bytes: number; readonly enter: () => void } | undefined
  #idle: (() => void) | undefined

  /**
   * @param maxRequests - Requests under way at once
   * @param maxBytes - Bytes that they may hold together; a single larger request is let in alone
   */
  constructor(maxRequests: number, maxBytes: number) {
    this.#maxRequests = maxRequests
    this.#maxBytes = maxBytes
  }

  /** Lets a request in; gives a promise when it must wait, and then no other may ask before it is in. */
  enter(bytes: number): Promise<void> | undefined {
    if (this.#hasRoom(bytes)) {
      this.#take(bytes)
      return undefined
    }
    return new Promise((resolve) => {
      this.#waiting = { bytes, enter: resolve }
    })
  }

  /** Lets a request out that was let in with the same number of bytes. */
  leave(bytes: number): void {
    this.#requests--
    this.#bytes -= bytes
    const waiting = this.#waiting
    if (waiting !== undefined && this.#hasRoom(waiting.bytes)) {
      this.#waiting = undefined
      this.#take(waiting.bytes)
      waiting.enter()
    }
    if (this.#requests === 0) this.#idle?.()
  }

  /** Waits until no request is under way. */
  idle(): Promise<void> {
    if (this.#requests === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }

  #hasRoom(bytes: number): boolean {
    if (this.#requests === 0) return true
    return this.#requests < this.#maxRequests && this.#bytes + bytes <= this.#maxBytes
  }

  #take(bytes: number): void {
    this.#requests++
    this.#bytes += bytes
  }
}
