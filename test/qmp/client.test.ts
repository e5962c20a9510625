import { describe, expect, it, vi } from 'vitest'
import {
  blockDirtyBitmapMerge,
  blockdevDel,
  blockJobSetSpeed,
  cont,
  jobDismiss,
  isObject,
  type JsonObject,
  type JsonValue,
  migrateSetParameters,
  queryCommands,
  queryJobs,
  queryMigrateParameters,
  queryStatus,
  QmpClient,
  stop,
  transaction,
  untypedCommand,
} from '../../src/qmp/index.ts'
import { connected, GREETING, MemoryPeer, settled } from './memory-peer.ts'

const RUNNING = { status: 'running', running: true, singlestep: false }

function valueOf(args: JsonValue | undefined): JsonValue {
  return isObject(args) ? (args['value'] ?? null) : null
}

const timestamp = { seconds: 1, microseconds: 2 }

describe('QmpClient.open', () => {
  it('waits for the greeting, negotiates, and tells what the server said', async () => {
    const peer = new MemoryPeer()
    const opening = QmpClient.open(peer)
    await settled()
    expect(peer.received).toStrictEqual([])
    peer.onMessage = (message) => peer.answer(message, {})
    peer.say(GREETING)
    const client = (await opening)._unsafeUnwrap()
    expect(peer.received).toStrictEqual([{ execute: 'qmp_capabilities', id: 1 }])
    expect(client.greeting).toStrictEqual({
      version: { major: 7, minor: 2, micro: 22 },
      package: 'Debian',
      capabilities: ['oob'],
    })
    expect(client.hasOutOfBand).toBe(false)
  })

  it('names the likely reason when the server does not greet', async () => {
    const peer = new MemoryPeer()
    const error = (await QmpClient.open(peer, { handshakeTimeoutMs: 1 }))._unsafeUnwrapErr()
    expect(error.kind).toBe('timeout')
    expect(error.message).toContain('another client may hold this monitor')
    expect(peer.isClosed).toBe(true)
  })

  it('names the likely reason when the server greets and does not negotiate', async () => {
    const peer = new MemoryPeer()
    const opening = QmpClient.open(peer, { handshakeTimeoutMs: 20 })
    peer.say(GREETING)
    const error = (await opening)._unsafeUnwrapErr()
    expect(error.kind).toBe('timeout')
    expect(error.message).toContain('another client may hold this monitor')
    expect(peer.received).toHaveLength(1)
  })

  it('does not take an event for the answer to the negotiation', async () => {
    const peer = new MemoryPeer()
    const events: string[] = []
    const opening = QmpClient.open(peer, {
      prepare: (client) => client.on('event', ({ name }) => events.push(name)),
    })
    peer.onMessage = (message) => {
      peer.say({ event: 'RESUME', timestamp })
      peer.answer(message, {})
    }
    peer.say(GREETING)
    expect((await opening).isOk()).toBe(true)
    await settled()
    expect(events).toStrictEqual(['RESUME'])
  })

  it('fails when the peer hangs up before it greets', async () => {
    const peer = new MemoryPeer()
    const opening = QmpClient.open(peer)
    peer.hangUp()
    expect((await opening)._unsafeUnwrapErr().kind).toBe('interrupted')
  })

  it('fails when the peer speaks another protocol', async () => {
    const peer = new MemoryPeer()
    const opening = QmpClient.open(peer)
    peer.say('RFB 003.008\n')
    expect((await opening)._unsafeUnwrapErr().kind).toBe('unexpected')
    expect(peer.isClosed).toBe(true)
  })

  it('fails when the negotiation is refused', async () => {
    const peer = new MemoryPeer()
    const opening = QmpClient.open(peer)
    const error = { class: 'CommandNotFound', desc: 'Capabilities negotiation is already complete' }
    peer.onMessage = ({ id }) => peer.say({ error, id: id ?? null })
    peer.say(GREETING)
    expect((await opening)._unsafeUnwrapErr()).toMatchObject({
      kind: 'refused',
      errorClass: 'CommandNotFound',
    })
    expect(peer.isClosed).toBe(true)
  })

  it('can be aborted before and while it waits', async () => {
    const early = await QmpClient.open(new MemoryPeer(), { signal: AbortSignal.abort() })
    expect(early._unsafeUnwrapErr().kind).toBe('aborted')
    const peer = new MemoryPeer()
    const controller = new AbortController()
    const opening = QmpClient.open(peer, { signal: controller.signal })
    controller.abort()
    expect((await opening)._unsafeUnwrapErr().kind).toBe('aborted')
    expect(peer.isClosed).toBe(true)
  })
})

