import { describe, expect, it } from 'vitest'
import { encodeGreeting, encodeOptionReply } from '../../../src/nbd/codec/handshake.ts'
import { encodeMetaContext } from '../../../src/nbd/codec/option-data.ts'
import { listNbdExports, NbdClient, NbdServer, readerOf } from '../../../src/nbd/index.ts'
import { BITMAP, pullExport } from '../exports.ts'
import { hex } from '../hex.ts'
import { connectTo } from '../scripted-server.ts'
import { dialTo, settle } from '../transport-pair.ts'

const empty = new Uint8Array(0)
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const disk = { size: 65_536, allocation: [{ length: 65_536, flags: 0 }], dirty: [] }

describe('connecting', () => {
  it('takes what the server says of the export', async () => {
    const { client, servers } = await connectTo({ size: 5_000_000n, flags: 0x58f })
    expect(client._unsafeUnwrap()).toMatchObject({
      size: 5_000_000,
      flags: 0x58f,
      readOnly: true,
      exportName: 'vda',
      contexts: ['base:allocation'],
      connections: 1,
      blockSize: { minimum: 1, preferred: 4096, maximum: 0x200_0000 },
    })
    expect(servers[0]?.options).toStrictEqual([8, 10, 7])
  })

  it('falls back to EXPORT_NAME where GO is not known', async () => {
    const { client, servers } = await connectTo({
      option: (option) =>
        option === 1 ? undefined : [encodeOptionReply(option, 0x8000_0001, empty)],
    })
    expect(client._unsafeUnwrap().size).toBe(1_048_576)
    expect(servers[0]?.options).toStrictEqual([8, 7, 1])
  })

  it('uses EXPORT_NAME alone where negotiation is not fixed', async () => {
    const { client, servers } = await connectTo({ greeting: encodeGreeting(2) })
    expect(client._unsafeUnwrap().contexts).toStrictEqual([])
    expect(servers[0]?.options).toStrictEqual([1])
  })

  it('skips the zeroes of a server that does not leave them out', async () => {
    const reply = hex(`0000000000100000 0001 ${'00'.repeat(124)}`)
    const { client } = await connectTo({
      greeting: encodeGreeting(0),
      option: () => [reply],
      request: (request, _, server) => server.simple(request, 0, new Uint8Array(3).fill(7)),
    })
    const data = await client._unsafeUnwrap().read(0, 3)
    expect(data._unsafeUnwrap()).toStrictEqual(Uint8Array.of(7, 7, 7))
  })

  it('does without base:allocation unless it is asked for', async () => {
    const option = (code: number): Uint8Array[] | undefined =>
      code === 10 ? [encodeOptionReply(10, 1, empty)] : undefined
    expect((await connectTo({ option })).client._unsafeUnwrap().contexts).toStrictEqual([])
    const asked = await connectTo({ option }, { contexts: ['base:allocation'] })
    expect(asked.client._unsafeUnwrapErr()).toMatchObject({
      kind: 'unsupported',
      message: "Server does not offer metadata context 'base:allocation'",
    })
  })

  it.each([
    [
      'an oldstyle server',
      { greeting: hex('4e42444d41474943 0000420281861253 0003') },
      'unsupported',
    ],
    ['what is no server', { greeting: text('SSH-2.0-OpenSSH_9.2p1\r\n') }, 'bad-magic'],
    ['an export that is too large', { size: 2n ** 60n }, 'unsupported'],
    [
      'block sizes that are none',
      { blockSize: { minimum: 3, preferred: 5, maximum: 7 } },
      'unexpected',
    ],
    [
      'a refusal',
      { option: () => [encodeOptionReply(7, 0x8000_0006, text('no such disk'))] },
      'unexpected',
    ],
    [
      'an answer to another option',
      { option: () => [encodeOptionReply(99, 1, empty)] },
      'unexpected',
    ],
    [
      'an answer without an export',
      { option: (code: number) => [encodeOptionReply(code, 1, empty)] },
      'unexpected',
    ],
    [
      'a context that was not asked for',
      {
        option: (code: number) =>
          code === 10
            ? [
                encodeOptionReply(10, 4, encodeMetaContext({ id: 1, name: 'x:y' })),
                encodeOptionReply(10, 1, empty),
              ]
            : undefined,
      },
      'unexpected',
    ],
    [
      'a reply of 4 GiB',
      { option: () => [hex('0003e889045565a9 00000008 00000001 ffffffff')] },
      'unexpected',
    ],
  ] as const)('fails on %s', async (_, script, kind) => {
    const { client } = await connectTo(script)
    await settle()
    expect(client._unsafeUnwrapErr().kind).toBe(kind)
  })

  it('tells what the server said of an export', async () => {
    const { client } = await connectTo({
      option: (code) =>
        code === 7 ? [encodeOptionReply(7, 0x8000_0006, text('no such disk'))] : undefined,
    })
    expect(client._unsafeUnwrapErr()).toMatchObject({
      kind: 'refused',
      message: "Server refused export 'vda': no such disk",
    })
  })

  it('tells that a server wants TLS', async () => {
    const { client } = await connectTo({
      option: (code) => [encodeOptionReply(code, 0x8000_0005, empty)],
    })
    expect(client._unsafeUnwrapErr()).toMatchObject({
      kind: 'refused',
      message: "Server refused export 'vda': TLS is required",
    })
  })

  it('never goes on in the clear when TLS is a must', async () => {
    const refused = await connectTo(
      { option: (code) => [encodeOptionReply(code, 0x8000_0002, empty)] },
      { tls: {} },
    )
    expect(refused.client._unsafeUnwrapErr().kind).toBe('refused')
    expect(refused.servers[0]?.options).toStrictEqual([5])
  })

  it('does not take what was sent in the clear for encrypted', async () => {
    const { client } = await connectTo(
      {
        option: (code) => [
          Uint8Array.of(...encodeOptionReply(code, 1, empty), ...encodeOptionReply(8, 1, empty)),
        ],
      },
      { tls: {} },
    )
    expect(client._unsafeUnwrapErr().message).toBe('Server sent data before TLS was set up')
  })

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController()
    const connecting = connectTo({ greeting: empty }, { signal: controller.signal })
    await settle()
    controller.abort()
    expect((await connecting).client._unsafeUnwrapErr().kind).toBe('aborted')
    const before = await connectTo({}, { signal: controller.signal })
    expect(before.client._unsafeUnwrapErr().kind).toBe('aborted')
  })

  it('ends at its deadline', async () => {
    const { client } = await connectTo({ greeting: empty }, { connectTimeoutMs: 10 })
    expect(client._unsafeUnwrapErr().kind).toBe('timeout')
  })

  it('refuses what is no URI, and contexts that are no strings of the protocol', async () => {
    expect((await NbdClient.connect('http://x'))._unsafeUnwrapErr().kind).toBe('invalid')
    const { client } = await connectTo({}, { contexts: ['x'.repeat(5000)] })
    expect(client._unsafeUnwrapErr().kind).toBe('invalid')
  })

  it('opens more connections only where the server allows', async () => {
    const shared = await connectTo({ flags: 0x101 }, { connections: 4 })
    expect(shared.client._unsafeUnwrap().connections).toBe(4)
    const single = await connectTo({ flags: 0x1 }, { connections: 4 })
    expect(single.client._unsafeUnwrap().connections).toBe(1)
  })

  it('does with the connections that a server gives', async () => {
    const server = NbdServer.create({ exports: [pullExport('vda', disk)], maxConnections: 2 })
    const dial = dialTo((end) => server._unsafeUnwrap().accept(end))
    const client = await NbdClient.connect('nbd://test/vda', { dial, connections: 4 })
    expect(client._unsafeUnwrap().connections).toBe(2)
  })
})

describe('listing exports', () => {
  it('tells sizes and contexts', async () => {
    const server = NbdServer.create({
      exports: [{ ...pullExport('vda', disk), description: 'a disk' }, pullExport('', disk)],
    })._unsafeUnwrap()
    const dial = dialTo((end) => server.accept(end))
    const listed = (await listNbdExports('nbd://test', { dial }))._unsafeUnwrap()
    const blockSize = { minimum: 1, preferred: 4096, maximum: 0x200_0000 }
    const common = { size: 65_536n, flags: 0x58f, blockSize, contexts: ['base:allocation', BITMAP] }
    expect(listed).toStrictEqual([
      { name: 'vda', description: 'a disk', ...common },
      { name: '', ...common },
    ])
    await settle()
    expect(server.connections).toBe(0)
  })
})

describe('readerOf', () => {
  it('refuses a context that the export does not have', () => {
    const reader = readerOf(pullExport('vda', disk), ['x:y'])
    expect(reader._unsafeUnwrapErr().kind).toBe('unsupported')
  })
})
