import {
  formatJson,
  type JsonObject,
  parseJson,
  QmpClient,
  type QmpClientOptions,
  type QmpReceiver,
  type QmpTransport,
} from '../../src/qmp/index.ts'
import { isObject } from '../../src/qmp/guard.ts'

export const GREETING: JsonObject = {
  QMP: {
    version: { qemu: { major: 7, minor: 2, micro: 22 }, package: 'Debian' },
    capabilities: ['oob'],
  },
}

/** The other end of a connection in memory: sees what is sent, and says what it is told to say. */
export class MemoryPeer implements QmpTransport {
  /** All messages that came. */
  readonly received: JsonObject[] = []
  /** All bytes that came. */
  readonly bytes: Uint8Array[] = []
  isClosed = false
  /** Called for each message that comes. */
  onMessage: (message: JsonObject) => void = () => undefined
  #receiver: QmpReceiver | undefined

  start(receiver: QmpReceiver): void {
    this.#receiver = receiver
  }

  send(bytes: Uint8Array): void {
    this.bytes.push(bytes)
    for (const line of new TextDecoder()
      .decode(bytes.filter((byte) => byte !== 0xff))
      .split('\n')) {
      const message = parseJson(line).unwrapOr(null)
      if (!isObject(message)) continue
      this.received.push(message)
      this.onMessage(message)
    }
  }

  close(): void {
    this.isClosed = true
  }

  /** Says a message, a text as it is, or bytes. */
  say(what: JsonObject | string | Uint8Array): void {
    const bytes = what instanceof Uint8Array ? what : new TextEncoder().encode(toText(what))
    queueMicrotask(() => this.#receiver?.data(bytes))
  }

  /** Answers the message with a value. */
  answer(message: JsonObject | undefined, value: JsonObject[string]): void {
    this.say({ return: value, id: message?.['id'] ?? null })
  }

  hangUp(error?: Error): void {
    queueMicrotask(() => this.#receiver?.closed(error))
  }
}

function toText(what: JsonObject | string): string {
  return typeof what === 'string' ? what : `${formatJson(what)._unsafeUnwrap()}\r\n`
}

/** Lets everything happen that is under way in memory. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** A client and its peer, after the negotiation; what came during it is forgotten. */
export async function connected(
  options: QmpClientOptions = {},
): Promise<{ client: QmpClient; peer: MemoryPeer }> {
  const peer = new MemoryPeer()
  peer.onMessage = (message) => peer.answer(message, {})
  const opening = QmpClient.open(peer, options)
  peer.say(GREETING)
  const client = (await opening)._unsafeUnwrap()
  peer.onMessage = () => undefined
  peer.received.length = 0
  peer.bytes.length = 0
  return { client, peer }
}
