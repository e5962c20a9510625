import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConnectUri } from '../../src/driver/index.ts'
import { formatUri, parseUri, uriParameter } from '../../src/driver/index.ts'
import { ErrorDomain, ErrorNumber, type VirResult } from '../../src/errors/index.ts'

function parse(text: string): ConnectUri {
  return parseUri(text)._unsafeUnwrap()
}

/** Pieces that URIs are made of, and what spoils them. */
const pieces = [
  'test qemu+ssh x : / // /// @ ? # [ ] % %41 %2f %00 %ff %c3%a9 = & ; 1.2.3.4 [::1] 65536',
  'root embed system é \0 \uD800 \\ | " 2147483648',
]
  .flatMap((line) => line.split(' '))
  .concat(' ')

const hostileUri = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 4 })), {
    maxLength: 12,
  })
  .map((chosen) => chosen.join(''))

describe('parseUri', () => {
  it('takes a URI apart', () => {
    expect(parse('qemu+ssh://me@host:22/system?a=1&b=%20c#top%20level')).toStrictEqual({
      scheme: 'qemu+ssh',
      user: 'me',
      server: 'host',
      port: 22,
      path: '/system',
      query: 'a=1&b=%20c',
      fragment: 'top level',
      params: [
        { name: 'a', value: '1' },
        { name: 'b', value: ' c' },
      ],
    })
  })

  it.each([
    ['only a scheme', 'test:', { scheme: 'test', port: 0, path: '', params: [] }],
    ['an empty authority', 'test://', { scheme: 'test', port: 0, path: '', params: [] }],
    ['no authority', 'test:/a', { scheme: 'test', port: 0, path: '/a', params: [] }],
    ['a path without a slash', 'test:a/b', { scheme: 'test', port: 0, path: 'a/b', params: [] }],
    ['no scheme', 'bad', { port: 0, path: 'bad', params: [] }],
    ['no scheme but a server', '//h/p', { server: 'h', port: 0, path: '/p', params: [] }],
    ['nothing', '', { port: 0, path: '', params: [] }],
    ['only a query', '?', { port: 0, path: '', query: '', params: [] }],
    ['only a fragment', '#f', { port: 0, path: '', fragment: 'f', params: [] }],
    ['a colon behind a slash', 'a/b:c', { port: 0, path: 'a/b:c', params: [] }],
    ['a scheme in capitals', 'X:///', { scheme: 'X', port: 0, path: '/', params: [] }],
    [
      'a password',
      'x://u:p@h',
      { scheme: 'x', user: 'u:p', server: 'h', port: 0, path: '', params: [] },
    ],
    ['brackets', 'x://[::1]:80/', { scheme: 'x', server: '::1', port: 80, path: '/', params: [] }],
    [
      'anything in brackets',
      'x://[z z]/',
      { scheme: 'x', server: 'z z', port: 0, path: '/', params: [] },
    ],
    [
      'a port and no server',
      'x://u@:8/',
      { scheme: 'x', user: 'u', port: 0, path: '/', params: [] },
    ],
    [
      'the highest port',
      'x://h:2147483647',
      { scheme: 'x', server: 'h', port: 2147483647, path: '', params: [] },
    ],
    ['an escaped slash', 'x:///%2e%2Fa', { scheme: 'x', port: 0, path: '/./a', params: [] }],
    ['an escaped NUL', 'x:///a%00b', { scheme: 'x', port: 0, path: '/a', params: [] }],
    ['escaped UTF-8', 'x:///%c3%a9', { scheme: 'x', port: 0, path: '/é', params: [] }],
    [
      'brackets in a fragment',
      'x:///#[a]',
      { scheme: 'x', port: 0, path: '/', fragment: '[a]', params: [] },
    ],
  ])('accepts %s', (_, text, expected) => {
    expect(parse(text)).toStrictEqual(expected)
  })

  it.each([
    ['a blank', 'test:///a b'],
    ['no scheme before the colon', '://x'],
    ['a scheme that begins with a digit', '1a:///x'],
    ['a colon in the first segment', '1a:x'],
    ['characters beyond ASCII', 'x://é/'],
    ['NUL', 'x:///a\0'],
    ['a lone surrogate', 'x:///\uD800'],
    ['a percent sign alone', 'x:///%'],
    ['an escape with one digit', 'x:///%4'],
    ['an escape that is none', '%zz'],
    ['a port that is no number', 'x://h:abc/'],
    ['a port that is not there', 'x://h:/p'],
    ['a port beyond an int', 'x://h:2147483648/'],
    ['an open bracket', 'x://[::1'],
    ['text behind brackets', 'x://[::1]x/'],
    ['brackets in a path', 'x:///[a]'],
    ['brackets in a query', 'x:///?[a]'],
    ['two fragments', 'x:///#a#b'],
    ['unwise characters', 'x:///|^"<>\\'],
  ])('refuses %s', (_, text) => {
    expect(parseUri(text)._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.INTERNAL_ERROR,
      domain: ErrorDomain.URI,
      message: `internal error: Unable to parse URI ${text}`,
    })
  })

  it.each([
    ['a=b', [['a', 'b']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a', [['a', '']]],
    ['a=', [['a', '']]],
    ['=b', []],
    ['&&a=1&&', [['a', '1']]],
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    [
      'a=1;b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a=1;x&b=2;c',
      [
        ['a', '1;x'],
        ['b', '2'],
        ['c', ''],
      ],
    ],
    ['%41=%42+', [['A', 'B+']]],
  ])('reads the parameters of ?%s', (query, expected) => {
    const { params } = parse(`x:///?${query}`)
    expect(params.map(({ name, value }) => [name, value])).toStrictEqual(expected)
  })

  it('answers any text with a URI or an error', () => {
    fc.assert(
      fc.property(hostileUri, (text) => {
        const outcome = parseUri(text).match(
          (uri) => uri.path.includes('\0'),
          (error) => error.code !== ErrorNumber.INTERNAL_ERROR,
        )
        expect(outcome).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['path', (long: string) => `x:///${long}`],
    ['server', (long: string) => `x://${long}`],
    ['escapes', (long: string) => `x:///${long.replaceAll('a', '%41')}`],
    ['port', (long: string) => `x://h:${long.replaceAll('a', '1')}`],
  ])('reads a megabyte of %s', (part, make) => {
    expect(parseUri(make('a'.repeat(1 << 20))).isOk()).toBe(part !== 'port')
  })
})

describe('formatUri', () => {
  it.each([
    ['test:///default', 'test:///default'],
    ['test:/default', 'test:///default'],
    ['test:default', 'test://default'],
    ['test:', 'test://'],
    ['//h/p', '//h/p'],
    [
      'x://u%3a:p@h:8/p%20q%2f?a=b&&c;d=&f%20=%31#x%20y',
      'x://u::p@h:8/p%20q/?a=b&&c;d=&f%20=%31#x%20y',
    ],
    ['x://[::1]:80', 'x://[::1]:80'],
    ['x://h:0/p', 'x://h/p'],
    ['x://u@:8/', 'x://u@/'],
    ['x:///a?', 'x:///a?'],
    ['x:///a#', 'x:///a#'],
    ['x:///c:/x', 'x:///c%3A/x'],
    ['x:///%c3%a9', 'x:///%C3%A9'],
    ['x://%41b/', 'x://Ab/'],
    ['x:///#[b]', 'x:///#[b]'],
    ["x:///-_.!~*'();@&=+$,", "x:///-_.!~*'();@&=+$,"],
  ])('writes %s as %s', (text, expected) => {
    expect(formatUri(parse(text))).toBe(expected)
  })

  it('writes what parses to the same URI', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 8 })
      .map((part) => part.replaceAll('\0', ''))
    const uri = fc.record(
      {
        scheme: fc.constantFrom('test', 'qemu', 'a+b.c-d'),
        user: text,
        server: fc.constantFrom('h', 'a.example', '1.2.3.4', 'fe80::1', "!$&'()*+,;=~_"),
        port: fc.nat({ max: 65535 }),
        path: text.map((part) => `/${part}`),
        fragment: text,
        params: fc.constant([]),
      },
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(uri, (value) => {
        expect(parse(formatUri(value))).toStrictEqual(value)
      }),
    )
  })

  it('writes hostile values without throwing', () => {
    const text = formatUri({ port: 0, path: '/\uD800\0', user: '\uDFFF', params: [] })
    expect(text).toBe('//%EF%BF%BD@/%EF%BF%BD%00')
  })
})

it.each([
  [undefined, 'uri in virURIParse must not be NULL'],
  [5, 'uri in virURIParse must be a string'],
  [{}, 'uri in virURIParse must be a string'],
])('parses no URI out of %s', (stranger, message) => {
  const result: VirResult<ConnectUri> = Reflect.apply(parseUri, undefined, [stranger])
  const error = result._unsafeUnwrapErr()
  expect([error.code, error.domain, error.message]).toEqual([
    ErrorNumber.INVALID_ARG,
    ErrorDomain.URI,
    message,
  ])
})

describe('uriParameter', () => {
  it('gives the first of that name', () => {
    const uri = parse('qemu:///embed?x=0&root=/a&root=/b')
    expect(uriParameter(uri, 'root')._unsafeUnwrap()).toBe('/a')
  })

  it.each(['qemu:///embed', 'qemu:///embed?Root=/a', 'qemu:///embed?=/a'])(
    'does not find root in %s',
    (text) => {
      expect(uriParameter(parse(text), 'root')._unsafeUnwrapErr()).toMatchObject({
        code: ErrorNumber.INVALID_ARG,
        domain: ErrorDomain.URI,
        message: "invalid argument: Missing URI parameter 'root'",
      })
    },
  )
})

it.each([undefined, null, 5, 'x', {}, []])(
  'has parameters where it is a parsed URI, not %j',
  (stranger) => {
    const answer: VirResult<string> = Reflect.apply(uriParameter, undefined, [stranger, 'a'])
    expect(answer._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.INVALID_ARG,
      domain: ErrorDomain.URI,
      str2: 'uri',
    })
  },
)
