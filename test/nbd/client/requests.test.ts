import { errAsync } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { NbdClient, NbdErrno, NbdServer, nbdRefusal } from '../../../src/nbd/index.ts'
import { memoryExport, type NbdExport } from '../../../src/nbd/index.ts'
import type { NbdRequest } from '../../../src/nbd/codec/request.ts'
import { connectTo, type Script } from '../scripted-server.ts'
import { dialTo, settle } from '../transport-pair.ts'

const KiB = 1024

async function open(script: Script, options = {}): Promise<NbdClient> {
  return (await connectTo(script, options)).client._unsafeUnwrap()
}

/** Connects to a server of ours that serves one export. */
async function openExport(source: NbdExport, options = {}): Promise<NbdClient> {
  const server = NbdServer.create({ exports: [source] })._unsafeUnwrap()
  const dial = dialTo((end) => server.accept(end))
  return (
    await NbdClient.connect(`nbd://test/${source.name}`, { dial, ...options })
  )._unsafeUnwrap()
}

describe('reading', () => {
  it('puts pieces together that come in any order, and zeroes for holes', async () => {
    const client = await open({
      request: (request, _, server) => {
        server.data(request, 4, Uint8Array.of(5, 6), false)
        server.hole(request, 2, 2, false)
        server.data(request, 0, Uint8Array.of(1, 2), true)
      },
    })
    const buffer = new Uint8Array(6).fill(255)
    expect((await client.readInto(0, buffer)).isOk()).toBe(true)
    expect([...buffer]).toStrictEqual([1, 2, 0, 0, 5, 6])
  })

  it('takes replies out of order', async () => {
    const held: NbdRequest[] = []
    const client = await open({
      request: (request, _, server) => {
        held.push(request)
        if (held.length < 3) return
        for (const each of held.toReversed()) {
          server.data(each, Number(each.offset), Uint8Array.of(Number(each.offset)), true)
        }
      },
    })
    const reads = await Promise.all([client.read(1, 1), client.read(2, 1), client.read(3, 1)])
    expect(reads.map((read) => read._unsafeUnwrap()[0])).toStrictEqual([1, 2, 3])
  })

  it('cuts large reads, and keeps to the limit of requests under way', async () => {
    let most = 0
    const waiting: NbdRequest[] = []
    const { client, servers } = await connectTo(
      {
        size: 10n * 1024n * 1024n,
        request: (request, _, server) => {
          waiting.push(request)
          most = Math.max(most, waiting.length)
          setImmediate(() => {
            const next = waiting.shift()
            if (next !== undefined) server.hole(next, Number(next.offset), next.length, true)
          })
        },
      },
      { requests: 3 },
    )
    const data = await client._unsafeUnwrap().read(100 * KiB, 2000 * KiB)
    expect(data._unsafeUnwrap().length).toBe(2000 * KiB)
    expect(most).toBe(3)
    const ranges = servers[0]?.requests.map(({ offset, length }) => [
      Number(offset) / KiB,
      length / KiB,
    ])
    expect(ranges?.slice(0, 3)).toStrictEqual([
      [100, 156],
      [256, 256],
      [512, 256],
    ])
  })

  it('reads whole blocks where the server has no smaller ones', async () => {
    const { client, servers } = await connectTo({
      blockSize: { minimum: 512, preferred: 4096, maximum: 65_536 },
      request: (request, _, server) => {
        const bytes = Uint8Array.from({ length: request.length }, (__, at) => at & 0xff)
        server.data(request, Number(request.offset), bytes, true)
      },
    })
    const data = await client._unsafeUnwrap().read(515, 4)
    expect([...data._unsafeUnwrap()]).toStrictEqual([3, 4, 5, 6])
    expect(servers[0]?.requests).toMatchObject([{ offset: 512n, length: 512 }])
    const write = await client._unsafeUnwrap().write(515, new Uint8Array(4))
    expect(write._unsafeUnwrapErr().kind).toBe('unsupported')
  })

  it('reads the end of an export that is not made of whole blocks, as far as it goes', async () => {
    const { client, servers } = await connectTo({
      size: 1000n,
      blockSize: { minimum: 512, preferred: 4096, maximum: 65_536 },
      request: (request, _, server) => {
        server.data(request, Number(request.offset), new Uint8Array(request.length).fill(9), true)
      },
    })
    const data = await client._unsafeUnwrap().read(990, 10)
    expect(data._unsafeUnwrap()).toStrictEqual(new Uint8Array(10).fill(9))
    expect((await client._unsafeUnwrap().read(0, 1000)).isOk()).toBe(true)
    expect(servers[0]?.requests).toMatchObject([
      { offset: 512n, length: 488 },
      { offset: 0n, length: 1000 },
    ])
  })

  it.each([
    ['beyond the end', 1_048_576, 1],
    ['before the start', -1, 1],
    ['a negative length', 0, -1],
    ['half a byte', 0.5, 1],
    ['no number', Number.NaN, 1],
    ['more than there is', 0, Number.MAX_SAFE_INTEGER],
  ])('refuses a range %s without asking', async (_, offset, length) => {
    const { client, servers } = await connectTo({})
    const read = await client._unsafeUnwrap().read(offset, length)
    expect(read._unsafeUnwrapErr().kind).toBe('invalid')
    expect(servers[0]?.requests).toStrictEqual([])
  })

  it('gives nothing for nothing', async () => {
    const client = await open({})
    expect((await client.read(1_048_576, 0))._unsafeUnwrap().length).toBe(0)
  })
})

