import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { createConnection } from '../../src/connection/index.ts'
import type { DomainRef, HypervisorDriver } from '../../src/driver/index.ts'
import { ErrorDomain, ErrorNumber, unwrap, virError } from '../../src/errors/index.ts'
import { call, errorOf, objectsOf, RecordingDriver, vm } from './recording-driver.ts'

function bareDriver(members: Partial<HypervisorDriver> = {}): HypervisorDriver {
  return { name: 'Bare', connectClose: () => okAsync(undefined), ...members }
}

function connect(members: Partial<HypervisorDriver> = {}, readOnly = false) {
  return createConnection(bareDriver(members), 'bare:///x', { readOnly })
}

/** A callback, told from others by being itself. */
function callback(): void {}

/** Starts a domain. */
const started = (): ResultAsync<void, never> => okAsync(undefined)

const lookups: Partial<HypervisorDriver> = {
  domainLookupByName: (name) => okAsync({ ...vm, name }),
}

describe('a connection', () => {
  it('gives the URI that was opened', () => {
    expect(connect().getURI()).toBe('bare:///x')
  })

  it('says which members the driver has', () => {
    const connection = connect(lookups)
    expect(connection.supports('domainLookupByName')).toBe(true)
    expect(connection.supports('domainBackupBegin')).toBe(false)
    // @ts-expect-error -- no member of a driver, though every object has it
    expect(connection.supports('toString')).toBe(false)
  })

  it('takes the name of the driver where the driver gives no type', async () => {
    expect(unwrap(await connect().getType())).toBe('Bare')
    expect(unwrap(await connect({ connectGetType: () => okAsync('BARE') }).getType())).toBe('BARE')
  })

  it('takes the version of libvirt that it mirrors where the driver gives none', async () => {
    expect(unwrap(await connect().getLibVersion())).toBe(9_000_000)
    const old = connect({ connectGetLibVersion: () => okAsync(8_000_000) })
    expect(unwrap(await old.getLibVersion())).toBe(8_000_000)
  })

  it('is closed once, and invalid then', async () => {
    let closed = 0
    const connection = connect({
      connectClose: () => {
        closed += 1
        return okAsync(undefined)
      },
    })
    expect((await connection.close()).isOk()).toBe(true)
    const again = errorOf(await connection.close())
    expect([again.code, again.domain, again.message]).toStrictEqual([
      ErrorNumber.INVALID_CONN,
      ErrorDomain.NONE,
      'invalid connection pointer in virConnectClose',
    ])
    expect(closed).toBe(1)
  })

  it('is invalid as soon as it is being closed', async () => {
    const connection = connect(lookups)
    const closing = connection.close()
    expect(errorOf(await connection.domainLookupByName('vm')).code).toBe(ErrorNumber.INVALID_CONN)
    expect((await closing).isOk()).toBe(true)
  })

  it('gives the error of a driver that cannot close', async () => {
    const stuck = virError(ErrorNumber.RPC, ErrorDomain.RPC, 'stuck')
    expect(errorOf(await connect({ connectClose: () => errAsync(stuck) }).close())).toBe(stuck)
  })

  it('is closed when it is disposed of, however often', async () => {
    let closed = 0
    const connection = connect({
      connectClose: () => {
        closed += 1
        return errAsync(virError(ErrorNumber.RPC, ErrorDomain.RPC, 'stuck'))
      },
    })
    await connection[Symbol.asyncDispose]()
    await connection[Symbol.asyncDispose]()
    expect(closed).toBe(1)
  })

  it('keeps one close callback where the driver reports breaks', async () => {
    const connection = connect({ connectRegisterCloseCallback: () => okAsync(undefined) })
    expect((await connection.registerCloseCallback(callback)).isOk()).toBe(true)
    const second = errorOf(await connection.registerCloseCallback(() => undefined))
    expect(second.message).toBe(
      'Requested operation is not valid: A close callback is already registered',
    )
    const other = errorOf(await connection.unregisterCloseCallback(() => undefined))
    expect(other.message).toBe(
      'Requested operation is not valid: A different callback was requested',
    )
    expect((await connection.unregisterCloseCallback(callback)).isOk()).toBe(true)
    expect((await connection.registerCloseCallback(callback)).isOk()).toBe(true)
  })

  it('takes every close callback where the driver reports no breaks, as libvirt does', async () => {
    const connection = connect()
    for (let times = 0; times < 2; times += 1) {
      // oxlint-disable-next-line no-await-in-loop -- the second must find the first
      expect((await connection.registerCloseCallback(() => undefined)).isOk()).toBe(true)
    }
    expect((await connection.unregisterCloseCallback(() => undefined)).isOk()).toBe(true)
  })

  it.each(['registerCloseCallback', 'unregisterCloseCallback'])(
    'wants a callback for %s',
    async (method) => {
      const error = errorOf(await call(connect(), method, [undefined]))
      const name = `virConnect${method.charAt(0).toUpperCase()}${method.slice(1)}`
      expect([error.message, error.str2]).toStrictEqual([`cb in ${name} must not be NULL`, 'cb'])
    },
  )
})

