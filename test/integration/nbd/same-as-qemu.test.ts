import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { encodeClientFlags, encodeOption } from '../../../src/nbd/codec/handshake.ts'
import { encodeInfoRequest, encodeMetaContextRequest } from '../../../src/nbd/codec/option-data.ts'
import { encodeRequest } from '../../../src/nbd/codec/request.ts'
import { dirtyDescriptors, NbdServer, type NbdExport } from '../../../src/nbd/index.ts'
import { need, output, withFolder, withServer } from './programs.ts'

const MiB = 0x10_0000
const SIZE = 64 * MiB
const ALLOCATION = 'base:allocation'
const BITMAP = 'qemu:dirty-bitmap:b0'

const none: Uint8Array = new Uint8Array(0)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const hello = (flags = 3): Uint8Array => encodeClientFlags(flags)
const option = (code: number, data = none): Uint8Array => encodeOption(code, data)
const info = (code: number, name: string, requests: number[] = [3]): Uint8Array =>
  option(code, encodeInfoRequest({ name, requests }))
const meta = (code: number, name: string, queries: string[]): Uint8Array =>
  option(code, encodeMetaContextRequest({ name, queries }))
const structured = option(8)
const go = (name: string): Uint8Array => info(7, name)
let cookie = 0n
const ask = (command: number, offset: number | bigint, length: number, flags = 0): Uint8Array =>
  encodeRequest({ flags, command, cookie: ++cookie, offset: BigInt(offset), length })

/** What a client sends, message by message. Replies to it must be the same, byte for byte. */
const conversations: Record<string, readonly Uint8Array[]> = {
  LIST: [hello(), option(3), option(3, bytes('x'))],
  'unknown options': [hello(), option(4), option(11), option(99, bytes('abc'))],
  STARTTLS: [hello(), option(5), option(5, bytes('x'))],
  ABORT: [hello(), option(2)],
  'ABORT with data': [hello(), option(2, bytes('xyz'))],
  'INFO with every request': [
    hello(),
    ...[[], [0], [1], [2], [3], [0, 1, 2, 3, 77]].map((requests) => info(6, 'ro', requests)),
  ],
  'INFO on what is not there': [hello(), info(6, 'nosuch'), info(6, ''), info(7, '')],
  'INFO on a writable export': [hello(), info(6, 'rw'), structured, info(6, 'rw')],
  'STRUCTURED_REPLY twice': [hello(), structured, structured, option(8, bytes('x'))],
  'GO with bad lengths': [
    hello(),
    option(7),
    option(7, Uint8Array.of(0, 0, 16, 1)),
    option(7, Uint8Array.of(0, 0, 0, 5)),
    option(7, Uint8Array.of(0, 0, 0, 2, 114, 111, 0, 5)),
    option(7, Uint8Array.of(0, 0, 0, 2, 114, 111, 0, 0, 0)),
    option(7, Uint8Array.of(0, 0, 0, 2, 114, 0, 0, 0)),
  ],
  'metadata contexts before structured replies': [
    hello(),
    meta(9, 'ro', []),
    meta(10, 'ro', [ALLOCATION]),
  ],
  'metadata contexts': [
    hello(),
    structured,
    ...[
      [],
      ['base:'],
      ['qemu:'],
      ['qemu:dirty-bitmap:'],
      ['qemu:dirty-'],
      ['x:', 'b', 'base:all'],
      [BITMAP, ALLOCATION],
    ].map((queries) => meta(9, 'ro', queries)),
    meta(9, 'nosuch', []),
    ...[[BITMAP, ALLOCATION], [], ['base:', 'qemu:'], [ALLOCATION, ALLOCATION]].map((queries) =>
      meta(10, 'ro', queries),
    ),
    meta(10, 'nosuch', [ALLOCATION]),
  ],
  'no fixed newstyle': [hello(0), option(3)],
  'EXPORT_NAME with zeroes': [hello(1), option(1, bytes('ro'))],
  'EXPORT_NAME without fixed newstyle': [hello(0), option(1, bytes('ro'))],
  'EXPORT_NAME of nothing': [hello(), option(1, bytes('zz'))],
  'unknown client flags': [hello(4), structured],
  'another option magic': [hello(), bytes('IHAVEOPQ00000000')],
  'commands on a read-only export': [
    hello(),
    structured,
    meta(10, 'ro', [ALLOCATION, BITMAP]),
    go('ro'),
    ask(0, 0, 2 * MiB),
    ask(0, 0, 2 * MiB, 4),
    ask(0, 0, 0),
    ask(0, SIZE - 512, 512),
    ask(0, SIZE, 0),
    ask(0, SIZE, 512),
    ask(0, SIZE + 1, 0),
    ask(0, 1n << 63n, 512),
    ask(0, 0, 34_603_008),
    ask(1, 0, 3),
    bytes('abc'),
    ask(1, SIZE, 3),
    bytes('abc'),
    ask(4, 0, 512),
    ask(6, 0, 512),
    ask(3, 0, 0),
    ask(3, 5, 5),
    ask(5, 0, 512),
    ask(5, 0, 64 * MiB),
    ask(7, 0, SIZE, 8),
    ask(7, MiB + 1, 100),
    ask(7, 0, 0),
    ask(7, SIZE - 1, 2),
    ask(99, 0, 0),
    ask(99, 0, 0, 1),
    ask(99, 0, 0, 2),
    ask(8, 0, 0),
    ask(0, 0, 16, 8),
    ask(0, 0, 16, 1),
    ask(0, 0, 16, 0x8000),
    ask(5, 0, 16, 2),
    ask(3, 0, 0, 1),
    ask(7, 0, 16, 4),
    ask(7, 0, 512, 1),
    ask(7, 0, SIZE),
    ask(2, 0, 0),
  ],
  'commands without contexts': [hello(), structured, go('ro'), ask(7, 0, 512), ask(0, 1000, 2000)],
  'contexts of another export': [
    hello(),
    structured,
    meta(10, 'ro', [ALLOCATION]),
    go('rw'),
    ask(7, 0, 512),
  ],
  'commands without structured replies': [
    hello(),
    go('ro'),
    ask(7, 0, 512),
    ask(0, MiB, 64),
    ask(0, SIZE, 64),
    ask(0, 0, 64, 4),
    ask(0, 0, 34_603_008),
    ask(3, 0, 0),
    ask(0, 0, 0),
  ],
  'commands on a writable export': [
    hello(),
    structured,
    meta(10, 'rw', [ALLOCATION]),
    go('rw'),
    ask(1, 0, 3),
    bytes('abc'),
    ask(1, SIZE - 1, 2),
    bytes('ab'),
    ask(4, SIZE, 512),
    ask(6, SIZE, 512),
    ask(6, 0, 512, 2),
    ask(6, 0, 512, 4),
    ask(1, 0, 0),
    ask(4, 0, 0),
    ask(6, 0, 0),
    ask(5, 0, 0),
    ask(4, 0, 512, 2),
    ask(1, 0, 1, 2),
    bytes('x'),
    ask(1, 0, 1, 1),
    bytes('y'),
    ask(4, 0, 512, 1),
    ask(6, 0, 512, 3),
  ],
  'a write that is too long': [hello(), structured, go('rw'), ask(1, 0, 34_603_008)],
  DISC: [hello(), structured, go('rw'), ask(2, 0, 0)],
}