describe('refusals', () => {
  it('carry the error and the text of the server, and leave the connection as it is', async () => {
    const client = await open({
      request: (request, _, server) => server.error(request, 28, 'disk is full'),
    })
    const refused = (await client.write(0, new Uint8Array(1)))._unsafeUnwrapErr()
    expect(refused).toMatchObject({
      kind: 'refused',
      errno: NbdErrno.ENOSPC,
      message: 'disk is full',
    })
    expect(client.connections).toBe(1)
  })

  it('are told after data that came before them', async () => {
    const client = await open({
      request: (request, _, server) => {
        server.data(request, 0, Uint8Array.of(1), false)
        server.error(request, 5, 'bad sector')
      },
    })
    expect((await client.read(0, 8))._unsafeUnwrapErr().errno).toBe(NbdErrno.EIO)
  })

  it('count as EINVAL when their error is not known', async () => {
    const client = await open({ request: (request, _, server) => server.simple(request, 61) })
    expect((await client.flush())._unsafeUnwrapErr().errno).toBe(NbdErrno.EINVAL)
  })

  it('of a server that shuts down end the connection', async () => {
    const client = await open({ request: (request, _, server) => server.simple(request, 108) })
    expect((await client.flush())._unsafeUnwrapErr().errno).toBe(NbdErrno.ESHUTDOWN)
    await settle()
    expect(client.connections).toBe(0)
    expect((await client.flush())._unsafeUnwrapErr().kind).toBe('interrupted')
  })

  it('come without asking for what the server does not offer', async () => {
    const { client: connected, servers } = await connectTo({ flags: 0x1 })
    const client = connected._unsafeUnwrap()
    const refused = [
      await client.flush(),
      await client.trim(0, 1),
      await client.zero(0, 1),
      await client.cache(0, 1),
      await client.write(0, new Uint8Array(1), { fua: true }),
    ]
    expect(refused.map((result) => result._unsafeUnwrapErr().kind)).toStrictEqual(
      Array(5).fill('unsupported'),
    )
    const readOnly = await open({ flags: 0x3 })
    expect((await readOnly.write(0, new Uint8Array(1)))._unsafeUnwrapErr().message).toBe(
      'Export is read-only',
    )
    expect(servers[0]?.requests).toStrictEqual([])
  })
})

