import { describe, expect, it } from 'vitest'
import { queryStatus, queryYank, QmpClient, untypedCommand, yank } from '../../src/qmp/index.ts'
import { connected, GREETING, MemoryPeer, settled } from './memory-peer.ts'

describe('out-of-band commands', () => {
  it('are negotiated when they are asked for and offered', async () => {
    const peer = new MemoryPeer()
    peer.onMessage = (message) => peer.answer(message, {})
    const opening = QmpClient.open(peer, { outOfBand: true })
    peer.say(GREETING)
    expect((await opening)._unsafeUnwrap().hasOutOfBand).toBe(true)
    expect(peer.received).toMatchObject([
      { execute: 'qmp_capabilities', arguments: { enable: ['oob'] } },
    ])
  })

  it('are not there when the server does not offer them', async () => {
    const peer = new MemoryPeer()
    peer.onMessage = (message) => peer.answer(message, {})
    const opening = QmpClient.open(peer, { outOfBand: true })
    const version = { qemu: { major: 2, minor: 11, micro: 0 }, package: '' }
    peer.say({ QMP: { version, capabilities: [] } })
    const client = (await opening)._unsafeUnwrap()
    const refused = await client.execute(queryYank, {}, { outOfBand: true })
    expect(refused._unsafeUnwrapErr()).toMatchObject({ kind: 'unsupported', sent: false })
    expect(peer.received).toHaveLength(1)
  })

  it('are sent as such and answered before the commands in band', async () => {
    const { client, peer } = await connected({ outOfBand: true })
    const slow = client.execute(untypedCommand('slow'), {})
    const instances = [{ type: 'migration' }] as const
    const quick = client.execute(yank, { instances }, { outOfBand: true })
    expect(peer.received[1]).toMatchObject({ 'exec-oob': 'yank', arguments: { instances } })
    peer.answer(peer.received[1], {})
    expect((await quick).isOk()).toBe(true)
    peer.answer(peer.received[0], 'done')
    expect((await slow)._unsafeUnwrap()).toBe('done')
  })

  it('can be sent however many commands wait in band, since the server reads on', async () => {
    const { client, peer } = await connected({ outOfBand: true })
    const names = Array.from({ length: 20 }, (_, index) => `slow-${index}`)
    const results = names.map((name) => client.execute(untypedCommand(name), {}))
    void client.execute(queryYank, {}, { outOfBand: true })
    const sent = peer.received.map((message) => message['execute'] ?? message['exec-oob'])
    expect(sent).toStrictEqual([...names.slice(0, 7), 'query-yank'])
    const inBand = (): typeof peer.received =>
      peer.received.filter((message) => 'execute' in message)
    for (let at = 0; at < names.length; at += 1) {
      peer.answer(inBand()[at], names[at] ?? null)
      await settled()
    }
    const values = await Promise.all(results)
    expect(values.map((value) => value._unsafeUnwrap())).toStrictEqual(names)
  })

  it('leave commands that wait to be sent out when these are aborted or the peer goes', async () => {
    const { client, peer } = await connected({ outOfBand: true })
    const controller = new AbortController()
    for (let at = 0; at < 7; at += 1) void client.execute(queryStatus, {})
    const aborted = client.execute(untypedCommand('aborted'), {}, { signal: controller.signal })
    const waiting = client.execute(untypedCommand('waiting'), {})
    controller.abort()
    expect((await aborted)._unsafeUnwrapErr()).toMatchObject({ kind: 'aborted', sent: false })
    peer.hangUp()
    expect((await waiting)._unsafeUnwrapErr()).toMatchObject({ kind: 'unsupported', sent: false })
    expect(peer.received).toHaveLength(7)
  })
})