describe('a driver that breaks its contract', () => {
  const boom = new Error('boom')

  it.each([
    [
      'throws',
      () => {
        throw boom
      },
    ],
    ['rejects', () => new ResultAsync<DomainRef, never>(Promise.reject(boom))],
  ])('and %s makes the call fail with an unknown cause', async (_, domainLookupByName) => {
    const error = errorOf(await connect({ domainLookupByName }).domainLookupByName('vm'))
    expect([error.code, error.domain, error.message, error.cause]).toStrictEqual([
      ErrorNumber.INTERNAL_ERROR,
      ErrorDomain.NONE,
      'An error occurred, but the cause is unknown',
      boom,
    ])
  })
})

describe('a lookup', () => {
  const uuid = '6695eb01-f6a4-8304-79aa-97f2502e193f'
  const found: string[] = []
  const connection = connect({
    domainLookupByUUID: (text) => {
      found.push(text)
      return okAsync(vm)
    },
  })

  it.each([
    uuid,
    uuid.toUpperCase(),
    uuid.replaceAll('-', ''),
    ` \t${uuid}\n`,
    '66-95-eb 01--f6a4 8304-79aa97f2502e193f',
    `-- ${uuid}`,
  ])('by UUID reads %j', async (text) => {
    found.length = 0
    expect(unwrap(await connection.domainLookupByUUIDString(text)).getUUIDString()).toBe(uuid)
    expect(found).toStrictEqual([uuid])
  })

  it.each([
    '',
    'x',
    uuid.slice(1),
    `${uuid}0`,
    `${uuid}-`,
    `g${uuid.slice(1)}`,
    uuid.replace('66', '6-6'),
    ' '.repeat(1_000_000),
  ])('by UUID refuses %.40j', async (text) => {
    const error = errorOf(await connection.domainLookupByUUIDString(text))
    expect([error.code, error.message, error.str1, error.str2]).toStrictEqual([
      ErrorNumber.INVALID_ARG,
      'Invalid UUID',
      'virDomainLookupByUUIDString',
      'uuidstr',
    ])
  })

  it('by UUID takes the 16 bytes that a domain gives', async () => {
    found.length = 0
    const domain = unwrap(await connection.domainLookupByUUIDString(uuid))
    expect(domain.getUUID()).toHaveLength(16)
    await connection.domainLookupByUUID(domain.getUUID())
    expect(found).toStrictEqual([uuid, uuid])
  })

  it.each([
    [undefined, 'uuid in virDomainLookupByUUID must not be NULL'],
    [new Uint8Array(15), 'Invalid UUID'],
    [uuid, 'uuid in virDomainLookupByUUID must be bytes'],
  ])('by UUID refuses %s for bytes', async (bytes, message) => {
    expect(errorOf(await call(connection, 'domainLookupByUUID', [bytes])).message).toBe(message)
  })

  it('by UUID text is the other function where the driver lacks the member, as in libvirt', async () => {
    expect(errorOf(await connect().domainLookupByUUIDString(uuid)).str2).toBe(
      'virDomainLookupByUUID',
    )
  })
})

describe('a domain', () => {
  it('knows what it was found by, also after the connection was closed', async () => {
    const { connection, domain } = await objectsOf(new RecordingDriver().driver)
    await connection.close()
    expect([domain.name, domain.uuid, domain.id]).toStrictEqual([vm.name, vm.uuid, 7])
    expect([domain.getName(), domain.getUUIDString(), domain.getID()]).toStrictEqual([
      vm.name,
      vm.uuid,
      7,
    ])
    expect(domain.getConnect()).toBe(connection)
  })

  it.each(['destroy', 'destroyFlags', 'managedSave'])('has no id after %s', async (method) => {
    const { domain } = await objectsOf(new RecordingDriver().driver)
    await call(domain, method, [])
    expect(domain.id).toBe(-1)
  })

  it.each([
    ['save', ['/x']],
    ['saveFlags', ['/x']],
    ['saveParams', [{ file: '/x' }]],
  ])('has no id after %s', async (method, args) => {
    const { domain } = await objectsOf(new RecordingDriver().driver)
    await call(domain, method, args)
    expect(domain.id).toBe(-1)
  })

  it.each(['create', 'createWithFlags', 'createWithFiles'])(
    'learns its new id from %s',
    async (method) => {
      const connection = connect({
        ...lookups,
        domainCreate: started,
        domainCreateWithFlags: started,
        domainCreateWithFiles: started,
        domainLookupByUUID: () => okAsync({ ...vm, id: 12 }),
      })
      const domain = unwrap(await connection.domainLookupByName('vm'))
      expect((await call(domain, method, [])).isOk()).toBe(true)
      expect(domain.id).toBe(12)
    },
  )

  it('is started also when nobody can tell the new id', async () => {
    const gone = virError(ErrorNumber.NO_DOMAIN, ErrorDomain.QEMU, 'gone')
    const connection = connect({
      ...lookups,
      domainCreate: () => okAsync(undefined),
      domainLookupByUUID: () => errAsync(gone),
    })
    const domain = unwrap(await connection.domainLookupByName('vm'))
    expect((await domain.create()).isOk()).toBe(true)
    expect(domain.id).toBe(7)
  })

  it('keeps its id when the call fails', async () => {
    const refused = virError(ErrorNumber.OPERATION_INVALID, ErrorDomain.QEMU, 'no')
    const connection = connect({ ...lookups, domainDestroy: () => errAsync(refused) })
    const domain = unwrap(await connection.domainLookupByName('vm'))
    expect(errorOf(await domain.destroy())).toBe(refused)
    expect(domain.id).toBe(7)
  })

  it('has its new name after it was renamed, and drivers are told that', async () => {
    const asked: string[] = []
    const connection = connect({
      ...lookups,
      domainRename: () => okAsync(undefined),
      domainGetInfo: ({ name }) => {
        asked.push(name)
        return errAsync(virError(ErrorNumber.NO_DOMAIN, ErrorDomain.QEMU))
      },
      domainCheckpointLookupByName: (domain, name) => okAsync({ domain, name }),
      domainCheckpointDelete: ({ domain }) => {
        asked.push(domain.name)
        return okAsync(undefined)
      },
    })
    const domain = unwrap(await connection.domainLookupByName('old'))
    const checkpoint = unwrap(await domain.checkpointLookupByName('c'))
    await domain.rename('new')
    await domain.getInfo()
    await checkpoint.delete()
    expect(domain.getName()).toBe('new')
    expect(asked).toStrictEqual(['new', 'new'])
  })
})

