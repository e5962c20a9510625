import { encodeClientFlags, encodeOption } from '../../src/nbd/codec/handshake.ts'
import { encodeInfoRequest, encodeMetaContextRequest } from '../../src/nbd/codec/option-data.ts'
import { encodeRequest } from '../../src/nbd/codec/request.ts'
import { NbdServer, type NbdServerOptions } from '../../src/nbd/index.ts'
import { settle, transportPair, type Cut, type TransportEnd } from './transport-pair.ts'

/** A reply of the transmission phase, as it was on the wire. */
export type WireReply =
  | { readonly kind: 'simple'; readonly cookie: bigint; readonly error: number }
  | {
      readonly kind: 'chunk'
      readonly cookie: bigint
      readonly done: boolean
      readonly type: number
      readonly payload: Uint8Array
    }

/** A client that sends what it is told and shows what comes back, without understanding it. */
export class Conversation {
  readonly server: NbdServer
  readonly end: TransportEnd
  readonly #received: number[] = []
  #taken = 0
  #cookie = 0n
  isClosed = false

  private constructor(server: NbdServer, end: TransportEnd) {
    this.server = server
    this.end = end
  }

  /** Connects to a server of its own; `flags` are the client's, or `none` is sent. */
  static start(options: NbdServerOptions, flags: number | 'none' = 3, cut?: Cut): Conversation {
    const server = NbdServer.create(options)._unsafeUnwrap()
    const [near, far] = transportPair(cut)
    const conversation = new Conversation(server, near)
    const buffer = new Uint8Array(65_536)
    near.open({
      target: () => buffer,
      received: (count) => {
        for (const byte of buffer.subarray(0, count)) conversation.#received.push(byte)
      },
      closed: () => {
        conversation.isClosed = true
      },
    })
    server.accept(far)
    if (flags !== 'none') {
      conversation.send(encodeClientFlags(flags))
      conversation.#taken = 18
    }
    return conversation
  }

  send(...parts: Uint8Array[]): void {
    this.end.write(parts)
  }

  /** Sends an option, and gives the types and data of what is answered. */
  async option(option: number, data: Uint8Array = new Uint8Array(0)): Promise<[number, string][]> {
    this.send(encodeOption(option, data))
    await settle()
    const replies: [number, string][] = []
    while (this.#received.length - this.#taken >= 20) {
      const view = new DataView(this.#take(20).buffer)
      const bytes = this.#take(view.getUint32(16))
      const type = view.getUint32(12)
      const text = type > 0x8000_0000 || type === 2 ? ascii(bytes) : hexOf(bytes)
      replies.push([type, text])
    }
    return replies
  }

  info(option: number, name: string, requests: number[] = [3]): Promise<[number, string][]> {
    return this.option(option, encodeInfoRequest({ name, requests }))
  }

  meta(option: number, name: string, queries: string[]): Promise<[number, string][]> {
    return this.option(option, encodeMetaContextRequest({ name, queries }))
  }

  /** Begins the transmission phase with structured replies and contexts. */
  async go(name: string, contexts: string[] = []): Promise<void> {
    await this.option(8)
    if (contexts.length > 0) await this.meta(10, name, contexts)
    await this.info(7, name)
  }

  /** Sends a request, and gives the replies that come. */
  async request(
    command: number,
    offset: number | bigint,
    length: number,
    flags = 0,
    payload: Uint8Array = new Uint8Array(0),
  ): Promise<WireReply[]> {
    const cookie = ++this.#cookie
    this.send(encodeRequest({ flags, command, cookie, offset: BigInt(offset), length }), payload)
    await settle()
    return this.replies()
  }

  /** Takes the replies that came, when no simple reply has data. */
  replies(): WireReply[] {
    const replies: WireReply[] = []
    while (this.#received.length - this.#taken >= 16) {
      const view = new DataView(this.#take(16).buffer)
      const cookie = view.getBigUint64(8)
      if (view.getUint32(0) === 0x6744_6698) {
        replies.push({ kind: 'simple', cookie, error: view.getUint32(4) })
        continue
      }
      const length = new DataView(this.#take(4).buffer).getUint32(0)
      const payload = this.#take(length)
      const done = (view.getUint16(4) & 1) !== 0
      replies.push({ kind: 'chunk', cookie, done, type: view.getUint16(6), payload })
    }
    return replies
  }

  /** Everything that came and was not taken. */
  rest(): Uint8Array {
    return this.#take(this.#received.length - this.#taken)
  }

  #take(length: number): Uint8Array {
    const bytes = Uint8Array.from(this.#received.slice(this.#taken, this.#taken + length))
    this.#taken += bytes.length
    return bytes
  }
}

/** Shows a reply in one line: type, and what the payload says. */
export function shown(reply: WireReply): string {
  if (reply.kind === 'simple') return `simple ${reply.error}`
  const view = new DataView(reply.payload.buffer)
  const end = reply.done ? ' done' : ''
  switch (reply.type) {
    case 0:
      return `none${end}`
    case 1:
      return `data ${view.getBigUint64(0)}+${reply.payload.length - 8}${end}`
    case 2:
      return `hole ${view.getBigUint64(0)}+${view.getUint32(8)}${end}`
    case 5: {
      const pairs: string[] = []
      for (let at = 4; at < reply.payload.length; at += 8) {
        pairs.push(`${view.getUint32(at)}:${view.getUint32(at + 4)}`)
      }
      return `status ${view.getUint32(0)} ${pairs.join(' ')}${end}`
    }
    default:
      return `error ${view.getUint32(0)} ${ascii(reply.payload.subarray(6))}${end}`
  }
}

export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
