import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatJson,
  GuestAgentClient,
  type GuestAgentOptions,
  guestFsfreezeFreeze,
  guestFsfreezeFreezeList,
  guestFsfreezeStatus,
  guestFsfreezeThaw,
  guestFstrim,
  guestGetFsinfo,
  guestInfo,
  guestPing,
  isObject,
  type JsonObject,
  type JsonValue,
  untypedCommand,
} from '../../src/qmp/index.ts'
import { MemoryPeer, settled } from './memory-peer.ts'

const SYNC = 'guest-sync-delimited'

/** The agent's answer to a synchronization. */
function syncAnswer(message: JsonObject): Uint8Array {
  const args = message['arguments']
  const id = isObject(args) ? (args['id'] ?? null) : null
  return delimited(`${formatJson({ return: id })._unsafeUnwrap()}\n`)
}

function delimited(text: string): Uint8Array {
  return Uint8Array.of(0xff, ...new TextEncoder().encode(text))
}

/** A client, and an agent that answers each command as the function says; nothing when that is undefined. */
function agent(
  answer: (name: JsonValue | undefined, args: JsonValue) => JsonObject | string | undefined,
  options: GuestAgentOptions = {},
): { client: GuestAgentClient; peer: MemoryPeer } {
  const peer = new MemoryPeer()
  peer.onMessage = (message) => {
    const { execute } = message
    const said = execute === SYNC ? undefined : answer(execute, message['arguments'] ?? {})
    if (execute === SYNC) peer.say(syncAnswer(message))
    else if (said !== undefined) peer.say(said)
  }
  return { client: GuestAgentClient.open(peer, options), peer }
}

const names = (peer: MemoryPeer): (JsonValue | undefined)[] =>
  peer.received.map((message) => message['execute'])