describe('a checkpoint or snapshot', () => {
  it.each(['checkpoint', 'snapshot'] as const)(
    '%s knows its name, domain and connection',
    async (kind) => {
      const objects = await objectsOf(new RecordingDriver().driver)
      const moment = objects[kind]
      expect([moment.name, moment.getName()]).toStrictEqual(['vm', 'vm'])
      expect(moment.getDomain()).toBe(objects.domain)
      expect(moment.getConnect()).toBe(objects.connection)
    },
  )

  it('gives its relatives the same domain', async () => {
    const { domain, checkpoint, snapshot } = await objectsOf(new RecordingDriver().driver)
    const parents = [unwrap(await checkpoint.getParent()), unwrap(await snapshot.getParent())]
    expect(parents.map((parent) => parent.getDomain())).toStrictEqual([domain, domain])
  })
})

describe('statistics of domains', () => {
  const connection = connect({
    ...lookups,
    connectGetAllDomainStats: (domains, stats, flags) =>
      okAsync((domains ?? [vm]).map((domain) => ({ domain, params: { stats, flags } }))),
  })

  it('come with objects', async () => {
    const [first] = unwrap(await connection.getAllDomainStats(1, 2))
    expect(first?.domain.getName()).toBe('vm')
    expect(first?.params).toStrictEqual({ stats: 1, flags: 2 })
  })

  it('come for the domains that were asked for', async () => {
    const domain = unwrap(await connection.domainLookupByName('other'))
    const records = unwrap(await connection.domainListGetStats([domain, domain]))
    expect(records.map((record) => record.domain.name)).toStrictEqual(['other', 'other'])
  })

  it.each([
    [undefined, ErrorNumber.INVALID_ARG, 'doms in virDomainListGetStats must not be NULL'],
    [
      [],
      ErrorNumber.INVALID_ARG,
      'invalid argument: doms array in virDomainListGetStats must contain at least one domain',
    ],
    [
      [{ name: 'vm' }],
      ErrorNumber.INVALID_DOMAIN,
      'invalid domain pointer in virDomainListGetStats',
    ],
  ])('refuse the list %j', async (doms, code, message) => {
    const error = errorOf(await call(connection, 'domainListGetStats', [doms]))
    expect([error.code, error.message]).toStrictEqual([code, message])
  })

  it('refuse domains of another connection', async () => {
    const foreign = unwrap(await connect(lookups).domainLookupByName('vm'))
    const error = errorOf(await connection.domainListGetStats([foreign]))
    expect(error.message).toBe(
      "invalid argument: domains in 'doms' array must belong to a single connection",
    )
  })
})

describe('results', () => {
  it('are those of the driver, as they are', async () => {
    const given = ok({ type: 5, bandwidth: 0, cur: 1, end: 2 } as const)
    const connection = connect({
      ...lookups,
      domainGetBlockJobInfo: () => new ResultAsync(Promise.resolve(given)),
    })
    const domain = unwrap(await connection.domainLookupByName('vm'))
    expect(await domain.getBlockJobInfo('vda')).toBe(given)
  })

  it('carry the error of the driver, as it is', async () => {
    const failure = virError(ErrorNumber.OPERATION_FAILED, ErrorDomain.QEMU, 'no')
    const connection = connect({
      ...lookups,
      domainSuspend: () => new ResultAsync(Promise.resolve(err(failure))),
    })
    const domain = unwrap(await connection.domainLookupByName('vm'))
    expect(errorOf(await domain.suspend())).toBe(failure)
  })
})
