import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatJson, type JsonValue, parseJson } from '../../src/qmp/json.ts'

/** What JSON can hold, with integers of every size and strings that look like other things. */
const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc
      .oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
      .map(unsigned),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('9007199254740993', '"', '\\', '\\"9007199254740993', '1 9007199254740993:'),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value

/** JSON has no -0 that survives, and doubles that are big integers come back as `bigint`. */
function unsigned(value: number): number {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? 0.5 : value + 0
}

describe('parseJson', () => {
  it('reads back what formatJson writes', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(parseJson(formatJson(value)._unsafeUnwrap())._unsafeUnwrap()).toStrictEqual(value)
      }),
    )
  })

  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740991', -9007199254740991],
    ['-9007199254740993', -9007199254740993n],
    ['18446744073709551615', 18446744073709551615n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036853727232', 9223372036853727232n],
    [' [ 9007199254740993 ,1] ', [9007199254740993n, 1]],
    ['{"a":9007199254740993}', { a: 9007199254740993n }],
    ['{"a":"9007199254740993"}', { a: '9007199254740993' }],
    [String.raw`{"\"9007199254740993":1}`, { '"9007199254740993': 1 }],
    [String.raw`["\\",9007199254740993]`, ['\\', 9007199254740993n]],
    ['1000000000000000.5', 1000000000000000.5],
    ['9007199254740993.0', 9007199254740992],
    ['9007199254740993e0', 9007199254740992],
    ['1E16', 1e16],
    ['0.12345678901234567890', 0.12345678901234568],
  ])('reads %s exactly', (text, value) => {
    expect(parseJson(text)._unsafeUnwrap()).toStrictEqual(value)
  })

  it('reads integers that do not fit in 64 bits as JSON.parse does', () => {
    for (const text of ['18446744073709551616', '-9223372036854775809', '1'.repeat(400)]) {
      expect(parseJson(text)._unsafeUnwrap()).toBe(JSON.parse(text))
    }
  })

  it('keeps a member named __proto__ a member', () => {
    const value = parseJson('{"__proto__":9007199254740993}')._unsafeUnwrap()
    expect(Object.entries(value ?? {})).toStrictEqual([['__proto__', 9007199254740993n]])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it('reads a million nested arrays without a stack', () => {
    const text = `${'['.repeat(1e6)}9007199254740993${']'.repeat(1e6)}`
    expect(parseJson(text).isOk()).toBe(true)
  })

  it('accepts exactly the texts that JSON.parse accepts', () => {
    const fragment = fc.constantFrom(
      '9007199254740993',
      '00009007199254740993',
      '-',
      '"',
      '\\',
      ':',
      ',',
      '{',
      '}',
      '[',
      ']',
      ' ',
      '\n',
      '1',
      'e',
      '.',
      'true',
      '"a"',
      '{"a":',
      '-9007199254740993',
    )
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 8 }), (fragments) => {
        const text = fragments.join('')
        expect(parseJson(text).isOk()).toBe(isJson(text))
      }),
      { numRuns: 3000 },
    )
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('formatJson', () => {
  it('writes one line, whatever the strings hold', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(formatJson(value)._unsafeUnwrap()).not.toMatch(/[\r\n]/)
      }),
    )
  })

  it('leaves members out that are undefined', () => {
    expect(formatJson({ a: undefined, b: null })._unsafeUnwrap()).toBe('{"b":null}')
  })

  it('writes bigint as an integer', () => {
    expect(formatJson({ speed: 2n ** 63n - 1n })._unsafeUnwrap()).toBe(
      '{"speed":9223372036854775807}',
    )
  })

  it.each([
    ['NaN', Number.NaN],
    ['an infinite number', [Infinity]],
    ['a function', { a: () => 1 }],
    ['a symbol', Symbol.iterator],
    ['undefined in an array', [undefined]],
    ['a Map', new Map()],
    ['a Date', { at: new Date(0) }],
    ['bytes', new Uint8Array(2)],
    [
      'a getter that throws',
      {
        get a(): never {
          throw new Error('no')
        },
      },
    ],
  ])('refuses %s', (_, value) => {
    expect(formatJson(value).isErr()).toBe(true)
  })

  it('refuses a value that holds itself', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(formatJson(loop)._unsafeUnwrapErr().message).toBe(
      'a value nested deeper than 1024 levels',
    )
  })
})
