import { describe, expect, it } from 'vitest'
import {
  type Guard,
  isArrayOf,
  isInteger,
  isNumber,
  isObject,
  isRecord,
  isString,
  optional,
} from '../../src/qmp/guard.ts'

interface Disk {
  readonly name: string
  readonly size?: number
}

const isDisk: Guard<Disk> = isRecord<Disk>({ name: isString, size: optional(isNumber) })

describe('isRecord', () => {
  it('accepts members that are not named', () => {
    expect(isDisk({ name: 'vda', more: [] })).toBe(true)
  })

  it.each([
    ['a member that is missing', {}],
    ['a member of another type', { name: 1 }],
    ['an optional member of another type', { name: 'vda', size: null }],
    ['an inherited member', Object.create({ name: 'vda' })],
    ['an array', [{ name: 'vda' }]],
    ['null', null],
    ['a string', 'name'],
  ])('refuses %s', (_, value) => {
    expect(isDisk(value)).toBe(false)
  })
})

describe('isArrayOf', () => {
  it('looks at each item', () => {
    expect(isArrayOf(isDisk)([{ name: 'a' }, { name: 'b' }])).toBe(true)
    expect(isArrayOf(isDisk)([{ name: 'a' }, {}])).toBe(false)
    expect(isArrayOf(isDisk)({ length: 0 })).toBe(false)
  })
})

describe('isInteger', () => {
  it('accepts integers of both kinds and nothing else', () => {
    expect([0, -1, 2n ** 63n].every(isInteger)).toBe(true)
    expect([0.5, Number.NaN, '1', true, null].some(isInteger)).toBe(false)
  })
})

describe('isObject', () => {
  it('refuses arrays and null', () => {
    expect([[], null, 'a'].some(isObject)).toBe(false)
  })
})