describe('QmpClient.execute', () => {
  it('sends no arguments when there are none', async () => {
    const { client, peer } = await connected()
    void client.execute(cont, {})
    void client.execute(blockdevDel, { 'node-name': 'libvirt-3-format' })
    expect(peer.received).toStrictEqual([
      { execute: 'cont', id: 2 },
      {
        execute: 'blockdev-del',
        arguments: { 'node-name': 'libvirt-3-format' },
        id: 3,
      },
    ])
  })

  it('ends each message as a line', async () => {
    const { client, peer } = await connected()
    void client.execute(untypedCommand('x'), { text: 'two\nlines' })
    const text = new TextDecoder().decode(peer.bytes[0])
    expect(text.indexOf('\n')).toBe(text.length - 1)
  })

  it('finds the command that an answer belongs to, in whatever order they come', async () => {
    const { client, peer } = await connected()
    const names = Array.from({ length: 20 }, (_, index) => `command-${index}`)
    const results = names.map((name) => client.execute(untypedCommand(name), {}))
    for (const message of peer.received.toReversed())
      peer.answer(message, message['execute'] ?? null)
    const values = await Promise.all(results)
    expect(values.map((value) => value._unsafeUnwrap())).toStrictEqual(names)
  })

  it('does not wait for an answer before it sends the next command', async () => {
    const { client, peer } = await connected()
    for (let count = 0; count < 100; count += 1) void client.execute(queryStatus, {})
    expect(peer.received).toHaveLength(100)
  })

  it('gives an empty string, zero and false as answers', async () => {
    const { client, peer } = await connected()
    peer.onMessage = (message) => peer.answer(message, valueOf(message['arguments']))
    for (const value of ['', 0, false, null]) {
      const answer = await client.execute(untypedCommand('echo'), { value })
      expect(answer._unsafeUnwrap()).toBe(value)
    }
  })

  it('gives what the server says when it refuses', async () => {
    const { client, peer } = await connected()
    const desc = "Block job 'j' not found"
    peer.onMessage = ({ id }) =>
      peer.say({ error: { class: 'DeviceNotActive', desc }, id: id ?? null })
    const error = (await client.execute(jobDismiss, { id: 'j' }))._unsafeUnwrapErr()
    expect(error).toMatchObject({
      kind: 'refused',
      command: 'job-dismiss',
      errorClass: 'DeviceNotActive',
      desc,
      sent: true,
    })
    expect(client.isClosed).toBe(false)
  })

  it('takes an error without id for the oldest command, which the server could not parse', async () => {
    const { client, peer } = await connected()
    const first = client.execute(untypedCommand('\uFFFE'), {})
    const second = client.execute(queryStatus, {})
    peer.say({ error: { class: 'GenericError', desc: 'JSON parse error' } })
    peer.answer(peer.received[1], RUNNING)
    expect((await first)._unsafeUnwrapErr().desc).toBe('JSON parse error')
    expect((await second).isOk()).toBe(true)
  })

  it('refuses an answer of another type and stays connected', async () => {
    const { client, peer } = await connected()
    peer.onMessage = (message) => peer.answer(message, { status: 1 })
    const error = (await client.execute(queryStatus, {}))._unsafeUnwrapErr()
    expect(error).toMatchObject({ kind: 'unexpected', command: 'query-status', sent: true })
    expect(client.isClosed).toBe(false)
  })

  it('sends and receives integers beyond 2^53 without loss', async () => {
    const { client, peer } = await connected()
    void client.execute(migrateSetParameters, { 'max-bandwidth': 9223372036853727232n })
    void client.execute(blockJobSetSpeed, { device: 'j', speed: 2 ** 53 - 1 })
    expect(new TextDecoder().decode(peer.bytes[0])).toContain(
      '"max-bandwidth":9223372036853727232}',
    )
    expect(new TextDecoder().decode(peer.bytes[1])).toContain('"speed":9007199254740991}')
    const answer = client.execute(queryMigrateParameters, {})
    peer.say('{"return":{"max-bandwidth":9223372036853727233},"id":4}\n')
    expect((await answer)._unsafeUnwrap()['max-bandwidth']).toBe(9223372036853727233n)
  })

  it('does not send what JSON cannot hold', async () => {
    const { client, peer } = await connected()
    const error = (await client.execute(untypedCommand('x'), { a: Number.NaN }))._unsafeUnwrapErr()
    expect(error).toMatchObject({ kind: 'unsupported', sent: false })
    expect(peer.received).toStrictEqual([])
  })

  it('does not send what is known to crash QEMU', async () => {
    const { client, peer } = await connected()
    const merge = { node: 'n', target: 't', bitmaps: [] }
    const bitmap = { node: 'n', name: 'b' }
    const refusals = [
      await client.execute(blockDirtyBitmapMerge, merge),
      await client.execute(transaction, {
        actions: [{ type: 'block-dirty-bitmap-merge', data: merge }],
      }),
      await client.execute(transaction, {
        actions: [{ type: 'block-dirty-bitmap-enable', data: bitmap }],
        properties: { 'completion-mode': 'grouped' },
      }),
    ]
    expect(refusals.map((result) => result._unsafeUnwrapErr().kind)).toStrictEqual(
      refusals.map(() => 'unsupported'),
    )
    expect(peer.received).toStrictEqual([])
  })
})

