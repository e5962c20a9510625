import { describe, expect, it } from 'vitest'
import { ErrorNumber, unwrap } from '../../../src/errors/index.ts'
import { call, errorOf, vm } from '../recording-driver.ts'
import { connect, errorsOf, other, settled } from './eventful-driver.ts'

describe('a callback that is registered with the driver itself', () => {
  it('gets the events of its domain until it is deregistered', async () => {
    const { eventful, connection } = connect()
    const domain = unwrap(await connection.domainLookupByName('vm'))
    const heard: string[] = []
    const id = unwrap(
      await connection.domainEventRegisterAny(domain, 'reboot', (event) =>
        heard.push(event.domain.name),
      ),
    )
    eventful.report('reboot', { domain: vm })
    eventful.report('reboot', { domain: other })
    await settled()
    expect(heard).toStrictEqual(['vm'])
    eventful.report('reboot', { domain: vm })
    expect((await connection.domainEventDeregisterAny(id)).isOk()).toBe(true)
    expect(heard).toStrictEqual(['vm', 'vm'])
    await settled()
    expect(eventful.registered.size).toBe(0)
  })

  it('is found again by itself in the old form', async () => {
    const { eventful, connection } = connect()
    const heard: string[] = []
    const callback = ({ domain }: { domain: { name: string } }): number => heard.push(domain.name)
    expect((await connection.domainEventRegister(callback)).isOk()).toBe(true)
    eventful.report('legacy', { domain: vm })
    await settled()
    expect(heard).toStrictEqual(['vm'])
    expect((await connection.domainEventDeregister(callback)).isOk()).toBe(true)
    expect(eventful.registered.size).toBe(0)
    expect(errorOf(await connection.domainEventDeregister(callback)).message).toBe(
      'invalid argument: could not find event callback -1 for deletion',
    )
  })

  it('hears of QEMU’s monitor', async () => {
    const { eventful, connection } = connect()
    const heard: unknown[] = []
    const id = unwrap(
      await connection.domainQemuMonitorEventRegister(undefined, 'STOP', (event) =>
        heard.push([event.domain.name, event.event]),
      ),
    )
    eventful.report('monitor', { domain: vm, event: 'STOP', seconds: 1, micros: 0 })
    await settled()
    expect(heard).toStrictEqual([['vm', 'STOP']])
    expect((await connection.domainQemuMonitorEventDeregister(id)).isOk()).toBe(true)
  })

  it('that throws is reported', async () => {
    const { eventful, connection } = connect()
    const errors = errorsOf(connection)
    await connection.domainEventRegisterAny(undefined, 'reboot', () => {
      throw new Error('no')
    })
    eventful.report('reboot', { domain: vm })
    await settled()
    expect(errors).toStrictEqual([{ event: 'reboot', error: new Error('no') }])
  })

  const cb = (): void => undefined
  it.each([
    [
      'domainEventRegisterAny',
      [{}, 'reboot', cb],
      7,
      6,
      'invalid domain pointer in virConnectDomainEventRegisterAny',
    ],
    [
      'domainEventRegisterAny',
      [undefined, 'reboot', undefined],
      8,
      20,
      'cb in virConnectDomainEventRegisterAny must not be NULL',
    ],
    [
      'domainEventRegisterAny',
      [undefined, -1, cb],
      8,
      20,
      'eventID in virConnectDomainEventRegisterAny must be zero or greater',
    ],
    ['domainEventRegisterAny', [undefined, 27, cb], 8, 20, 'eventID must be less than 27'],
    [
      'domainEventDeregisterAny',
      [-1],
      8,
      20,
      'callbackID in virConnectDomainEventDeregisterAny must be zero or greater',
    ],
    [
      'domainEventRegister',
      [undefined],
      8,
      20,
      'cb in virConnectDomainEventRegister must not be NULL',
    ],
    [
      'domainEventDeregister',
      [undefined],
      8,
      20,
      'cb in virConnectDomainEventDeregister must not be NULL',
    ],
    [
      'domainQemuMonitorEventRegister',
      [undefined, 'STOP', undefined],
      8,
      0,
      'cb in virConnectDomainQemuMonitorEventRegister must not be NULL',
    ],
    [
      'domainQemuMonitorEventDeregister',
      [-1],
      8,
      0,
      'callbackID in virConnectDomainQemuMonitorEventDeregister must be zero or greater',
    ],
  ] as const)('is refused: %s(%j)', async (method, args, code, domain, message) => {
    const error = errorOf(await call(connect().connection, method, args))
    expect([error.code, error.domain, error.message]).toStrictEqual([code, domain, message])
  })

  it('is refused for a domain of another connection, in the words of each function', async () => {
    const foreign = unwrap(await connect().connection.domainLookupByName('vm'))
    const { connection } = connect()
    const any = errorOf(await connection.domainEventRegisterAny(foreign, 'reboot', cb))
    expect([any.message, any.str2]).toStrictEqual(["domain 'vm' must match connection", 'dom'])
    const monitor = errorOf(await connection.domainQemuMonitorEventRegister(foreign, 'STOP', cb))
    expect(monitor.message).toBe(
      "domain 'vm' in virConnectDomainQemuMonitorEventRegister must match connection",
    )
  })

  it('of QEMU’s monitor needs a connection that may write', async () => {
    const { connection } = connect(true)
    const error = errorOf(await connection.domainQemuMonitorEventRegister(undefined, 'STOP', cb))
    expect([error.code, error.domain]).toStrictEqual([ErrorNumber.OPERATION_DENIED, 0])
    expect((await connection.domainEventRegisterAny(undefined, 'reboot', cb)).isOk()).toBe(true)
  })
})
