import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirError } from '../../src/errors/index.ts'
import { normalizeCpuSet } from '../../src/xml/cpu-set.ts'
import { parseUnsigned, parseUnsignedUpTo } from '../../src/xml/integer.ts'
import { parseScaled, unitSize } from '../../src/xml/scaled.ts'
import { parseUuid } from '../../src/xml/uuid.ts'

describe('parseUnsigned', () => {
  it.each([
    ['0', 10, 0n],
    ['007', 10, 7n],
    [' \t+5', 10, 5n],
    ['18446744073709551616', 10, 18446744073709551616n],
    ['ff', 16, 255n],
    ['0xFF', 16, 255n],
    ['0x1f', 0, 31n],
    ['017', 0, 15n],
    ['0', 0, 0n],
    ['', 10, undefined],
    [' ', 10, undefined],
    ['5 ', 10, undefined],
    ['-1', 10, undefined],
    ['1.5', 10, undefined],
    ['0x10', 10, undefined],
    ['ff', 10, undefined],
    ['08', 0, undefined],
    ['0x', 0, undefined],
    ['++1', 10, undefined],
  ] as const)('reads %j in base %i as %s', (text, base, value) => {
    expect(parseUnsigned(text, base)).toBe(value)
  })

  it('holds back what is above a maximum', () => {
    expect(parseUnsignedUpTo('4294967295', 0xffff_ffff)).toBe(0xffff_ffff)
    expect(parseUnsignedUpTo('4294967296', 0xffff_ffff)).toBeUndefined()
    expect(parseUnsignedUpTo('9'.repeat(10_000), 0xffff_ffff)).toBeUndefined()
  })
})

describe('unitSize', () => {
  it.each([
    [undefined, 7n],
    ['', 7n],
    ['b', 1n],
    ['Bytes', 1n],
    ['k', 1024n],
    ['KiB', 1024n],
    ['kb', 1000n],
    ['GB', 1000n ** 3n],
    ['eib', 1024n ** 6n],
    ['ib', undefined],
    ['kbb', undefined],
    ['x', undefined],
  ])('takes %j for %s', (unit, size) => {
    expect(unitSize(unit, 7n)).toBe(size)
  })
})

describe('parseScaled', () => {
  it('multiplies by the unit', () => {
    expect(parseScaled('3', 'MiB', './x', { scale: 1n })).toBe(3n * 1024n * 1024n)
  })

  it.each([
    ['x', undefined, "XML error: Invalid value 'x' for element or attribute './x'"],
    ['1', 'foo', "invalid argument: unknown suffix 'foo'"],
    ['16', 'EiB', 'numerical overflow: value too large: 16EiB'],
  ])('refuses %s %s', (text, unit, message) => {
    expect(parseScaled(text, unit, './x', { scale: 1n })).toMatchObject({ message })
  })
})

describe('normalizeCpuSet', () => {
  it.each([
    ['0-3,^2,7', '0-1,3,7'],
    ['7,0,1', '0-1,7'],
    [' 1 , 2 - 3', '1-3'],
    ['1,', '1'],
    ['16383', '16383'],
    ['^1', ''],
  ])('makes %j %j', (text, normal) => {
    expect(normalizeCpuSet(text)).toBe(normal)
  })

  it.each(['', ',', '1,,2', 'a', '3-1', '16384', '^1-2', '1;2', '-1'])('refuses %j', (text) => {
    expect(normalizeCpuSet(text)).toMatchObject({
      message: `invalid argument: Failed to parse bitmap '${text}'`,
    })
  })

  it('is its own normal form', () => {
    const cpus = fc.uniqueArray(fc.nat(200), { minLength: 1 })
    fc.assert(
      fc.property(cpus, (list) => {
        const normal = normalizeCpuSet(list.join(','))
        if (normal instanceof VirError) throw normal
        expect(normalizeCpuSet(normal)).toBe(normal)
      }),
    )
  })
})

describe('parseUuid', () => {
  const dashed = 'c7a5fdbd-edaf-9455-926a-d65c16db1809'

  it.each([dashed, dashed.toUpperCase(), dashed.replaceAll('-', ''), ` ${dashed}\n`])(
    'reads %j',
    (text) => {
      expect(parseUuid(text)).toBe(dashed)
    },
  )

  it.each([
    '',
    'x',
    dashed.slice(1),
    `${dashed}0`,
    dashed.replace('c7', 'g7'),
    dashed.replace('c7', 'c-7'),
  ])('refuses %j', (text) => {
    expect(parseUuid(text)).toBeUndefined()
  })
})
