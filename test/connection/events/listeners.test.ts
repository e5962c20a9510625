import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { okAsync } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { createConnection } from '../../../src/connection/index.ts'
import { ConnectCloseReason, DomainEventType } from '../../../src/constants/index.ts'
import { ErrorDomain, ErrorNumber, unwrap, VirError, virError } from '../../../src/errors/index.ts'
import { callSync, vm } from '../recording-driver.ts'
import { connect, errorsOf, other, settled } from './eventful-driver.ts'

const started = { event: DomainEventType.STARTED, detail: 0 } as const

describe('a listener', () => {
  it('is registered with the driver before any later call is sent', async () => {
    const { eventful, connection } = connect()
    const domain = unwrap(await connection.domainLookupByName('vm'))
    connection.on('lifecycle', () => undefined)
    await domain.suspend()
    expect(eventful.log).toStrictEqual(['register lifecycle', 'suspend'])
  })

  it('is registered once however many there are, and deregistered with the last', async () => {
    const { eventful, connection } = connect()
    const listeners = [(): number => 1, (): number => 2]
    for (const listener of listeners) connection.on('reboot', listener)
    await settled()
    connection.off('reboot', listeners[0])
    expect(eventful.log).toStrictEqual(['register reboot'])
    connection.off('reboot', listeners[1])
    expect(eventful.log).toStrictEqual(['register reboot', 'deregister reboot'])
    expect(eventful.registered.size).toBe(0)
  })

  it('gets an object in the place of the name, after the driver is done', async () => {
    const { eventful, connection } = connect()
    const heard: unknown[] = []
    connection.on('lifecycle', ({ domain, event, detail }) => {
      heard.push([domain.getName(), domain.getConnect() === connection, event, detail])
    })
    await settled()
    eventful.report('lifecycle', { domain: vm, ...started })
    expect(heard).toStrictEqual([])
    await settled()
    expect(heard).toStrictEqual([['vm', true, DomainEventType.STARTED, 0]])
  })

  it('hears events in the order in which they were reported', async () => {
    const { eventful, connection } = connect()
    const heard: string[] = []
    connection.on('reboot', ({ domain }) => heard.push(`reboot ${domain.name}`))
    connection.on('controlError', ({ domain }) => heard.push(`controlError ${domain.name}`))
    eventful.report('reboot', { domain: vm })
    eventful.report('controlError', { domain: other })
    eventful.report('reboot', { domain: other })
    await settled()
    expect(heard).toStrictEqual(['reboot vm', 'controlError other', 'reboot other'])
  })

  it('that throws or rejects is reported and stops no other', async () => {
    const { eventful, connection } = connect()
    const errors = errorsOf(connection)
    const heard: string[] = []
    connection.on('reboot', () => {
      throw new Error('first')
    })
    connection.on('reboot', async () => {
      await Promise.reject(new Error('second'))
    })
    connection.on('reboot', ({ domain }) => heard.push(domain.name))
    eventful.report('reboot', { domain: vm })
    await settled()
    expect(heard).toStrictEqual(['vm'])
    expect(errors).toStrictEqual([
      { event: 'reboot', error: new Error('first') },
      { event: 'reboot', error: new Error('second') },
    ])
  })

  it('that throws is told to the diagnostics channel, also a listener of such errors', async () => {
    const { eventful, connection } = connect()
    const published: unknown[] = []
    const receive = (message: unknown): void => {
      published.push(message)
    }
    subscribe('virtdriver:connection:listener-error', receive)
    connection.on('listenerError', () => {
      throw new Error('twice')
    })
    connection.on('reboot', () => {
      throw new Error('once')
    })
    eventful.report('reboot', { domain: vm })
    await settled()
    unsubscribe('virtdriver:connection:listener-error', receive)
    expect(published).toStrictEqual([
      { event: 'reboot', error: new Error('once') },
      { event: 'listenerError', error: new Error('twice') },
    ])
  })

  it('added by once hears one event and is deregistered', async () => {
    const { eventful, connection } = connect()
    let heard = 0
    connection.once('reboot', () => {
      heard += 1
    })
    await settled()
    eventful.report('reboot', { domain: vm })
    eventful.report('reboot', { domain: vm })
    await settled()
    expect(heard).toBe(1)
    expect(eventful.log).toStrictEqual(['register reboot', 'deregister reboot'])
  })

  it('that was removed does not hear what is on its way', async () => {
    const { eventful, connection } = connect()
    let heard = 0
    const listener = (): void => {
      heard += 1
    }
    connection.on('reboot', listener)
    eventful.report('reboot', { domain: vm })
    connection.off('reboot', listener)
    await settled()
    expect(heard).toBe(0)
  })

  it('that goes before the driver has answered is deregistered once it has', async () => {
    const { eventful, connection } = connect()
    let open = (): void => undefined
    eventful.gate = new Promise((resolve) => {
      open = resolve
    })
    connection.subscribe('reboot', () => undefined)[Symbol.dispose]()
    await settled()
    expect(eventful.log).toStrictEqual(['register reboot'])
    open()
    await settled()
    expect(eventful.log).toStrictEqual(['register reboot', 'deregister reboot'])
  })

  it('that comes back is registered anew', async () => {
    const { eventful, connection } = connect()
    let heard = 0
    connection.subscribe('reboot', () => undefined)[Symbol.dispose]()
    connection.on('reboot', () => {
      heard += 1
    })
    await settled()
    eventful.report('reboot', { domain: vm })
    await settled()
    expect(heard).toBe(1)
    expect(eventful.registered.size).toBe(1)
  })

  it('that was subscribed twice goes one by one', async () => {
    const { eventful, connection } = connect()
    let heard = 0
    const listener = (): void => {
      heard += 1
    }
    const first = connection.subscribe('reboot', listener)
    connection.subscribe('reboot', listener)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    eventful.report('reboot', { domain: vm })
    await settled()
    expect(heard).toBe(1)
  })

  it('that calls back into the connection meets it as it is', async () => {
    const { eventful, connection } = connect()
    const results: boolean[] = []
    connection.on('reboot', async ({ domain }) => {
      results.push((await domain.suspend()).isOk())
    })
    eventful.report('reboot', { domain: vm })
    await settled()
    expect(results).toStrictEqual([true])
  })

  it('is told when the driver refuses to report the event, and may come again', async () => {
    const { eventful, connection } = connect()
    const errors = errorsOf(connection)
    eventful.refusal = virError(ErrorNumber.NO_SUPPORT, ErrorDomain.TEST, 'no events')
    connection.on('reboot', () => undefined)
    await settled()
    expect(errors).toStrictEqual([{ event: 'reboot', error: eventful.refusal }])
    eventful.refusal = undefined
    connection.on('reboot', () => undefined)
    expect(eventful.log).toStrictEqual(['register reboot', 'register reboot'])
  })

  it('of a driver without events is told NO_SUPPORT', async () => {
    const connection = createConnection(
      { name: 'Bare', connectClose: () => okAsync(undefined) },
      'bare:///',
      { readOnly: false },
    )
    const errors = errorsOf(connection)
    connection.on('lifecycle', () => undefined)
    await settled()
    expect(errors.map(({ error }) => error instanceof VirError && error.message)).toStrictEqual([
      'this function is not supported by the connection driver: virConnectDomainEventRegisterAny',
    ])
  })

  it.each<[unknown, unknown, string]>([
    ['reboot', undefined, 'cb in virConnectDomainEventRegisterAny must not be NULL'],
    ['reboot', 'x', 'cb in virConnectDomainEventRegisterAny must be a function'],
    ['error', () => undefined, 'eventID must be less than 27'],
    ['__proto__', () => undefined, 'eventID must be less than 27'],
    [Symbol('x'), () => undefined, 'eventID must be less than 27'],
  ])('is refused without a throw: %s, %s', async (name, listener, message) => {
    const { connection } = connect()
    const errors = errorsOf(connection)
    for (const method of ['on', 'once', 'subscribe']) {
      callSync(connection, method, [name, listener])
    }
    await settled()
    const messages = errors.map(({ error }) => error instanceof Error && error.message)
    expect(messages).toStrictEqual([message, message, message])
  })
})

