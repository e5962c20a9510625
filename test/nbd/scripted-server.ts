import {
  encodeDataChunkHeader,
  encodeErrorChunk,
  encodeHoleChunk,
  encodeNoneChunk,
  encodeSimpleReply,
} from '../../src/nbd/codec/reply.ts'
import { decodeRequest, type NbdRequest } from '../../src/nbd/codec/request.ts'
import {
  decodeOptionHeader,
  encodeExportNameReply,
  encodeGreeting,
  encodeOptionReply,
} from '../../src/nbd/codec/handshake.ts'
import { encodeInfo, encodeMetaContext } from '../../src/nbd/codec/option-data.ts'
import { NbdClient, type NbdConnectOptions, type NbdError } from '../../src/nbd/index.ts'
import type { Result } from 'neverthrow'
import { dialTo, type TransportEnd } from './transport-pair.ts'

/** How a scripted server behaves; what is not said it does as a plain server would. */
export interface Script {
  /** The whole greeting. */
  readonly greeting?: Uint8Array
  /** What an option is answered with; `undefined` for the plain answer, empty for none. */
  readonly option?: (option: number, data: Uint8Array) => Uint8Array[] | undefined
  /** What a request is answered with. */
  readonly request?: (request: NbdRequest, payload: Uint8Array, server: ScriptedServer) => void
  readonly size?: bigint
  readonly flags?: number
  readonly blockSize?: { minimum: number; preferred: number; maximum: number }
}

const empty = new Uint8Array(0)

/** A server that does what its script says, right or wrong. */
export class ScriptedServer {
  readonly #script: Script
  readonly #end: TransportEnd
  #buffer = empty
  #phase: 'flags' | 'options' | 'requests' = 'flags'
  readonly requests: NbdRequest[] = []
  readonly options: number[] = []

  constructor(script: Script, end: TransportEnd) {
    this.#script = script
    this.#end = end
    const chunk = new Uint8Array(65_536)
    end.open({
      target: () => chunk,
      received: (count) => this.#take(chunk.slice(0, count)),
      closed: () => {},
    })
    this.send(script.greeting ?? encodeGreeting(3))
  }

  send(...parts: Uint8Array[]): void {
    this.#end.write(parts)
  }

  hangUp(): void {
    this.#end.end()
  }

  simple(request: NbdRequest, error = 0, data: Uint8Array = empty): void {
    this.send(encodeSimpleReply({ error, cookie: request.cookie }), data)
  }

  data(request: NbdRequest, offset: number, data: Uint8Array, done: boolean): void {
    this.send(
      encodeDataChunkHeader(request.cookie, done ? 1 : 0, BigInt(offset), data.length),
      data,
    )
  }

  hole(request: NbdRequest, offset: number, length: number, done: boolean): void {
    this.send(encodeHoleChunk(request.cookie, done ? 1 : 0, { offset: BigInt(offset), length }))
  }

  none(request: NbdRequest): void {
    this.send(encodeNoneChunk(request.cookie))
  }

  error(request: NbdRequest, errno: number, text: string): void {
    this.send(encodeErrorChunk(request.cookie, errno, text))
  }

  #take(bytes: Uint8Array): void {
    this.#buffer = Uint8Array.of(...this.#buffer, ...bytes)
    while (this.#step()) continue
  }

  #step(): boolean {
    switch (this.#phase) {
      case 'flags':
        if (this.#cut(4) === undefined) return false
        this.#phase = 'options'
        return true
      case 'options': {
        if (this.#buffer.length < 16) return false
        const { option, length } = decodeOptionHeader(this.#buffer.subarray(0, 16))._unsafeUnwrap()
        const message = this.#cut(16 + length)
        if (message === undefined) return false
        this.options.push(option)
        this.#answer(option, message.subarray(16))
        return true
      }
      case 'requests': {
        if (this.#buffer.length < 28) return false
        const request = decodeRequest(this.#buffer.subarray(0, 28))._unsafeUnwrap()
        const message = this.#cut(request.command === 1 ? 28 + request.length : 28)
        if (message === undefined) return false
        this.requests.push(request)
        this.#script.request?.(request, message.slice(28), this)
        return true
      }
    }
  }

  #answer(option: number, data: Uint8Array): void {
    if (option === 1 || option === 7) this.#phase = 'requests'
    const scripted = this.#script.option?.(option, data)
    this.send(...(scripted ?? this.#plainAnswer(option)))
    const last = scripted?.at(-1)
    // An export that is refused leaves the client where it was.
    if (option === 7 && last !== undefined && (last[12] ?? 0) >= 0x80) this.#phase = 'options'
  }

  #plainAnswer(option: number): Uint8Array[] {
    const size = this.#script.size ?? 1_048_576n
    const flags = this.#script.flags ?? 0x5ed
    const blockSize = this.#script.blockSize ?? { minimum: 1, preferred: 4096, maximum: 0x200_0000 }
    const ack = encodeOptionReply(option, 1, empty)
    switch (option) {
      case 1:
        return [encodeExportNameReply({ size, flags }, false)]
      case 7:
        return [
          encodeOptionReply(7, 3, encodeInfo({ type: 'block-size', blockSize })),
          encodeOptionReply(7, 3, encodeInfo({ type: 'export', size, flags })),
          ack,
        ]
      case 10:
        return [
          encodeOptionReply(10, 4, encodeMetaContext({ id: 7, name: 'base:allocation' })),
          ack,
        ]
      default:
        return [ack]
    }
  }

  #cut(length: number): Uint8Array | undefined {
    if (this.#buffer.length < length) return undefined
    const bytes = this.#buffer.slice(0, length)
    this.#buffer = this.#buffer.slice(length)
    return bytes
  }
}

/** Connects a client to scripted servers, one for each connection. */
export async function connectTo(
  script: Script,
  options: NbdConnectOptions = {},
): Promise<{ client: Result<NbdClient, NbdError>; servers: ScriptedServer[] }> {
  const servers: ScriptedServer[] = []
  const dial = dialTo((end) => servers.push(new ScriptedServer(script, end)))
  const client = await NbdClient.connect('nbd://test/vda', { dial, ...options })
  return { client, servers }
}