/** A client that sends a conversation, and keeps what comes back. */
class Talk {
  readonly #received: Uint8Array[] = []
  readonly #socket: Socket
  #closed = false

  constructor(path: string) {
    this.#socket = connect(path)
    this.#socket.on('error', () => {})
    this.#socket.on('data', (chunk: Uint8Array) => this.#received.push(chunk))
    this.#socket.on('close', () => (this.#closed = true))
  }

  async say(messages: readonly Uint8Array[]): Promise<void> {
    for (const message of messages) {
      if (!this.#closed) this.#socket.write(message)
      // A server that hangs up on one message must not find the next one unread: its last words would be lost.
      await sleep(5)
    }
  }

  hangUp(): void {
    this.#socket.destroy()
  }

  /** What came so far. Replies to commands are in the order of their requests, since servers may answer in any. */
  heard(): string[] {
    const { handshake, replies } = readable(Buffer.concat(this.#received))
    const inOrder = replies.toSorted((one, other) => one.cookie - other.cookie)
    const end = this.#closed ? 'closed' : 'open'
    return [...handshake, ...inOrder.map(({ cookie: id, text }) => `${id} ${text}`), end]
  }
}

/** Divides what a server said into messages; long ones are shown by their start and a sum of all their bytes. */
function readable(all: Buffer): {
  handshake: string[]
  replies: { cookie: number; text: string }[]
} {
  const handshake = [all.subarray(0, 18).toString('hex')]
  const replies: { cookie: number; text: string }[] = []
  for (let at = 18; at < all.length;) {
    const magic = all.length - at >= 20 ? all.readUInt32BE(at) : 0
    const isOption = magic === 0x0003_e889
    const isChunk = magic === 0x668e_33ef
    const isSimple = all.length - at >= 16 && all.readUInt32BE(at) === 0x6744_6698
    const header = isSimple ? 16 : 20
    const length = isOption || isChunk ? all.readUInt32BE(at + 16) : 0
    if (!isOption && !isChunk && !isSimple) {
      handshake.push(shortened(all.subarray(at)))
      break
    }
    const text = shortened(all.subarray(at, at + header + length))
    if (isOption) handshake.push(text)
    else replies.push({ cookie: Number(all.readBigUInt64BE(at + 8)), text })
    at += header + length
  }
  return { handshake, replies }
}

function shortened(message: Buffer): string {
  const sum = message.reduce((so, byte, at) => (so * 31 + byte + at) % 1_000_000_007, 0)
  return `${message.subarray(0, 100).toString('hex')} ${message.length} ${sum}`
}

/** Waits until both have heard the same, or for so long that they never will. */
async function settled([theirs, mine]: readonly [Talk, Talk]): Promise<void> {
  for (let waited = 0; waited < 5000; waited += 50) {
    await sleep(50)
    if (theirs.heard().join() === mine.heard().join()) return
  }
}

const data = [
  { offset: MiB, length: MiB, byte: 17 },
  { offset: 40 * MiB, length: 65_536, byte: 34 },
]

function ours(): NbdExport[] {
  const disk = { size: SIZE, read: (_: number, length: number) => ok(new Uint8Array(length)) }
  return [
    {
      ...disk,
      name: 'ro',
      contexts: [BITMAP],
      read: (offset, length) => {
        const content = new Uint8Array(length)
        for (const part of data) {
          const start = Math.min(length, Math.max(0, part.offset - offset))
          const end = Math.min(length, Math.max(0, part.offset + part.length - offset))
          content.fill(part.byte, start, end)
        }
        return ok(content)
      },
      extents: (context, offset, length) => {
        const written = [...dirtyDescriptors(data, offset, length)]
        if (context === BITMAP) return ok(written)
        return ok(written.map((part) => ({ length: part.length, flags: part.flags === 1 ? 0 : 3 })))
      },
    },
    {
      ...disk,
      name: 'rw',
      write: () => ok(undefined),
      zero: () => ok(undefined),
      trim: () => ok(undefined),
      extents: (_, __, length) => ok([{ length, flags: 3 }]),
    },
  ]
}

const qemu = need('storageDaemon', 'qemuImg', 'qemuIo')
describe.skipIf(qemu.isMissing)(`our server says what QEMU says${qemu.note}`, () => {
  it('in every conversation, byte for byte', () =>
    withFolder(async (folder) => {
      const image = join(folder, 'a.qcow2')
      await output('qemuImg', 'create', '-q', '-f', 'qcow2', image, '64M')
      await output('qemuImg', 'bitmap', '--add', '-g', '65536', image, 'b0')
      const writes = data.flatMap(({ offset, length, byte }) => [
        '-c',
        `write -P ${byte} ${offset} ${length}`,
      ])
      await output('qemuIo', '-f', 'qcow2', ...writes, image)
      await output('qemuImg', 'bitmap', '--disable', image, 'b0')
      const [theirs, mine] = [join(folder, 'q.sock'), join(folder, 'o.sock')]
      const daemon = [
        `--blockdev=driver=file,node-name=f,filename=${image}`,
        '--blockdev=driver=qcow2,node-name=q,file=f',
        `--blockdev=driver=null-co,node-name=n,size=${SIZE},read-zeroes=on`,
        `--nbd-server=addr.type=unix,addr.path=${theirs},max-connections=100`,
        '--export=type=nbd,id=e0,node-name=q,name=ro,bitmaps.0=b0,writable=off',
        '--export=type=nbd,id=e1,node-name=n,name=rw,writable=on',
      ]
      const server = (await NbdServer.listen({ path: mine }, { exports: ours() }))._unsafeUnwrap()
      await withServer('storageDaemon', daemon, theirs, async () => {
        for (const [title, messages] of Object.entries(conversations)) {
          const talks = [new Talk(theirs), new Talk(mine)] as const
          await Promise.all(talks.map((talk) => talk.say(messages)))
          await settled(talks)
          const [expected, said] = talks.map((talk) => talk.heard())
          expect({ title, said }).toStrictEqual({ title, said: expected })
          for (const talk of talks) talk.hangUp()
        }
      })
      await server.close()
    }))
})