describe('a server that breaks the protocol', () => {
  it.each<[string, Script['request']]>([
    [
      'data before its request',
      (request, _, server) => server.data(request, 99, new Uint8Array(1), true),
    ],
    [
      'data beyond its request',
      (request, _, server) => server.data(request, 100, new Uint8Array(9), true),
    ],
    [
      'data twice',
      (request, _, server) => {
        server.data(request, 100, new Uint8Array(4), false)
        server.data(request, 103, new Uint8Array(5), true)
      },
    ],
    ['too little data', (request, _, server) => server.data(request, 100, new Uint8Array(4), true)],
    ['success without data', (request, _, server) => server.none(request)],
    ['a hole beyond its request', (request, _, server) => server.hole(request, 104, 5, true)],
    [
      'a simple reply to a read',
      (request, _, server) => server.simple(request, 0, new Uint8Array(8)),
    ],
    ['another cookie', (request, _, server) => server.none({ ...request, cookie: 999n })],
    ['another magic', (_, __, server) => server.send(new Uint8Array(32).fill(1))],
  ])('by %s loses its connection', async (what, request) => {
    const kind = what === 'another magic' ? 'bad-magic' : 'unexpected'
    const client = await open(request === undefined ? {} : { request })
    const reads = await Promise.all([client.read(100, 8), client.read(0, 1)])
    expect(reads.map((read) => read._unsafeUnwrapErr().kind)).toStrictEqual([kind, kind])
    expect(client.connections).toBe(0)
  })
})

describe('the end of a connection', () => {
  it('settles everything that is under way, waits or comes later', async () => {
    const { client: connected, servers } = await connectTo({}, { requests: 2 })
    const client = connected._unsafeUnwrap()
    const requests = [client.read(0, 1), client.write(0, new Uint8Array(1)), client.read(1, 1)]
    await settle()
    servers[0]?.hangUp()
    const settled = await Promise.all([
      ...requests,
      client
        .extents()
        .next()
        .then(() => 'given', String),
    ])
    expect(
      settled.slice(0, 3).map((result) => Reflect.get(Object(result), 'error').kind),
    ).toStrictEqual(Array(3).fill('interrupted'))
    expect(settled[3]).toBe('NbdError: Server closed the connection')
    expect((await client.flush())._unsafeUnwrapErr().kind).toBe('interrupted')
  })

  it('takes only its own requests with it when there are others', async () => {
    const { client: connected, servers } = await connectTo(
      { flags: 0x101, request: (request, _, server) => server.hole(request, 5, 1, true) },
      { connections: 2 },
    )
    const client = connected._unsafeUnwrap()
    servers[0]?.hangUp()
    await settle()
    expect(client.connections).toBe(1)
    expect((await client.read(5, 1)).isOk()).toBe(true)
  })

  it('comes with a goodbye when the client closes', async () => {
    const { client, servers } = await connectTo({})
    const read = client._unsafeUnwrap().read(0, 1)
    await client._unsafeUnwrap().close()
    expect((await read)._unsafeUnwrapErr().message).toBe('Client was closed')
    await settle()
    expect(servers[0]?.requests.map(({ command }) => command)).toStrictEqual([0, 2])
  })
})