describe('GuestAgentClient', () => {
  it('synchronizes before each command, with a byte that ends what was half sent', async () => {
    const { client, peer } = agent(() => ({ return: {} }))
    expect((await client.execute(guestPing, {})).isOk()).toBe(true)
    expect((await client.execute(guestPing, {})).isOk()).toBe(true)
    expect(names(peer)).toStrictEqual([SYNC, 'guest-ping', SYNC, 'guest-ping'])
    expect(peer.bytes.map(([first]) => first === 0xff)).toStrictEqual([true, false, true, false])
  })

  it('sends no ids, which agents before QEMU 4.0 refuse', async () => {
    const { client, peer } = agent(() => ({ return: {} }))
    await client.execute(guestPing, {})
    expect(peer.received.every((message) => !Object.hasOwn(message, 'id'))).toBe(true)
  })

  it('carries commands out one at a time, in order', async () => {
    const answers: (() => void)[] = []
    const { client, peer } = agent(() => undefined)
    const synced = peer.onMessage
    peer.onMessage = (message) => {
      synced(message)
      if (message['execute'] !== SYNC)
        answers.push(() => peer.say({ return: message['execute'] ?? '' }))
    }
    const first = client.execute(untypedCommand('first'), {})
    const second = client.execute(untypedCommand('second'), {})
    await settled()
    expect(names(peer)).toStrictEqual([SYNC, 'first'])
    answers[0]?.()
    expect((await first)._unsafeUnwrap()).toBe('first')
    await settled()
    answers[1]?.()
    expect((await second)._unsafeUnwrap()).toBe('second')
  })

  it('knows the commands around a backup', async () => {
    const fsinfo = [
      {
        name: 'vda1',
        mountpoint: '/',
        type: 'ext4',
        'used-bytes': 1,
        'total-bytes': 2,
        disk: [
          {
            'bus-type': 'virtio',
            bus: 0,
            target: 0,
            unit: 0,
            dev: '/dev/vda1',
            'pci-controller': { domain: 0, bus: 4, slot: 0, function: 0 },
          },
        ],
      },
      { name: 'tmp', mountpoint: '/tmp', type: 'tmpfs', disk: [] },
    ]
    const info = {
      version: '7.2.22',
      supported_commands: [{ name: 'guest-ping', enabled: true, 'success-response': true }],
    }
    const trimmed = {
      paths: [
        { path: '/', trimmed: 4096, minimum: 0 },
        { path: '/x', error: 'no' },
      ],
    }
    const replies: Record<string, JsonValue> = {
      'guest-fsfreeze-status': 'frozen',
      'guest-fsfreeze-freeze': 3,
      'guest-fsfreeze-freeze-list': 1,
      'guest-fsfreeze-thaw': 0,
      'guest-fstrim': trimmed,
      'guest-get-fsinfo': fsinfo,
      'guest-info': info,
    }
    const { client, peer } = agent((name) => ({
      return: typeof name === 'string' ? (replies[name] ?? {}) : {},
    }))
    const got = [
      await client.execute(guestFsfreezeStatus, {}),
      await client.execute(guestFsfreezeFreeze, {}),
      await client.execute(guestFsfreezeFreezeList, { mountpoints: ['/'] }),
      await client.execute(guestFsfreezeThaw, {}),
      await client.execute(guestFstrim, { minimum: 4096 }),
      await client.execute(guestGetFsinfo, {}),
      await client.execute(guestInfo, {}),
    ]
    expect(got.map((result) => result._unsafeUnwrap())).toStrictEqual(Object.values(replies))
    expect(peer.received[5]).toStrictEqual({
      execute: 'guest-fsfreeze-freeze-list',
      arguments: { mountpoints: ['/'] },
    })
  })

  it('gives what the agent says when it refuses', async () => {
    const error = { class: 'CommandNotFound', desc: 'The command guest-x has not been found' }
    const { client } = agent(() => ({ error }))
    const refused = (await client.execute(untypedCommand('guest-x'), {}))._unsafeUnwrapErr()
    expect(refused).toMatchObject({ kind: 'refused', errorClass: error.class, desc: error.desc })
  })

  it('times out without giving the command when there is no agent', async () => {
    const peer = new MemoryPeer()
    const client = GuestAgentClient.open(peer, { syncTimeoutMs: 1 })
    const error = (await client.execute(guestFsfreezeFreeze, {}))._unsafeUnwrapErr()
    expect(error).toMatchObject({ kind: 'timeout', command: 'guest-fsfreeze-freeze', sent: false })
    expect(names(peer)).toStrictEqual([SYNC])
  })

  it('says that the command was given when the agent hangs in it', async () => {
    const { client } = agent(() => undefined)
    const error = await client.execute(guestFsfreezeFreeze, {}, { timeoutMs: 1 })
    expect(error._unsafeUnwrapErr()).toMatchObject({ kind: 'timeout', sent: true })
  })

  it('takes the late answer of one command for no other', async () => {
    let late: JsonObject | undefined
    const { client, peer } = agent((name) => {
      if (name !== 'slow') return { return: 'quick' }
      late = { return: 'slow' }
      return undefined
    })
    await client.execute(untypedCommand('slow'), {}, { timeoutMs: 1 })
    const quick = client.execute(untypedCommand('quick'), {})
    peer.say(late ?? {})
    expect((await quick)._unsafeUnwrap()).toBe('quick')
  })

  it('takes the answer to an old synchronization for no new one', async () => {
    const peer = new MemoryPeer()
    const client = GuestAgentClient.open(peer, { syncTimeoutMs: 1 })
    await client.execute(guestPing, {})
    const patient = GuestAgentClient.open(peer, { syncTimeoutMs: 60_000 })
    const ping = patient.execute(guestPing, {})
    peer.onMessage = () => peer.say({ return: {} })
    peer.say(delimited('{"return": 7}\n'))
    await settled()
    expect(names(peer)).toStrictEqual([SYNC, SYNC])
    const [, sync = {}] = peer.received
    peer.say(syncAnswer(sync))
    expect((await ping).isOk()).toBe(true)
  })

  it('passes over what comes before the byte that delimits: half messages, errors, noise', async () => {
    const { client, peer } = agent(() => ({ return: 1 }))
    const answer = client.execute(guestFsfreezeThaw, {})
    peer.onMessage = (message) => {
      if (message['execute'] !== SYNC) return peer.say({ return: 1 })
      peer.say('{"error": {"class": "GenericError", "desc": "Invalid JSON syntax"}}\n')
      peer.say(Uint8Array.of(0xc3, 0x0a, 0xff, 0xff))
      peer.say('{"return": {"ha')
      return peer.say(syncAnswer(message))
    }
    await settled()
    expect((await answer)._unsafeUnwrap()).toBe(1)
  })

  it.each([
    ['no JSON', 'garbage\n'],
    ['an event', { event: 'STOP', timestamp: { seconds: 1, microseconds: 1 } }],
    ['another type', { return: 'many' }],
    ['a message that is too long', `"${'x'.repeat(2000)}`],
    ['bytes that are not UTF-8', '{"return": \uD800'],
  ])('refuses %s as an answer and finds its way again', async (_, said) => {
    let count = 0
    const { client, peer } = agent(() => ((count += 1) === 1 ? said : { return: 2 }), {
      maxMessageBytes: 1000,
    })
    const first = client.execute(guestFsfreezeFreeze, {})
    await settled()
    if (said === '{"return": \uD800') peer.say(Uint8Array.of(0xc3, 0x28, 0x0a))
    expect((await first)._unsafeUnwrapErr()).toMatchObject({ kind: 'unexpected', sent: true })
    expect((await client.execute(guestFsfreezeFreeze, {}))._unsafeUnwrap()).toBe(2)
  })

  it('can be aborted while a command waits for its turn, or for its answer', async () => {
    const { client, peer } = agent(() => undefined)
    const running = new AbortController()
    const waiting = new AbortController()
    const first = client.execute(untypedCommand('first'), {}, { signal: running.signal })
    const second = client.execute(untypedCommand('second'), {}, { signal: waiting.signal })
    await settled()
    waiting.abort()
    expect((await second)._unsafeUnwrapErr()).toMatchObject({ kind: 'aborted', sent: false })
    running.abort()
    expect((await first)._unsafeUnwrapErr()).toMatchObject({ kind: 'aborted', sent: true })
    await settled()
    expect(names(peer)).toStrictEqual([SYNC, 'first'])
  })

  it('settles everything when the connection goes away', async () => {
    const { client, peer } = agent(() => undefined)
    const first = client.execute(guestFsfreezeFreeze, {})
    const second = client.execute(guestFsfreezeThaw, {})
    await settled()
    peer.hangUp(new Error('read ECONNRESET'))
    expect((await first)._unsafeUnwrapErr()).toMatchObject({ kind: 'interrupted', sent: true })
    expect((await second)._unsafeUnwrapErr()).toMatchObject({ kind: 'unsupported', sent: false })
    expect([client.isClosed, peer.isClosed]).toStrictEqual([true, true])
  })

  it('says that the command was not given when the connection goes away before', async () => {
    const peer = new MemoryPeer()
    const client = GuestAgentClient.open(peer)
    const answer = client.execute(guestFsfreezeFreeze, {})
    peer.hangUp()
    expect((await answer)._unsafeUnwrapErr()).toMatchObject({ kind: 'interrupted', sent: false })
  })

  it('has no out-of-band commands', async () => {
    const { client, peer } = agent(() => ({ return: {} }))
    const error = (await client.execute(guestPing, {}, { outOfBand: true }))._unsafeUnwrapErr()
    expect(error.kind).toBe('unsupported')
    expect(peer.received).toStrictEqual([])
  })

  it('finds its way after anything that a hostile guest says', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom('{"return": 1}\n', '{"return": {}}\n', '{\n', '\n', '{"error": 1}\n'),
      fc.json().map((text) => `${text}\n`),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(noise), fc.array(noise), async (before, between) => {
        const { client, peer } = agent(() => ({ return: 5 }))
        for (const each of before) peer.say(each)
        const first = client.execute(guestFsfreezeThaw, {})
        for (const each of between) peer.say(each)
        // The noise may pass for the answer to this one, which nothing can help: it is the guest that speaks.
        await first
        for (const each of between) peer.say(each)
        await settled()
        expect((await client.execute(guestFsfreezeThaw, {}))._unsafeUnwrap()).toBe(5)
      }),
      { numRuns: 300 },
    )
  })
})
