import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cont, objectAdd, QMP_SEND_CHANNEL, setPassword } from '../../src/qmp/index.ts'
import { connected } from './memory-peer.ts'

let published: unknown[] = []
const note = (message: unknown): void => {
  published.push(message)
}

beforeEach(() => {
  published = []
  subscribe(QMP_SEND_CHANNEL, note)
})

afterEach(() => {
  unsubscribe(QMP_SEND_CHANNEL, note)
})

describe('the channel of sent commands', () => {
  it('has each command before it is sent', async () => {
    const { client } = await connected()
    void client.execute(cont, {})
    expect(published).toStrictEqual([
      { command: 'qmp_capabilities', arguments: {} },
      { command: 'cont', arguments: {} },
    ])
  })

  it('has no passwords and no data of secrets, which are sent all the same', async () => {
    const { client, peer } = await connected()
    void client.execute(objectAdd, { 'qom-type': 'secret', id: 's', data: 'hunter2' })
    void client.execute(setPassword, { protocol: 'vnc', password: 'hunter2' })
    expect(published.slice(1)).toStrictEqual([
      { command: 'object-add', arguments: { 'qom-type': 'secret', id: 's', data: '<hidden>' } },
      { command: 'set_password', arguments: { protocol: 'vnc', password: '<hidden>' } },
    ])
    expect(JSON.stringify(peer.received).match(/hunter2/g)).toHaveLength(2)
  })
})
