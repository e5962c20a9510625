import type { NbdTransport } from './transport.ts'

/** Sends over a transport, and knows how much of it has not left yet. */
export class Outbox {
  readonly #transport: NbdTransport
  #pending = 0
  #waiting: (() => void)[] = []

  constructor(transport: NbdTransport) {
    this.#transport = transport
  }

  /** Bytes that were sent and have not left this process. */
  get pending(): number {
    return this.#pending
  }

  /**
   * Sends byte strings in order.
   *
   * @param flushed - Called when they have left
   */
  send(parts: readonly Uint8Array[], flushed?: () => void): void {
    let size = 0
    for (const part of parts) size += part.length
    this.#pending += size
    this.#transport.write(parts, () => {
      this.#pending -= size
      flushed?.()
      this.#wake()
    })
  }

  /** Waits until at most `limit` bytes have not left; `undefined` when that is so already. */
  room(limit: number): Promise<void> | undefined {
    if (this.#pending <= limit) return undefined
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.#pending <= limit) resolve()
        else this.#waiting.push(check)
      }
      this.#waiting.push(check)
    })
  }

  #wake(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const check of waiting) check()
  }
}
