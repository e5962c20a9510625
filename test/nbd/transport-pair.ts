import { okAsync } from 'neverthrow'
import type { NbdDial, NbdTransport, NbdTransportSink } from '../../src/nbd/index.ts'

/** How many bytes are delivered at once, given how many are there; at least 1. */
export type Cut = (available: number) => number

/** One end of a stream of bytes inside this process. */
export class TransportEnd implements NbdTransport {
  readonly holdsTarget = false
  readonly #cut: Cut
  #peer: TransportEnd | undefined
  #sink: NbdTransportSink | undefined
  #incoming: { bytes: Uint8Array; flushed: (() => void) | undefined }[] = []
  #paused = false
  #ended = false
  #closed = false
  #scheduled = false
  /** Bytes that this end was sent and has not taken yet. */
  unread = 0
  /** All that was sent from here. */
  sent: Uint8Array[] = []

  constructor(cut: Cut) {
    this.#cut = cut
  }

  connectTo(peer: TransportEnd): void {
    this.#peer = peer
  }

  get isClosed(): boolean {
    return this.#closed
  }

  open(sink: NbdTransportSink): void {
    this.#sink = sink
    this.#schedule()
  }

  write(parts: readonly Uint8Array[], flushed?: () => void): void {
    for (const [index, part] of parts.entries()) {
      const last = index === parts.length - 1 ? flushed : undefined
      this.sent.push(part)
      if (this.#ended || this.#closed) queueMicrotask(() => last?.())
      else this.#peer?.receive(part, last)
    }
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#schedule()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#peer?.receive(undefined, undefined)
  }

  destroy(): void {
    this.#ended = true
    this.#peer?.receive(undefined, undefined)
    this.#close()
  }

  receive(bytes: Uint8Array | undefined, flushed: (() => void) | undefined): void {
    if (bytes === undefined) {
      this.#incoming.push({ bytes: new Uint8Array(0), flushed: () => this.#close() })
    } else {
      this.#incoming.push({ bytes, flushed })
      this.unread += bytes.length
    }
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    const sink = this.#sink
    if (sink === undefined) return
    while (!this.#paused) {
      const first = this.#incoming[0]
      if (first === undefined) return
      if (first.bytes.length === 0) {
        this.#incoming.shift()
        first.flushed?.()
        continue
      }
      if (this.#closed) {
        first.bytes = first.bytes.subarray(first.bytes.length)
        continue
      }
      const target = sink.target()
      const most = Math.min(first.bytes.length, target.length)
      const count = Math.max(1, Math.min(most, this.#cut(most)))
      target.set(first.bytes.subarray(0, count))
      first.bytes = first.bytes.subarray(count)
      this.unread -= count
      sink.received(count)
    }
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const { flushed } of this.#incoming.splice(0)) flushed?.()
    this.#sink?.closed()
  }
}

/** Makes two ends of one stream. */
export function transportPair(cut: Cut = (available) => available): [TransportEnd, TransportEnd] {
  const [a, b] = [new TransportEnd(cut), new TransportEnd(cut)]
  a.connectTo(b)
  b.connectTo(a)
  return [a, b]
}

/** Makes what a client dials with: each connection is given to `accept`. */
export function dialTo(accept: (transport: TransportEnd) => void, cut?: Cut): NbdDial {
  return () => {
    const [near, far] = transportPair(cut)
    accept(far)
    return okAsync(near)
  }
}

/** Lets everything happen that can happen without time passing. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
