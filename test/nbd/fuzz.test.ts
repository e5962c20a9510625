import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { encodeClientFlags, encodeOption } from '../../src/nbd/codec/handshake.ts'
import { encodeInfoRequest, encodeMetaContextRequest } from '../../src/nbd/codec/option-data.ts'
import { encodeRequest } from '../../src/nbd/codec/request.ts'
import { memoryExport, NbdClient, NbdServer, type NbdExport } from '../../src/nbd/index.ts'
import { BITMAP, pullExport } from './exports.ts'
import { Chance, mutate } from './mutation.ts'
import { dialTo, settle, transportPair, type TransportEnd } from './transport-pair.ts'

// Each run is another seed, so that what is found once can be looked at again: set SEED to it.
const seed = Number(process.env['SEED'] ?? 20_261_121)
const CONVERSATIONS = 20_000

const disk = {
  size: 20_000,
  allocation: [
    { length: 5000, flags: 3 },
    { length: 12_000, flags: 0 },
    { length: 3000, flags: 3 },
  ],
  dirty: [{ offset: 4000, length: 3000 }],
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** Conversations that a good client could hold, as the bytes that it sends. */
function goodConversations(): Uint8Array[] {
  const request = (command: number, offset: number, length: number, flags = 0): Uint8Array =>
    encodeRequest({
      command,
      flags,
      cookie: BigInt(command * 1000 + length),
      offset: BigInt(offset),
      length,
    })
  const contexts = encodeMetaContextRequest({ name: 'vda', queries: ['base:allocation', BITMAP] })
  const go = (name: string): Uint8Array =>
    encodeOption(7, encodeInfoRequest({ name, requests: [3] }))
  const none = new Uint8Array(0)
  return [
    join([
      encodeClientFlags(3),
      encodeOption(8, none),
      encodeOption(10, contexts),
      go('vda'),
      request(0, 4000, 2000),
      request(0, 6000, 1000, 4),
      request(7, 0, 20_000),
      request(7, 100, 5000, 8),
      request(5, 0, 100),
      request(3, 0, 0),
      request(2, 0, 0),
    ]),
    join([
      encodeClientFlags(3),
      encodeOption(3, none),
      encodeOption(9, contexts),
      encodeOption(6, encodeInfoRequest({ name: 'rw', requests: [1, 2, 3] })),
      encodeOption(8, none),
      go('rw'),
      request(1, 300, 40),
      new Uint8Array(40).fill(65),
      request(6, 0, 4096, 2),
      request(4, 4096, 4096, 1),
      request(0, 0, 8192),
      request(99, 0, 0),
      request(2, 0, 0),
    ]),
    join([
      encodeClientFlags(1),
      encodeOption(1, new TextEncoder().encode('vda')),
      request(0, 5000, 100),
      request(0, 0, 0),
      request(2, 0, 0),
    ]),
  ]
}

/** An export whose memory is small, and that throws when it is asked for anything outside of it. */
function strictDisk(): NbdExport {
  const memory = memoryExport('rw', disk.size)._unsafeUnwrap()
  const check = (offset: number, length: number): void => {
    if (offset < 0 || length <= 0 || offset + length > disk.size) {
      outside.push(`${length} bytes at ${offset}`)
    }
  }
  return {
    name: 'rw',
    size: disk.size,
    read: (offset, length) => {
      check(offset, length)
      return memory.read(offset, length)
    },
    write: (offset, data) => {
      check(offset, data.length)
      return memory.write?.(offset, data) ?? memory.read(0, 0).map(() => undefined)
    },
    zero: (offset, length, options) => {
      check(offset, length)
      return memory.zero?.(offset, length, options) ?? memory.read(0, 0).map(() => undefined)
    },
    trim: (offset, length) => {
      check(offset, length)
      return memory.trim?.(offset, length) ?? memory.read(0, 0).map(() => undefined)
    },
  }
}

const outside: string[] = []

setFlagsFromString('--expose-gc')
const collectGarbage: unknown = runInNewContext('gc')

describe('a hostile client', () => {
  it(`does the server no harm in ${CONVERSATIONS} conversations (seed ${seed})`, async () => {
    const chance = new Chance(seed)
    const good = goodConversations()
    const reasons: string[] = []
    const server = NbdServer.create({
      exports: [pullExport('vda', disk), strictDisk()],
      maxConnections: 1000,
      onDisconnect: (reason) => {
        if (reason !== undefined) reasons.push(reason.message)
      },
    })._unsafeUnwrap()
    const before = memoryInUse()
    for (let round = 0; round < CONVERSATIONS / 100; round++) {
      const ends: TransportEnd[] = []
      for (let index = 0; index < 100; index++) {
        const bytes = mutate(chance.pick(good) ?? new Uint8Array(0), chance)
        ends.push(talk(server, bytes, chance))
      }
      await settle()
      for (const end of ends) end.destroy()
      await settle()
    }
    expect(server.connections).toBe(0)
    expect(outside).toStrictEqual([])
    // A defect of ours would show as a failed session, or as an export that was asked for nonsense.
    expect(reasons.filter((reason) => reason === 'Session failed')).toStrictEqual([])
    await expect.poll(() => memoryInUse() - before, patient).toBeLessThan(4 * 1024 * 1024)
    // And the server still serves.
    const client = await NbdClient.connect('nbd://test/vda', {
      dial: dialTo((end) => server.accept(end)),
    })
    expect((await client._unsafeUnwrap().read(5000, 100)).isOk()).toBe(true)
  }, 120_000)

  it('costs a bounded amount of memory when it never reads', async () => {
    const size = 64 * 1024 * 1024
    let read = 0
    const source: NbdExport = {
      ...pullExport('vda', disk),
      size,
      contexts: [],
      read: (offset, length) => {
        read += length
        return pullExport('vda', { ...disk, size }).read(offset, length)
      },
      extents: (_, __, length) =>
        memoryExport('x', 0)
          ._unsafeUnwrap()
          .read(0, 0)
          .map(() => [{ length, flags: 0 }]),
    }
    const server = NbdServer.create({ exports: [source] })._unsafeUnwrap()
    const [near, far] = transportPair()
    server.accept(far)
    const go = encodeOption(7, encodeInfoRequest({ name: 'vda', requests: [] }))
    near.write([encodeClientFlags(3), encodeOption(8, new Uint8Array(0)), go])
    const length = 1024 * 1024
    for (let index = 0; index < 200; index++) {
      const cookie = BigInt(index)
      near.write([encodeRequest({ command: 0, flags: 0, cookie, offset: 0n, length })])
    }
    await settle()
    // QEMU's 16 requests, and no more than 8 MiB of them
    expect(read).toBe(8 * length)
    expect(near.unread).toBeLessThan(9 * length)
  })

  it('cannot make the server pile up answers to options', async () => {
    const server = NbdServer.create({ exports: [pullExport('vda', disk)] })._unsafeUnwrap()
    const [near, far] = transportPair()
    server.accept(far)
    near.write([encodeClientFlags(3)])
    for (let index = 0; index < 10_000; index++) near.write([encodeOption(3, new Uint8Array(0))])
    await settle()
    expect(near.unread).toBeLessThan(70_000)
    expect(far.unread).toBeGreaterThan(100_000)
    // Once it reads, it gets the rest: a greeting, and two replies to each option.
    let received = 0
    const sink = new Uint8Array(65_536)
    near.open({ target: () => sink, received: (count) => (received += count), closed: () => {} })
    while (far.unread > 0) await settle()
    expect(received).toBe(18 + 10_000 * (20 + 7 + 20))
  })

  it('is turned away when there are too many, and when it dawdles', async () => {
    const reasons: (string | undefined)[] = []
    const server = NbdServer.create({
      exports: [],
      maxConnections: 1,
      handshakeTimeoutMs: 20,
      onDisconnect: (reason) => reasons.push(reason?.kind),
    })._unsafeUnwrap()
    const [, slow] = transportPair()
    server.accept(slow)
    const [, late] = transportPair()
    server.accept(late)
    expect(late.isClosed).toBe(true)
    expect(server.connections).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(server.connections).toBe(0)
    expect(reasons).toStrictEqual(['timeout'])
  })
})

function talk(server: NbdServer, bytes: Uint8Array, chance: Chance): TransportEnd {
  const cut = chance.below(3) === 0 ? 1 + chance.below(50) : 65_536
  const [near, far] = transportPair(() => cut)
  const sink = new Uint8Array(65_536)
  near.open({ target: () => sink, received: () => {}, closed: () => {} })
  server.accept(far)
  near.write([bytes])
  return near
}

// Memory of buffers is given back in the background, some time after they were collected.
const patient = { timeout: 10_000, interval: 100 }

/** Bytes in use once all that can be collected was. */
function memoryInUse(): number {
  if (typeof collectGarbage === 'function') collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe('a hostile server', () => {
  it(`does the client no harm in ${CONVERSATIONS} conversations (seed ${seed})`, async () => {
    const chance = new Chance(seed)
    const good = await recordReplies()
    const before = memoryInUse()
    let answers = 0
    for (let round = 0; round < CONVERSATIONS / 100; round++) {
      const clients = Array.from({ length: 100 }, () => {
        const bytes = mutate(chance.pick(good) ?? new Uint8Array(0), chance)
        return converse(serverSaying(bytes, chance))
      })
      answers += (await Promise.all(clients)).reduce((sum, count) => sum + count, 0)
    }
    expect(answers).toBe(CONVERSATIONS * REQUESTS)
    await expect.poll(() => memoryInUse() - before, patient).toBeLessThan(4 * 1024 * 1024)
  }, 120_000)
})

/** What {@link converse} asks for. */
const REQUESTS = 6

/** Asks for this and that, and gives how many answers there were: as many as questions, whatever the server does. */
async function converse(dial: ReturnType<typeof dialTo>): Promise<number> {
  const client = await NbdClient.connect('nbd://test/vda', {
    dial,
    contexts: ['base:allocation', BITMAP],
  })
  if (client.isErr()) return REQUESTS
  const { value } = client
  const buffer = new Uint8Array(Math.min(2000, value.size))
  const settled = await Promise.allSettled([
    value.readInto(0, buffer),
    value.read(Math.min(5000, value.size), Math.min(1000, Math.max(0, value.size - 5000))),
    value.write(0, new Uint8Array(Math.min(10, value.size))),
    value.flush(),
    walk(value),
    value.cache(0, Math.min(10, value.size)),
  ])
  await value.close()
  for (const result of settled.slice(0, 4)) expect(result.status).toBe('fulfilled')
  return settled.length
}

async function walk(client: NbdClient): Promise<void> {
  let at = 0
  for await (const extent of client.extents({ length: Math.min(client.size, 100_000) })) {
    expect(extent.offset).toBe(at)
    expect(extent.length).toBeGreaterThan(0)
    at += extent.length
  }
  expect(at).toBe(Math.min(client.size, 100_000))
}

/** A server that says what it says, cut anywhere, and then hangs up. */
function serverSaying(bytes: Uint8Array, chance: Chance): ReturnType<typeof dialTo> {
  const cut = chance.below(3) === 0 ? 1 + chance.below(50) : 65_536
  return dialTo(
    (far) => {
      const sink = new Uint8Array(65_536)
      far.open({ target: () => sink, received: () => {}, closed: () => {} })
      // Replies come after their requests, or a client would refuse them all alike.
      void settle().then(() => {
        far.write([bytes.subarray(0, 300)])
        return settle().then(() => {
          far.write([bytes.subarray(300)])
          far.end()
          return undefined
        })
      })
    },
    () => cut,
  )
}

/** What a good server says to {@link converse}. */
async function recordReplies(): Promise<Uint8Array[]> {
  const recorded: Uint8Array[] = []
  const pull = pullExport('vda', disk)
  const strict = strictDisk()
  const writable: NbdExport = {
    ...strict,
    name: 'vda',
    contexts: [BITMAP],
    extents: (context, offset, length) => describeIt(pull, context, offset, length),
  }
  for (const source of [pull, writable]) {
    const server = NbdServer.create({ exports: [source] })._unsafeUnwrap()
    const ends: TransportEnd[] = []
    const dial = dialTo((end) => {
      ends.push(end)
      server.accept(end)
    })
    expect(await converse(dial)).toBe(REQUESTS)
    recorded.push(join(ends.flatMap(({ sent }) => sent)))
  }
  return recorded
}

function describeIt(
  source: NbdExport,
  ...question: [context: string, offset: number, length: number]
): ReturnType<NonNullable<NbdExport['extents']>> {
  return source.extents?.(...question) ?? ok([])
}
