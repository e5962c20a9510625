import { errAsync, okAsync } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { ConnectFlags } from '../../src/constants/index.ts'
import type {
  ConnectAuth,
  ConnectDriver,
  ConnectUri,
  HypervisorDriver,
  OpenDriverOptions,
} from '../../src/driver/index.ts'
import { formatUri, openDriver } from '../../src/driver/index.ts'
import type { VirResultAsync } from '../../src/errors/index.ts'
import { ErrorDomain, ErrorNumber, virError } from '../../src/errors/index.ts'

const failure = virError(ErrorNumber.AUTH_FAILED, ErrorDomain.TEST, 'go away')

/** Calls that drivers received, as `name uri flags`. */
type Log = string[]

interface RowOptions extends Partial<ConnectDriver> {
  readonly answer?: 'accept' | 'decline' | 'fail'
}

function answerOf(
  name: string,
  answer: RowOptions['answer'],
): VirResultAsync<HypervisorDriver | undefined> {
  if (answer === 'decline') return okAsync(undefined)
  return answer === 'fail'
    ? errAsync(failure)
    : okAsync({ name, connectClose: () => okAsync(undefined) })
}

function row(log: Log, name: string, { answer, ...rest }: RowOptions = {}): ConnectDriver {
  return {
    name,
    localOnly: false,
    remoteOnly: false,
    embeddable: false,
    uriSchemes: [name],
    load: () =>
      Promise.resolve({
        connectOpen: (
          uri: ConnectUri | undefined,
          _: ConnectAuth | undefined,
          flags: ConnectFlags,
        ) => {
          log.push(`${name} ${uri === undefined ? 'nothing' : formatUri(uri)} ${flags}`)
          return answerOf(name, answer)
        },
      }),
    ...rest,
  }
}

async function opened(name: string | undefined, options: OpenDriverOptions): Promise<string> {
  const result = await openDriver(name, options)
  return result.match(
    ({ driver }) => driver.name,
    (error) => `${error.code} ${error.domain} ${error.message}`,
  )
}

