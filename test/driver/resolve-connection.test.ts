import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConnectFlags } from '../../src/constants/index.ts'
import type { ResolveOptions } from '../../src/driver/index.ts'
import { formatUri, resolveConnection } from '../../src/driver/index.ts'
import { ErrorDomain, ErrorNumber, VirError } from '../../src/errors/index.ts'

function uriOf(name: string | undefined, options: ResolveOptions = {}): string | undefined {
  const { uri } = resolveConnection(name, options)._unsafeUnwrap()
  return uri && formatUri(uri)
}

describe('resolveConnection', () => {
  it.each([
    ['test:///default', 'test:///default'],
    ['foo:///', 'foo:///'],
    ['xen', 'xen:///system'],
    ['XEN', 'xen:///system'],
    ['xen://', 'xen:///system'],
    ['xen:///', 'xen:///'],
    ['xen:/', 'xen:///'],
    ['QEMU://system', 'QEMU://system'],
    ['qemu://System', 'qemu://System'],
    ['qemu+tcp://system', 'qemu+tcp://system'],
    ['xen://system', 'xen://system'],
    ['qemu:///embed/', 'qemu:///embed/'],
    ['qemu:embed', 'qemu://embed'],
  ])('opens %s as %s', (name, expected) => {
    expect(uriOf(name)).toBe(expected)
  })

  it('quotes a legacy name by what it stands for', () => {
    expect(resolveConnection('Xen')._unsafeUnwrap()).toMatchObject({ name: 'xen:///system' })
  })

  describe('without a name', () => {
    const env = { LIBVIRT_DEFAULT_URI: 'test:///env' }

    it.each([undefined, ''])('asks the environment first for %j', (name) => {
      expect(uriOf(name, { env, defaultUri: 'test:///conf' })).toBe('test:///env')
    })

    it('asks the configuration where the environment is empty', () => {
      const empty = { LIBVIRT_DEFAULT_URI: '' }
      expect(uriOf(undefined, { env: empty, defaultUri: 'test:///conf' })).toBe('test:///conf')
    })

    it('has no URI where there is none', () => {
      expect(resolveConnection(undefined)._unsafeUnwrap()).toStrictEqual({
        name: undefined,
        uri: undefined,
        embedded: false,
      })
    })

    it.each(['bad', 'xen'])('takes %j from the environment as it stands', (text) => {
      const result = resolveConnection(undefined, { env: { LIBVIRT_DEFAULT_URI: text } })
      expect(result._unsafeUnwrapErr().message).toBe(
        "no connection driver available for URI '(null)' does not include a driver name",
      )
    })

    it('takes an empty configured URI as one', () => {
      expect(resolveConnection(undefined, { defaultUri: '' }).isErr()).toBe(true)
    })

    it('resolves aliases of the environment too', () => {
      const options = { env: { LIBVIRT_DEFAULT_URI: 'a' }, aliases: ['a=test:///x'] }
      expect(uriOf(undefined, options)).toBe('test:///x')
    })
  })

  describe('with aliases', () => {
    const aliases = [
      'a=test:///a',
      'c_-9Z=test:///c',
      'dup=test:///1',
      'dup=test:///2',
      '=test:///e',
    ]

    it.each([
      ['a', 'test:///a'],
      ['c_-9Z', 'test:///c'],
      ['dup', 'test:///1'],
      ['test:///x', 'test:///x'],
    ])('opens %s as %s', (name, expected) => {
      expect(uriOf(name, { aliases })).toBe(expected)
    })

    it.each(['A', 'aa', ''])('matches whole names only, and not %j', (name) => {
      const result = resolveConnection(name, { aliases })
      expect(result.map(({ uri }) => uri).unwrapOr(undefined)).toBeUndefined()
    })

    it('keeps what follows the first equals sign', () => {
      expect(uriOf('a', { aliases: ['a=test:///x?b=c'] })).toBe('test:///x?b=c')
    })

    it('leaves them out on NO_ALIASES, malformed ones too', () => {
      const options = { aliases: ['bad'], flags: ConnectFlags.NO_ALIASES }
      expect(uriOf('test:///default', options)).toBe('test:///default')
    })

    it('does not notice a malformed one behind the match', () => {
      expect(uriOf('a', { aliases: [...aliases, 'bad'] })).toBe('test:///a')
    })

    it('replaces legacy names before', () => {
      expect(uriOf('xen', { aliases: ['xen=test:///default'] })).toBe('xen:///system')
    })

    it.each([
      ['bad', "expected 'alias=uri://host/path'"],
      ['', "expected 'alias=uri://host/path'"],
      ['a b=c', "aliases may only contain 'a-Z, 0-9, _, -'"],
      ['é=test:///default', "aliases may only contain 'a-Z, 0-9, _, -'"],
      ['test:///x=test:///default', "aliases may only contain 'a-Z, 0-9, _, -'"],
      ['a\n=test:///default', "aliases may only contain 'a-Z, 0-9, _, -'"],
    ])('refuses the entry %j', (entry, rule) => {
      const result = resolveConnection('test:///default', { aliases: [entry] })
      expect(result._unsafeUnwrapErr()).toMatchObject({
        code: ErrorNumber.CONF_SYNTAX,
        domain: ErrorDomain.URI,
        message: `configuration file syntax error: Malformed 'uri_aliases' config entry '${entry}', ${rule}`,
      })
    })

    it.each([
      [
        'qemu://system',
        'internal error: invalid URI qemu://system (maybe you want qemu:///system)',
      ],
      ['a b', 'internal error: Unable to parse URI a b'],
      ['bad', "no connection driver available for URI 'alias' does not include a driver name"],
    ])('checks the URI %s that an alias stands for', (uri, message) => {
      const result = resolveConnection('alias', { aliases: [`alias=${uri}`] })
      expect(result._unsafeUnwrapErr().message).toBe(message)
    })
  })

  it.each([
    ['bad', "no connection driver available for URI 'bad' does not include a driver name"],
    ['/x', "no connection driver available for URI '/x' does not include a driver name"],
    [
      '//system',
      "no connection driver available for URI '//system' does not include a driver name",
    ],
    ['?', "no connection driver available for URI '?' does not include a driver name"],
    ['/embed', "no connection driver available for URI '/embed' does not include a driver name"],
    [
      'QEMU:///embed',
      "no connection driver available for URI scheme 'QEMU' for embedded driver is not valid",
    ],
    [
      'te1:///embed?root=/a',
      "no connection driver available for URI scheme 'te1' for embedded driver is not valid",
    ],
    [
      'qemu+ssh://h/embed?root=/x',
      "no connection driver available for URI scheme 'qemu+ssh' for embedded driver is not valid",
    ],
  ])('knows no driver for %s', (name, message) => {
    expect(resolveConnection(name)._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.NO_CONNECT,
      domain: ErrorDomain.NONE,
      message,
    })
  })

  it.each([
    ['qemu://system', 'qemu:///system'],
    ['qemu://session', 'qemu:///session'],
    ['qemu://session/', 'qemu:///session'],
    ['qemu://system/foo', 'qemu:///system'],
    ['qemu://user@system:22/?x#y', 'qemu:///system'],
    ['qemu://system/embed?root=/x', 'qemu:///system'],
    ['vbox://system', 'vbox:///system'],
    ['vz://session/embed', 'vz:///session'],
  ])('suspects a missing slash in %s', (name, meant) => {
    expect(resolveConnection(name)._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.INTERNAL_ERROR,
      domain: ErrorDomain.NONE,
      message: `internal error: invalid URI ${name} (maybe you want ${meant})`,
    })
  })

  describe('for an embedded driver', () => {
    it.each(['qemu:///embed?root=/a', 'qemu:/%65mbed?root=/a&root=b', 'foo://h/embed?root=/'])(
      'accepts %s',
      (name) => {
        expect(resolveConnection(name)._unsafeUnwrap().embedded).toBe(true)
      },
    )

    it.each(['qemu:///embed', 'qemu:/embed?Root=/a', 'foo:///embed'])(
      'misses root in %s',
      (name) => {
        expect(resolveConnection(name)._unsafeUnwrapErr()).toMatchObject({
          code: ErrorNumber.INVALID_ARG,
          domain: ErrorDomain.URI,
          message: "invalid argument: Missing URI parameter 'root'",
        })
      },
    )

    it.each(['root=x', 'root=', 'root', 'root=b&root=/a'])('refuses the relative %s', (query) => {
      expect(resolveConnection(`qemu:///embed?${query}`)._unsafeUnwrapErr()).toMatchObject({
        code: ErrorNumber.CONFIG_UNSUPPORTED,
        domain: ErrorDomain.NONE,
        message: 'unsupported configuration: root path must be absolute',
      })
    })
  })

  it('gives a result for any name, alias and environment', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.constantFrom('xen', 'qemu://system', 'qemu:///embed?root=', 'a=b', 'test:', '%00:'),
    )
    fc.assert(
      fc.property(
        fc.option(text),
        fc.array(text),
        fc.option(text),
        fc.integer(),
        (name, aliases, uri, flags) => {
          const result = resolveConnection(name ?? undefined, {
            aliases,
            flags,
            env: { LIBVIRT_DEFAULT_URI: uri ?? undefined },
          })
          expect(result.isOk() || result.error instanceof VirError).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
