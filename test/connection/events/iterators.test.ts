import { describe, expect, it } from 'vitest'
import { ConnectCloseReason } from '../../../src/constants/index.ts'
import { ErrorDomain, ErrorNumber, unwrap, virError } from '../../../src/errors/index.ts'
import { callSync, vm } from '../recording-driver.ts'
import { connect, other, settled } from './eventful-driver.ts'

describe('an iterator', () => {
  it('gives the events from its making on, one by one', async () => {
    const { eventful, connection } = connect()
    const events = connection.events('reboot')
    eventful.report('reboot', { domain: vm })
    eventful.report('reboot', { domain: other })
    const names = [await events.next(), await events.next()].map((one) => one.value?.domain.name)
    expect(names).toStrictEqual(['vm', 'other'])
    const waiting = events.next()
    eventful.report('reboot', { domain: vm })
    expect((await waiting).value?.domain.name).toBe('vm')
  })

  it('gives only events of its domain', async () => {
    const { eventful, connection } = connect()
    const domain = unwrap(await connection.domainLookupByName('other'))
    const events = connection.events('reboot', { domain })
    eventful.report('reboot', { domain: vm })
    eventful.report('reboot', { domain: other })
    expect((await events.next()).value?.domain.name).toBe('other')
  })

  it('ends with its signal and deregisters', async () => {
    const { eventful, connection } = connect()
    const controller = new AbortController()
    const events = connection.events('reboot', { signal: controller.signal })
    await settled()
    eventful.report('reboot', { domain: vm })
    await settled()
    controller.abort()
    expect(await events.next()).toStrictEqual({ done: true, value: undefined })
    expect(eventful.log).toStrictEqual(['register reboot', 'deregister reboot'])
  })

  it('is over at once with a signal that has fired', async () => {
    const { eventful, connection } = connect()
    const events = connection.events('reboot', { signal: AbortSignal.abort() })
    expect((await events.next()).done).toBe(true)
    expect(eventful.log).toStrictEqual([])
  })

  it.each(['return', 'dispose'] as const)('ends and deregisters by %s', async (how) => {
    const { eventful, connection } = connect()
    const events = connection.events('reboot')
    await settled()
    const waiting = events.next()
    await (how === 'return' ? events.return?.() : events[Symbol.asyncDispose]())
    expect((await waiting).done).toBe(true)
    expect(eventful.log).toStrictEqual(['register reboot', 'deregister reboot'])
  })

  it('drops no event silently: it gives those that wait, then throws', async () => {
    const { eventful, connection } = connect()
    const events = connection.events('reboot', { limit: 2 })
    for (const domain of [vm, other, vm]) eventful.report('reboot', { domain })
    await settled()
    expect(eventful.registered.size).toBe(0)
    expect((await events.next()).value?.domain.name).toBe('vm')
    expect((await events.next()).value?.domain.name).toBe('other')
    await expect(events.next()).rejects.toMatchObject({
      code: ErrorNumber.OPERATION_FAILED,
      message: "operation failed: more than 2 events of 'reboot' wait to be taken",
    })
    expect((await events.next()).done).toBe(true)
  })

  it('comes to its end when the program closes the connection', async () => {
    const { eventful, connection } = connect()
    const events = connection.events('reboot')
    eventful.report('reboot', { domain: vm })
    await connection.close()
    const names: string[] = []
    for await (const { domain } of events) names.push(domain.name)
    expect(names).toStrictEqual(['vm'])
  })

  it('throws when the hypervisor is lost, to one of those who wait', async () => {
    const { eventful, connection } = connect()
    const events = connection.events('reboot')
    const waiting = Promise.allSettled([events.next(), events.next()])
    eventful.closeCallback?.(ConnectCloseReason.EOF)
    const [first, second] = await waiting
    expect(first).toMatchObject({
      status: 'rejected',
      reason: { message: 'internal error: client socket is closed' },
    })
    expect(second).toMatchObject({ status: 'fulfilled', value: { done: true } })
  })

  it('throws what the driver refused the event with', async () => {
    const { eventful, connection } = connect()
    eventful.refusal = virError(ErrorNumber.NO_SUPPORT, ErrorDomain.TEST, 'no events')
    await expect(connection.events('reboot').next()).rejects.toBe(eventful.refusal)
  })

  it('tells the end of a connection as an event too', async () => {
    const { connection } = connect()
    const events = connection.events('closed')
    await connection.close()
    expect(await events.next()).toStrictEqual({
      done: false,
      value: { reason: ConnectCloseReason.CLIENT },
    })
    expect((await events.next()).done).toBe(true)
  })

  it.each([
    ['reboot', null, 'options in virConnectDomainEventRegisterAny must be a record'],
    ['reboot', { limit: 0 }, 'limit in virConnectDomainEventRegisterAny must be greater than zero'],
    ['reboot', { limit: 'x' }, 'limit in virConnectDomainEventRegisterAny must be a number'],
    ['reboot', { signal: {} }, 'signal in virConnectDomainEventRegisterAny must be an AbortSignal'],
    ['reboot', { domain: {} }, 'invalid domain pointer in virConnectDomainEventRegisterAny'],
    ['nothing', {}, 'eventID must be less than 27'],
  ])('throws for events(%j, %j) and not before it is asked', async (name, options, message) => {
    const { connection } = connect()
    const events = callSync(connection, 'events', [name, options])
    await expect(callSync(events, 'next', [])).rejects.toThrow(message)
  })

  it('throws for a domain of another connection and for a closed connection', async () => {
    const { connection } = connect()
    const domain = unwrap(await connect().connection.domainLookupByName('vm'))
    await expect(connection.events('reboot', { domain }).next()).rejects.toThrow(
      "domain 'vm' must match connection",
    )
    await connection.close()
    await expect(connection.events('reboot').next()).rejects.toThrow('invalid connection pointer')
  })
})
