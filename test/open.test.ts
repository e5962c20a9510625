import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import {
  type ConnectAuth,
  type ConnectDriver,
  ConnectFlags,
  type ConnectUri,
  ErrorDomain,
  ErrorNumber,
  formatUri,
  type HypervisorDriver,
  open,
  type OpenOptions,
  unwrap,
  virError,
} from '../src/index.ts'

/** A driver for one scheme, which remembers what it was opened with. */
function scheme(name: string, opening?: () => Promise<void>) {
  const opened: { uri: string; auth: ConnectAuth | undefined; flags: number }[] = []
  const log: string[] = []
  const driver: HypervisorDriver = {
    name,
    connectClose: () => {
      log.push('close')
      return okAsync(undefined)
    },
  }
  const row: ConnectDriver = {
    name,
    localOnly: true,
    remoteOnly: false,
    embeddable: false,
    uriSchemes: [name],
    load: () =>
      Promise.resolve({
        connectOpen: (uri: ConnectUri | undefined, auth, flags) => {
          opened.push({ uri: uri === undefined ? '' : formatUri(uri), auth, flags })
          return ResultAsync.fromSafePromise(opening?.() ?? Promise.resolve()).map(() => driver)
        },
      }),
  }
  return { row, opened, log }
}

async function errorOf(uri: string | undefined, options: OpenOptions = {}) {
  const result = await open(uri, { env: {}, ...options })
  if (result.isOk()) throw new Error('it was opened')
  return result.error
}

describe('opening', () => {
  it('gives a connection to the in-memory default world', async () => {
    const connection = unwrap(await open('test:///default'))
    expect(connection.getURI()).toBe('test:///default')
    expect(unwrap(await connection.domainLookupByName('test')).id).toBe(1)
    expect((await connection.close()).isOk()).toBe(true)
  })

  it('asks drivers of one’s own, with the parsed URI, flags and credentials', async () => {
    const mine = scheme('mine')
    const auth: ConnectAuth = { credentialTypes: [], callback: () => undefined }
    const connection = unwrap(
      await open('mine:/x?a=b', { drivers: [mine.row], auth, readOnly: true }),
    )
    expect(mine.opened).toStrictEqual([{ uri: 'mine:///x?a=b', auth, flags: ConnectFlags.RO }])
    expect(connection.getURI()).toBe('mine:///x?a=b')
    expect(unwrap(await connection.getType())).toBe('mine')
  })

  it('asks them before the built-in ones', async () => {
    const test = scheme('test')
    unwrap(await open('test:///default', { drivers: [test.row] }))
    expect(test.opened).toHaveLength(1)
  })

  it.each([
    { readOnly: true },
    { flags: ConnectFlags.RO },
    { readOnly: false, flags: ConnectFlags.RO },
  ])('refuses changes with %j', async (options) => {
    const mine = scheme('mine')
    const connection = unwrap(await open('mine:///', { drivers: [mine.row], ...options }))
    const refused = await connection.domainDefineXML('<domain/>')
    expect(refused._unsafeUnwrapErr().code).toBe(ErrorNumber.OPERATION_DENIED)
  })

  it('hands all flags to the driver and keeps only the read-only one, as libvirt does', async () => {
    const mine = scheme('mine')
    const connection = unwrap(
      await open('mine:///', { drivers: [mine.row], flags: ConnectFlags.NO_ALIASES }),
    )
    expect(mine.opened[0]?.flags).toBe(ConnectFlags.NO_ALIASES)
    const answer = await connection.domainDefineXML('<domain/>')
    expect(answer._unsafeUnwrapErr().code).toBe(ErrorNumber.NO_SUPPORT)
  })

  it.each([undefined, ''])('looks %j up in the environment', async (uri) => {
    const mine = scheme('mine')
    const env = { LIBVIRT_DEFAULT_URI: 'mine:///env' }
    const connection = unwrap(
      await open(uri, { drivers: [mine.row], env, defaultUri: 'mine:///conf' }),
    )
    expect(connection.getURI()).toBe('mine:///env')
  })

  it('takes the environment of the process unless it is given one', async () => {
    const mine = scheme('mine')
    const before = process.env['LIBVIRT_DEFAULT_URI']
    process.env['LIBVIRT_DEFAULT_URI'] = 'mine:///process'
    const connection = unwrap(await open(undefined, { drivers: [mine.row] }))
    if (before === undefined) delete process.env['LIBVIRT_DEFAULT_URI']
    else process.env['LIBVIRT_DEFAULT_URI'] = before
    expect(connection.getURI()).toBe('mine:///process')
  })

  it('knows aliases and a default', async () => {
    const mine = scheme('mine')
    const options = {
      drivers: [mine.row],
      env: {},
      defaultUri: 'short',
      aliases: ['short=mine:///long'],
    }
    expect(unwrap(await open(undefined, options)).getURI()).toBe('mine:///long')
    expect(unwrap(await open('short', options)).getURI()).toBe('mine:///long')
  })
})

