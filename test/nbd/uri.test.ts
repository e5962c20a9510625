import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatNbdUri, parseNbdUri } from '../../src/nbd/uri.ts'

const host = 'example.com'

describe('parseNbdUri', () => {
  it.each([
    // The table of the specification
    ['nbd://example.com/disk', { host, port: 10809 }, 'disk'],
    ['nbd+unix:///disk?socket=sock', { path: 'sock' }, 'disk'],
    ['nbd://example.com/', { host, port: 10809 }, ''],
    ['nbd://example.com', { host, port: 10809 }, ''],
    ['nbd://example.com//disk', { host, port: 10809 }, '/disk'],
    ['nbd://example.com/hello%20world', { host, port: 10809 }, 'hello world'],
    // and what else a URI can have
    ['nbd+unix:///?socket=%00/abstract', { path: '\0/abstract' }, ''],
    ['nbd+unix://?socket=/run/a b', { path: '/run/a b' }, ''],
    ['NBD://[::1]:10810/%C3%A4', { host: '::1', port: 10810 }, 'ä'],
    ['nbd://:1/x', { host: 'localhost', port: 1 }, 'x'],
    ['nbd://example.com:/x', { host, port: 10809 }, 'x'],
    ['nbd://example.com/a+b', { host, port: 10809 }, 'a+b'],
    ['nbd://example.com?tls-verify-peer=1', { host, port: 10809 }, ''],
  ])('takes %s apart', (uri, address, exportName) => {
    const parsed = parseNbdUri(uri)._unsafeUnwrap()
    expect(parsed.address).toStrictEqual(address)
    expect(parsed.exportName).toBe(exportName)
    expect(parsed.secure).toBe(false)
  })

  it('reads what is said of TLS', () => {
    const parsed = parseNbdUri(
      'nbds+unix:///a?socket=s&tls-type=x509&tls-hostname=b.example&tls-verify-peer=0&tls-certificates=/etc/pki',
    )._unsafeUnwrap()
    expect(parsed.secure).toBe(true)
    expect(parsed.tls).toStrictEqual({
      hostname: 'b.example',
      verifyPeer: false,
      certificates: '/etc/pki',
    })
  })

  it.each([
    ['another scheme', 'http://example.com/'],
    ['a name of an object for a scheme', 'constructor://example.com/'],
    ['no scheme', '//example.com/'],
    ['no authority', 'nbd:unix:/run/x'],
    ['a Unix scheme without a socket', 'nbd+unix:///disk'],
    ['an empty socket', 'nbd+unix:///disk?socket='],
    ['a host together with a socket', 'nbd+unix://example.com/disk?socket=s'],
    ['a socket without a Unix scheme', 'nbd://example.com/?socket=s'],
    ['a port beyond 65535', 'nbd://example.com:65536/'],
    ['port 0', 'nbd://example.com:0/'],
    ['a port that is no number', 'nbd://example.com:x/'],
    ['an unclosed bracket', 'nbd://[::1/'],
    ['a bad escape in the name', 'nbd://example.com/%zz'],
    ['a name that is no UTF-8', 'nbd://example.com/%ff'],
    ['a NUL in the name', 'nbd://example.com/%00'],
    ['a name of more than 4096 bytes', `nbd://example.com/${'x'.repeat(4097)}`],
    ['a parameter that is not known', 'nbd://example.com/?x-y=1'],
    ['a parameter given twice', 'nbd+unix:///?socket=a&socket=b'],
    ['a fragment', 'nbd://example.com/a#b'],
    ['another tls-type', 'nbds://example.com/?tls-type=x'],
    ['another tls-verify-peer', 'nbds://example.com/?tls-verify-peer=yes'],
  ])('refuses %s', (_, uri) => {
    expect(parseNbdUri(uri)._unsafeUnwrapErr().kind).toBe('invalid')
  })

  it.each([
    ['TLS with a shared key', 'nbds://example.com/?tls-type=psk'],
    ['TLS without certificates', 'nbds://example.com/?tls-type=anon'],
    ['a user name', 'nbds://me@example.com/'],
  ])('says that %s is not supported', (_, uri) => {
    expect(parseNbdUri(uri)._unsafeUnwrapErr().kind).toBe('unsupported')
  })

  it('gives a result for any text', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'nbd://', 'nbd+unix:///'),
        fc.string({ unit: 'binary' }),
        (start, text) => {
          expect(typeof parseNbdUri(start + text).isOk()).toBe('boolean')
        },
      ),
    )
  })
})

describe('formatNbdUri', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((name) => !name.includes('\0'))

  it('is read back', () => {
    fc.assert(
      fc.property(
        text,
        text.filter((path) => path !== ''),
        fc.boolean(),
        (exportName, path, secure) => {
          const parsed = parseNbdUri(formatNbdUri({ exportName, path, secure }))._unsafeUnwrap()
          expect(parsed).toStrictEqual({ secure, address: { path }, exportName, tls: {} })
          const port = 1234
          const tcp = parseNbdUri(
            formatNbdUri({ exportName, host: '::1', port, secure }),
          )._unsafeUnwrap()
          expect(tcp).toStrictEqual({ secure, address: { host: '::1', port }, exportName, tls: {} })
        },
      ),
    )
  })

  it('leads to this machine for a server on all addresses', () => {
    expect(formatNbdUri({ exportName: 'vda', host: '::', port: 10809 })).toBe('nbd://localhost/vda')
  })

  it('does not throw for text that is not well-formed', () => {
    expect(formatNbdUri({ exportName: '\ud800', port: 1 })).toBe('nbd://localhost:1/%EF%BF%BD')
  })
})