describe('openDriver', () => {
  it('opens with the driver that has the scheme, and tells the URI', async () => {
    const log: Log = []
    const drivers = [row(log, 'test'), row(log, 'qemu')]
    const result = (await openDriver('qemu:/session', { drivers }))._unsafeUnwrap()
    expect(result.driver.name).toBe('qemu')
    expect(result.uri && formatUri(result.uri)).toBe('qemu:///session')
    expect(log).toStrictEqual(['qemu qemu:///session 0'])
  })

  it('loads no driver that is not asked', async () => {
    const drivers = [
      row([], 'test', { load: () => Promise.reject(new Error('loaded')) }),
      row([], 'qemu'),
    ]
    expect(await opened('qemu:///session', { drivers })).toBe('qemu')
  })

  it('hands over all flags and the way to authenticate', async () => {
    const auth: ConnectAuth = { credentialTypes: [], callback: () => undefined }
    const seen: unknown[] = []
    const drivers: readonly ConnectDriver[] = [
      row([], 'test', {
        load: () =>
          Promise.resolve({
            connectOpen: (_, ...rest) => {
              seen.push(...rest)
              return answerOf('test', 'accept')
            },
          }),
      }),
    ]
    const flags = ConnectFlags.RO | ConnectFlags.NO_ALIASES | 0x100
    await openDriver('test:///default', { drivers, auth, flags })
    expect(seen).toStrictEqual([auth, flags])
  })

  it.each([['TEST:///default'], ['test+unix:///default'], ['foo:///']])(
    'compares schemes exactly and finds none for %s',
    async (name) => {
      expect(await opened(name, { drivers: [row([], 'test')] })).toBe(
        `5 0 no connection driver available for ${name}`,
      )
    },
  )

  it('goes on when a driver declines', async () => {
    const log: Log = []
    const drivers = [row(log, 'first', { uriSchemes: ['x'], answer: 'decline' }), row(log, 'x')]
    expect(await opened('x:///', { drivers })).toBe('x')
    expect(log).toStrictEqual(['first x:/// 0', 'x x:/// 0'])
  })

  it("ends with a driver's error, and asks no other", async () => {
    const log: Log = []
    const drivers = [row(log, 'first', { uriSchemes: ['x'], answer: 'fail' }), row(log, 'x')]
    expect((await openDriver('x:///', { drivers }))._unsafeUnwrapErr()).toBe(failure)
    expect(log).toHaveLength(1)
  })

  it('names what was asked for when all decline', async () => {
    const drivers = [row([], 'xen', { answer: 'decline' })]
    const aliases = ['mine=xen:///']
    expect(await opened('mine', { drivers, aliases })).toBe(
      '5 0 no connection driver available for mine',
    )
    expect(await opened('xen', { drivers })).toBe(
      '5 0 no connection driver available for xen:///system',
    )
  })

  it('keeps URIs with a server from local drivers', async () => {
    const local = row([], 'test', { localOnly: true })
    expect(await opened('test://h/default', { drivers: [local] })).toBe(
      '5 0 no connection driver available for test://h/default',
    )
    expect(await opened('test://user@/default', { drivers: [local] })).toBe('test')
  })

  it('demands a server for remote drivers, and ends there', async () => {
    const drivers = [
      row([], 'esx', { remoteOnly: true }),
      row([], 'any', { uriSchemes: undefined }),
    ]
    expect(await opened('esx:///', { drivers })).toBe(
      '8 0 invalid argument: URI is missing the server part',
    )
    expect(await opened('esx://h/', { drivers })).toBe('esx')
  })

  it('asks no driver with an empty list of schemes', async () => {
    const drivers = [row([], 'test', { uriSchemes: [] }), row([], 'any', { uriSchemes: undefined })]
    expect(await opened('test:///default', { drivers })).toBe('any')
  })

  describe('with the path /embed', () => {
    const uri = 'qemu:///embed?root=/a'

    it('asks an embeddable driver', async () => {
      expect(await opened(uri, { drivers: [row([], 'qemu', { embeddable: true })] })).toBe('qemu')
    })

    it('passes over others, and ends at one for all schemes', async () => {
      const qemu = row([], 'qemu')
      expect(await opened(uri, { drivers: [qemu] })).toBe(
        `5 0 no connection driver available for ${uri}`,
      )
      expect(
        await opened(uri, { drivers: [qemu, row([], 'any', { uriSchemes: undefined })] }),
      ).toBe('67 0 unsupported configuration: Driver any cannot be used in embedded mode')
    })
  })

  describe('for a driver that may not be built in', () => {
    it.each(['esx', 'vpx', 'gsx', 'hyperv', 'parallels', 'HYPERV'])(
      'says so of %s',
      async (scheme) => {
        expect(await opened(`${scheme}://h/`, { drivers: [row([], 'test')] })).toBe(
          `67 0 unsupported configuration: libvirt was built without the '${scheme}' driver`,
        )
      },
    )

    it('says so before it asks a daemon', async () => {
      const log: Log = []
      const drivers = [row(log, 'remote', { uriSchemes: undefined })]
      expect(await opened('hyperv://h/', { drivers })).toMatch(/^67 /)
      expect(log).toStrictEqual([])
    })

    it('opens when it was added', async () => {
      const drivers = [row([], 'remote', { uriSchemes: undefined }), row([], 'hyperv')]
      expect(await opened('hyperv://h/', { drivers: drivers.toReversed() })).toBe('hyperv')
      expect(await opened('HYPERV://h/', { drivers })).toBe('remote')
    })
  })

  describe('without a URI', () => {
    it('asks drivers in order what they would open', async () => {
      const drivers = [
        row([], 'a', { connectURIProbe: () => okAsync(undefined) }),
        row([], 'b'),
        row([], 'c', { connectURIProbe: () => okAsync('c:///found') }),
        row([], 'd', { connectURIProbe: () => errAsync(failure) }),
      ]
      expect(await opened(undefined, { drivers })).toBe('c')
      expect(await opened('', { drivers: drivers.slice(0, 2) })).toBe(
        '5 0 no connection driver available for (null)',
      )
    })

    it('ends when asking fails', async () => {
      const drivers = [row([], 'd', { connectURIProbe: () => errAsync(failure) }), row([], 'c')]
      expect((await openDriver(undefined, { drivers }))._unsafeUnwrapErr()).toBe(failure)
    })

    it('does not ask when the environment has one', async () => {
      const drivers = [row([], 'd', { connectURIProbe: () => errAsync(failure) })]
      expect(await opened(undefined, { drivers, env: { LIBVIRT_DEFAULT_URI: 'd:///' } })).toBe('d')
    })

    it('still reaches a driver for all schemes', async () => {
      const log: Log = []
      const drivers = [
        row(log, 'test'),
        row(log, 'remote', { uriSchemes: undefined, remoteOnly: true }),
      ]
      expect(await opened(undefined, { drivers })).toBe('remote')
      expect(log).toStrictEqual(['remote nothing 0'])
    })
  })

  it('gives an error when a driver cannot be loaded', async () => {
    const cause = new Error('no such module')
    const drivers = [row([], 'test', { load: () => Promise.reject(cause) })]
    const error = (await openDriver('test:///default', { drivers }))._unsafeUnwrapErr()
    expect(error).toMatchObject({
      code: ErrorNumber.INTERNAL_ERROR,
      message: "internal error: could not load driver 'test'",
      cause,
    })
  })
})