describe('opening is refused', () => {
  it.each([
    ['foo:///', ErrorNumber.NO_CONNECT, 'no connection driver available for foo:///'],
    ['qemu:///system', ErrorNumber.NO_CONNECT, 'no connection driver available for qemu:///system'],
    [
      'bad',
      ErrorNumber.NO_CONNECT,
      "no connection driver available for URI 'bad' does not include a driver name",
    ],
    [
      'qemu://system',
      ErrorNumber.INTERNAL_ERROR,
      'internal error: invalid URI qemu://system (maybe you want qemu:///system)',
    ],
    [
      'esx://host/',
      ErrorNumber.CONFIG_UNSUPPORTED,
      "unsupported configuration: libvirt was built without the 'esx' driver",
    ],
    [undefined, ErrorNumber.NO_CONNECT, 'no connection driver available for (null)'],
  ])('for %j, as libvirt refuses it', async (uri, code, message) => {
    const error = await errorOf(uri)
    expect([error.code, error.domain, error.message]).toStrictEqual([
      code,
      ErrorDomain.NONE,
      message,
    ])
  })

  it('by the test driver in its own words', async () => {
    const path = await errorOf('test:///')
    expect([path.code, path.domain, path.message]).toStrictEqual([
      ErrorNumber.INVALID_ARG,
      ErrorDomain.TEST,
      'invalid argument: testOpen: supply a path or use test:///default',
    ])
    const flags = await errorOf('test:///default', { flags: 4 })
    expect(flags.message).toBe('unsupported flags (0x4) in function testConnectOpen')
  })

  it('with the error of the driver that accepted the URI', async () => {
    const denied = virError(ErrorNumber.AUTH_FAILED, ErrorDomain.TEST, 'no')
    const row: ConnectDriver = {
      ...scheme('mine').row,
      load: () => Promise.resolve({ connectOpen: () => errAsync(denied) }),
    }
    expect(await errorOf('mine:///', { drivers: [row] })).toBe(denied)
  })

  it('when a driver cannot be loaded', async () => {
    const cause = new Error('no module')
    const row: ConnectDriver = { ...scheme('mine').row, load: () => Promise.reject(cause) }
    const error = await errorOf('mine:///', { drivers: [row] })
    expect([error.code, error.cause]).toStrictEqual([ErrorNumber.INTERNAL_ERROR, cause])
  })

  it.each([
    [
      'throws',
      (): never => {
        throw new Error('boom')
      },
    ],
    ['rejects', () => new ResultAsync<undefined, never>(Promise.reject(new Error('boom')))],
  ])('when a driver breaks its contract and %s', async (_, connectOpen) => {
    const row: ConnectDriver = {
      ...scheme('mine').row,
      load: () => Promise.resolve({ connectOpen }),
    }
    const error = await errorOf('mine:///', { drivers: [row] })
    expect([error.code, error.message]).toStrictEqual([
      ErrorNumber.INTERNAL_ERROR,
      'An error occurred, but the cause is unknown',
    ])
  })

  it.each([
    [[5], 'name in virConnectOpenAuth must be a string'],
    [['test:///default', null], 'options in virConnectOpenAuth must be a record'],
    [['test:///default', { flags: 'x' }], 'flags in virConnectOpenAuth must be an integer number'],
    [['test:///default', { drivers: {} }], 'drivers in virConnectOpenAuth must be an array'],
    [['test:///default', { aliases: 'a=b' }], 'aliases in virConnectOpenAuth must be an array'],
    [['test:///default', { signal: {} }], 'signal in virConnectOpenAuth must be an AbortSignal'],
  ])('for the arguments %j, without a throw', async (args, message) => {
    const result = await Reflect.apply(open, undefined, args)
    expect(result._unsafeUnwrapErr()).toMatchObject({ code: ErrorNumber.INVALID_ARG, message })
  })
})

describe('giving up', () => {
  it('is possible before', async () => {
    const mine = scheme('mine')
    const error = await errorOf('mine:///', {
      drivers: [mine.row],
      signal: AbortSignal.abort('late'),
    })
    expect([error.code, error.cause]).toStrictEqual([ErrorNumber.OPERATION_ABORTED, 'late'])
  })

  it('is possible while a driver opens, which is closed when it comes after all', async () => {
    let ready = (): void => undefined
    const mine = scheme(
      'mine',
      () =>
        new Promise((resolve) => {
          ready = resolve
        }),
    )
    const controller = new AbortController()
    const opening = open('mine:///', { drivers: [mine.row], signal: controller.signal })
    await expect.poll(() => mine.opened).toHaveLength(1)
    controller.abort()
    expect((await opening)._unsafeUnwrapErr().code).toBe(ErrorNumber.OPERATION_ABORTED)
    ready()
    await expect.poll(() => mine.log).toStrictEqual(['close'])
  })

  it('is too late afterwards', async () => {
    const mine = scheme('mine')
    const controller = new AbortController()
    const connection = unwrap(
      await open('mine:///', { drivers: [mine.row], signal: controller.signal }),
    )
    controller.abort()
    expect(mine.log).toStrictEqual([])
    expect((await connection.close()).isOk()).toBe(true)
  })
})