describe('a wait that ends before the answer', () => {
  it('leaves the outcome unknown when the command had been sent', async () => {
    const { client, peer } = await connected()
    const controller = new AbortController()
    const answer = client.execute(stop, {}, { signal: controller.signal })
    controller.abort()
    expect((await answer)._unsafeUnwrapErr()).toMatchObject({ kind: 'aborted', sent: true })
    expect(peer.received).toHaveLength(1)
  })

  it('sends nothing when the signal is aborted already', async () => {
    const { client, peer } = await connected()
    const answer = await client.execute(stop, {}, { signal: AbortSignal.abort() })
    expect(answer._unsafeUnwrapErr()).toMatchObject({ kind: 'aborted', sent: false })
    expect(peer.received).toStrictEqual([])
  })

  it('discards the answer that comes later, and takes it for no other', async () => {
    const { client, peer } = await connected()
    const stray = vi.fn<(report?: unknown) => void>()
    client.on('stray', stray)
    const late = await client.execute(queryJobs, {}, { timeoutMs: 1 })
    expect(late._unsafeUnwrapErr()).toMatchObject({ kind: 'timeout', sent: true })
    const next = client.execute(queryStatus, {})
    peer.answer(peer.received[0], [])
    peer.answer(peer.received[1], RUNNING)
    expect((await next).isOk()).toBe(true)
    await settled()
    expect(stray).not.toHaveBeenCalled()
  })

  it('leaves no listener on the signal', async () => {
    const { client, peer } = await connected()
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    peer.onMessage = (message) => peer.answer(message, RUNNING)
    await client.execute(queryStatus, {}, { signal, timeoutMs: 60_000 })
    expect(add.mock.calls.map(([, listener]) => listener)).toStrictEqual(
      remove.mock.calls.map(([, listener]) => listener),
    )
    expect(add).toHaveBeenCalledTimes(1)
  })
})