describe('signals and deadlines', () => {
  it('end the wait, and a late reply does no harm', async () => {
    const held: NbdRequest[] = []
    const { client: connected, servers } = await connectTo({
      request: (request) => held.push(request),
    })
    const client = connected._unsafeUnwrap()
    const controller = new AbortController()
    const buffer = new Uint8Array(4)
    const aborted = client.readInto(0, buffer, { signal: controller.signal })
    const other = client.read(4, 4)
    await settle()
    controller.abort()
    expect((await aborted)._unsafeUnwrapErr().kind).toBe('aborted')
    for (const request of held) {
      servers[0]?.data(request, Number(request.offset), new Uint8Array(4).fill(9), true)
    }
    expect([...(await other)._unsafeUnwrap()]).toStrictEqual([9, 9, 9, 9])
    expect([...buffer]).toStrictEqual([0, 0, 0, 0])
  })

  it('end the wait in the middle of a reply, after which nothing writes to the memory', async () => {
    const requests: NbdRequest[] = []
    const { client: connected, servers } = await connectTo({
      request: (made) => requests.push(made),
    })
    const client = connected._unsafeUnwrap()
    const controller = new AbortController()
    const buffer = new Uint8Array(8)
    const aborted = client.readInto(0, buffer, { signal: controller.signal })
    const other = client.read(100, 1)
    await settle()
    // The header and half of the data
    const header = new Uint8Array(28)
    new DataView(header.buffer).setUint32(0, 0x668e_33ef)
    new DataView(header.buffer).setUint32(4, 0x1_0001)
    new DataView(header.buffer).setBigUint64(8, requests[0]?.cookie ?? 0n)
    new DataView(header.buffer).setUint32(16, 16)
    servers[0]?.send(header, new Uint8Array(4).fill(1))
    await settle()
    controller.abort()
    expect((await aborted)._unsafeUnwrapErr().kind).toBe('aborted')
    servers[0]?.send(new Uint8Array(4).fill(2))
    const second = requests[1]
    if (second !== undefined) servers[0]?.data(second, 100, Uint8Array.of(3), true)
    expect([...(await other)._unsafeUnwrap()]).toStrictEqual([3])
    expect(buffer.includes(2)).toBe(false)
  })

  it('keep requests that wait from being sent', async () => {
    const { client: connected, servers } = await connectTo({}, { requests: 1 })
    const client = connected._unsafeUnwrap()
    const controller = new AbortController()
    const first = client.read(0, 1, { timeoutMs: 20 })
    const second = client.read(1, 1, { signal: controller.signal })
    controller.abort()
    expect((await second)._unsafeUnwrapErr().kind).toBe('aborted')
    expect((await first)._unsafeUnwrapErr().kind).toBe('timeout')
    expect(servers[0]?.requests.length).toBe(1)
  })

  it('end a request at once that comes after them', async () => {
    const client = await open({})
    const read = await client.read(0, 1, { signal: AbortSignal.abort() })
    expect(read._unsafeUnwrapErr().kind).toBe('aborted')
  })

  it('are the client’s own where a request has none', async () => {
    const client = await open({}, { timeoutMs: 10 })
    expect((await client.read(0, 1))._unsafeUnwrapErr().kind).toBe('timeout')
  })
})

describe('changing an export', () => {
  it('reads back what was written, zeroed and trimmed', async () => {
    const source = memoryExport('disk', 3 * 1024 * KiB)._unsafeUnwrap()
    const client = await openExport(source)
    const bytes = Uint8Array.from({ length: 700 * KiB }, (_, at) => (at * 13) & 0xff)
    expect((await client.write(1000, bytes, { fua: true })).isOk()).toBe(true)
    expect((await client.zero(2000, 500, { noHole: true })).isOk()).toBe(true)
    expect((await client.trim(300 * KiB, 300 * KiB)).isOk()).toBe(true)
    expect((await client.flush()).isOk()).toBe(true)
    expect((await client.cache(0, client.size)).isOk()).toBe(true)
    const expected = new Uint8Array(client.size)
    expected.set(bytes, 1000)
    expected.fill(0, 2000, 2500).fill(0, 300 * KiB, 600 * KiB)
    const back = (await client.read(0, client.size))._unsafeUnwrap()
    expect(Buffer.compare(back, expected)).toBe(0)
  })

  it('gets the error of the export', async () => {
    const source: NbdExport = {
      name: 'disk',
      size: 4096,
      read: () => errAsync(nbdRefusal(NbdErrno.EIO, 'bad sector')),
      write: () => errAsync(nbdRefusal(NbdErrno.ENOSPC)),
      flush: () => {
        throw new Error('lost')
      },
    }
    const client = await openExport(source)
    expect((await client.read(0, 1))._unsafeUnwrapErr().message).toBe('bad sector')
    const write = (await client.write(0, new Uint8Array(1)))._unsafeUnwrapErr()
    expect(write).toMatchObject({ errno: NbdErrno.ENOSPC, message: 'No space left on device' })
    expect((await client.flush())._unsafeUnwrapErr().message).toBe('export failed: lost')
  })
})
