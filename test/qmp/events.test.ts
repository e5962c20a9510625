import { afterEach, describe, expect, it, vi } from 'vitest'
import { queryStatus } from '../../src/qmp/index.ts'
import { connected, settled } from './memory-peer.ts'

const timestamp = { seconds: 1795169653, microseconds: 39400 }
const status = (id: string): Parameters<typeof JSON.stringify>[0] => ({
  event: 'JOB_STATUS_CHANGE',
  data: { id, status: 'concluded' },
  timestamp,
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the events of a QmpClient', () => {
  it('come under their own name with their data and time', async () => {
    const { client, peer } = await connected()
    const listener = vi.fn<(report?: unknown) => void>()
    client.on('JOB_STATUS_CHANGE', listener)
    peer.say(status('j'))
    await settled()
    expect(listener).toHaveBeenCalledExactlyOnceWith({
      name: 'JOB_STATUS_CHANGE',
      data: { id: 'j', status: 'concluded' },
      timestamp,
    })
  })

  it('come all under one name, unknown ones too, in order', async () => {
    const { client, peer } = await connected()
    const names: string[] = []
    client.on('event', ({ name }) => names.push(name))
    for (const event of ['STOP', 'X_NEW', '__proto__', 'constructor', 'RESUME']) {
      peer.say({ event, data: { any: 'data' }, timestamp })
    }
    await settled()
    expect(names).toStrictEqual(['STOP', 'X_NEW', '__proto__', 'constructor', 'RESUME'])
  })

  it('cannot pass for a report of the client', async () => {
    const { client, peer } = await connected()
    const listener = vi.fn<(report?: unknown) => void>()
    client.on('closed', listener).on('stray', listener)
    for (const event of ['closed', 'stray', 'event']) peer.say({ event, timestamp })
    await settled()
    expect(listener).not.toHaveBeenCalled()
  })

  it('do not wait for answers, nor answers for them', async () => {
    const { client, peer } = await connected()
    const order: string[] = []
    client.on('STOP', () => order.push('STOP'))
    const answer = client.execute(queryStatus, {}).map(() => order.push('answer'))
    peer.say({ event: 'STOP', timestamp })
    await settled()
    expect(order).toStrictEqual(['STOP'])
    peer.answer(peer.received[0], { running: false, status: 'paused' })
    await answer
    expect(order).toStrictEqual(['STOP', 'answer'])
  })

  it('reach the other listeners when one throws', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const { client, peer } = await connected()
    const listener = vi.fn<(report?: unknown) => void>()
    const broken = new Error('broken listener')
    client.on('STOP', () => {
      throw broken
    })
    client.on('STOP', listener)
    peer.say({ event: 'STOP', timestamp })
    await settled()
    expect(listener).toHaveBeenCalledTimes(1)
    expect(warn).toHaveBeenCalledExactlyOnceWith(broken)
    expect(client.isClosed).toBe(false)
  })

  it('stop coming when a listener is taken away or disposed of', async () => {
    const { client, peer } = await connected()
    const first = vi.fn<(report?: unknown) => void>()
    const second = vi.fn<(report?: unknown) => void>()
    const third = vi.fn<(report?: unknown) => void>()
    client.on('STOP', first).on('STOP', second).off('STOP', first)
    client.subscribe('STOP', third)[Symbol.dispose]()
    peer.say({ event: 'STOP', timestamp })
    await settled()
    expect([first, second, third].map((listener) => listener.mock.calls.length)).toStrictEqual([
      0, 1, 0,
    ])
  })

  it('let a listener send commands', async () => {
    const { client, peer } = await connected()
    const statuses: string[] = []
    client.on('STOP', () => {
      void client.execute(queryStatus, {}).map((reply) => statuses.push(reply.status))
    })
    peer.onMessage = (message) => peer.answer(message, { running: false, status: 'paused' })
    peer.say({ event: 'STOP', timestamp })
    await settled()
    expect(statuses).toStrictEqual(['paused'])
  })
})
