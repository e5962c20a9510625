import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatUUID, parseUUID, uuidBytes } from '../../src/connection/uuid.ts'

describe('a UUID', () => {
  it('is the same after bytes and text, in either case and with any dashes', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(bytes, fc.array(fc.constantFrom('', '-', ' ', '- -')), (original, separators) => {
        const text = formatUUID(original)
        expect(uuidBytes(text)).toStrictEqual(original)
        const pairs = text.toUpperCase().replaceAll('-', '').match(/../g) ?? []
        const spread = pairs.map((pair, index) => `${separators[index] ?? ''}${pair}`).join('')
        expect(parseUUID(`\t${spread}\n`)).toBe(text)
      }),
    )
  })

  it('is read or refused, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const read = parseUUID(text)
        expect(read ?? '').toMatch(/^$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      }),
    )
  })
})