describe('the end of a connection', () => {
  it('leaves the outcome of what was sent unknown, once for each command', async () => {
    const { client, peer } = await connected()
    const settle = vi.fn<(report?: unknown) => void>()
    const answers = Array.from({ length: 10 }, () =>
      client.execute(stop, {}).then((result) => settle(result._unsafeUnwrapErr().kind)),
    )
    peer.answer(peer.received[0], 'not an object')
    peer.hangUp()
    peer.answer(peer.received[1], {})
    await Promise.all(answers)
    expect(settle.mock.calls.flat()).toStrictEqual(['unexpected', ...Array(9).fill('interrupted')])
  })

  it('is reported last, after all commands are settled', async () => {
    const { client, peer } = await connected()
    const order: string[] = []
    client.on('SHUTDOWN', () => order.push('SHUTDOWN'))
    const closed = new Promise<void>((resolve) => {
      client.on('closed', ({ by, error }) => {
        order.push(`closed by ${by}: ${error?.message}`)
        resolve()
      })
    })
    const answer = client.execute(stop, {})
    peer.say({ event: 'SHUTDOWN', data: { guest: false, reason: 'host-signal' }, timestamp })
    peer.hangUp(new Error('read ECONNRESET'))
    expect((await answer)._unsafeUnwrapErr().message).toBe(
      "The outcome of 'stop' is unknown: The connection was lost: read ECONNRESET",
    )
    await closed
    expect(order).toStrictEqual([
      'SHUTDOWN',
      'closed by peer: The connection was lost: read ECONNRESET',
    ])
  })

  it('sends nothing again and nothing more', async () => {
    const { client, peer } = await connected()
    void client.execute(stop, {})
    await client.close()
    const later = (await client.execute(cont, {}))._unsafeUnwrapErr()
    expect(later).toMatchObject({ kind: 'unsupported', sent: false })
    expect(peer.received).toHaveLength(1)
    expect(peer.isClosed).toBe(true)
  })

  it('comes with a message that is not of the protocol, or too long', async () => {
    for (const text of ['{]\n', `"${'x'.repeat(1000)}"\n`]) {
      const { client, peer } = await connected({ maxMessageBytes: 500 })
      const closed = vi.fn<(report?: unknown) => void>()
      client.on('closed', closed)
      const answer = client.execute(stop, {})
      peer.say(text)
      expect((await answer)._unsafeUnwrapErr().kind).toBe('interrupted')
      await settled()
      expect(closed).toHaveBeenCalledWith({
        by: 'peer',
        error: expect.objectContaining({ kind: 'unexpected' }),
      })
      expect(peer.isClosed).toBe(true)
    }
  })

  it('can be brought about by disposing of the client', async () => {
    const { client, peer } = await connected()
    await client[Symbol.asyncDispose]()
    expect([client.isClosed, peer.isClosed]).toStrictEqual([true, true])
  })
})

describe('QmpClient.exchange', () => {
  it('gives whole answers, with the id of the caller', async () => {
    const { client, peer } = await connected()
    peer.onMessage = ({ id, execute }) =>
      execute === 'no'
        ? peer.say({ error: { class: 'CommandNotFound', desc: 'no' }, id: id ?? null })
        : peer.answer({ id: id ?? null }, RUNNING)
    const good = await client.exchange({ execute: 'query-status', id: { any: 'id' } })
    expect(good._unsafeUnwrap()).toStrictEqual({ return: RUNNING, id: { any: 'id' } })
    const bad = await client.exchange({ execute: 'no' })
    expect(bad._unsafeUnwrap()).toStrictEqual({ error: { class: 'CommandNotFound', desc: 'no' } })
  })

  it('fails when there is no answer', async () => {
    const { client, peer } = await connected()
    const answer = client.exchange({ execute: 'quit' })
    peer.hangUp()
    expect((await answer)._unsafeUnwrapErr().kind).toBe('interrupted')
  })
})

describe('messages that belong to nothing', () => {
  it.each<[string, JsonObject]>([
    ['an answer to nothing', { return: {}, id: 99 }],
    ['an answer with an id of another type', { return: {}, id: '2' }],
    ['an answer without id', { return: {} }],
    ['an error without id while nothing waits', { error: { class: 'GenericError', desc: 'x' } }],
    ['a second greeting', GREETING],
    [
      'a known event with data of another type',
      { event: 'SHUTDOWN', data: { guest: 1 }, timestamp },
    ],
  ])('are reported and harmless: %s', async (_, message) => {
    const { client, peer } = await connected()
    const stray = vi.fn<(report?: unknown) => void>()
    client.on('stray', stray)
    peer.say(message)
    await settled()
    expect(stray).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ kind: 'unexpected' }))
    peer.onMessage = (sent) => peer.answer(sent, [])
    expect((await client.execute(queryCommands, {})).isOk()).toBe(true)
  })

  it('includes the second answer to one command', async () => {
    const { client, peer } = await connected()
    const stray = vi.fn<(report?: unknown) => void>()
    client.on('stray', stray)
    const answer = client.execute(queryJobs, {})
    peer.answer(peer.received[0], [])
    peer.answer(peer.received[0], 'again')
    expect((await answer)._unsafeUnwrap()).toStrictEqual([])
    await settled()
    expect(stray).toHaveBeenCalledTimes(1)
  })
})
