import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMessage } from '../../src/qmp/message.ts'

function decoded(value: unknown): unknown {
  return decodeMessage(JSON.stringify(value))._unsafeUnwrap()
}

describe('decodeMessage', () => {
  it.each([{}, [], '', 0, false, null, 'text'])('reads the answer %j as an answer', (value) => {
    expect(decoded({ return: value, id: 'a' })).toStrictEqual({ type: 'return', id: 'a', value })
  })

  it('reads an error, with an id or without', () => {
    const error = { class: 'GenericError', desc: 'no' }
    const read = { type: 'error', errorClass: 'GenericError', desc: 'no' }
    expect(decoded({ error, id: 7 })).toStrictEqual({ ...read, id: 7 })
    expect(decoded({ error })).toStrictEqual({ ...read, id: undefined })
  })

  it('reads an event without data', () => {
    const timestamp = { seconds: 1795169650, microseconds: 969984 }
    expect(decoded({ timestamp, event: 'RESUME' })).toStrictEqual({
      type: 'event',
      name: 'RESUME',
      data: {},
      timestamp,
    })
  })

  it('reads a greeting of a server older than its members', () => {
    const qemu = { major: 0, minor: 14, micro: 0 }
    expect(decoded({ QMP: { version: { qemu } } })).toStrictEqual({
      type: 'greeting',
      greeting: { version: qemu, package: '', capabilities: [] },
    })
  })

  it.each([
    ['no JSON', '{"return":'],
    ['a line of another protocol', 'RFB 003.008'],
    ['an array', '[]'],
    ['an object of no kind', '{"id":1}'],
    ['an error without description', '{"error":{"class":"GenericError"},"id":1}'],
    ['an error that is a string', '{"error":"no"}'],
    ['an event that is not named', '{"event":1,"timestamp":{"seconds":0,"microseconds":0}}'],
    [
      'an event with data that is no object',
      '{"event":"STOP","data":[],"timestamp":{"seconds":0,"microseconds":0}}',
    ],
    ['an event without time', '{"event":"STOP"}'],
    ['an event with half a time', '{"event":"STOP","timestamp":{"seconds":1}}'],
    ['a greeting without version', '{"QMP":{}}'],
    ['a greeting with half a version', '{"QMP":{"version":{"qemu":{"major":7}}}}'],
  ])('refuses %s', (_, text) => {
    expect(decodeMessage(text)._unsafeUnwrapErr().kind).toBe('unexpected')
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => decodeMessage(text)).not.toThrow()
      }),
    )
  })
})