describe('the end of a connection', () => {
  it('is the last event, after those that were reported before', async () => {
    const { eventful, connection } = connect()
    const heard: unknown[] = []
    connection.on('reboot', () => heard.push('reboot'))
    connection.on('closed', ({ reason }) => heard.push(reason))
    await settled()
    eventful.report('reboot', { domain: vm })
    const closing = connection.close()
    eventful.report('reboot', { domain: vm })
    await closing
    await settled()
    expect(heard).toStrictEqual(['reboot', ConnectCloseReason.CLIENT])
    expect(eventful.log).toStrictEqual(['register reboot', 'deregister reboot', 'close'])
  })

  it('is told with its reason when the driver lost the hypervisor', async () => {
    const { eventful, connection } = connect()
    const heard: unknown[] = []
    await connection.registerCloseCallback((reason) => heard.push(['callback', reason]))
    connection.on('closed', ({ reason }) => heard.push(['closed', reason]))
    eventful.closeCallback?.(ConnectCloseReason.KEEPALIVE)
    eventful.closeCallback?.(ConnectCloseReason.ERROR)
    await settled()
    expect(heard).toStrictEqual([
      ['callback', ConnectCloseReason.KEEPALIVE],
      ['closed', ConnectCloseReason.KEEPALIVE],
    ])
    expect((await connection.close()).isOk()).toBe(true)
    await settled()
    expect(heard).toHaveLength(2)
  })

  it('leaves nothing to listen to', async () => {
    const { eventful, connection } = connect()
    await connection.close()
    connection.on('reboot', () => undefined)
    await settled()
    expect(eventful.log).toStrictEqual(['close'])
  })
})
