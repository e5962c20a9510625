import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageFramer } from '../../src/qmp/framing.ts'

const encoder = new TextEncoder()

/** Cuts bytes at the places given. */
function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [0, ...places].map((from, at) => bytes.slice(from, places[at] ?? bytes.length))
}

function pushAll(framer: MessageFramer, chunks: readonly Uint8Array[]): string[] {
  return chunks.flatMap((chunk) => framer.push(chunk).messages)
}

/** A line that is no message by itself, nor the first of a pretty one. */
const line = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((text) => `"${text.replaceAll(/[\r\n]/g, '')}"`)
const cuts = fc.array(fc.nat(), { maxLength: 20 })

describe('MessageFramer', () => {
  it('gives the same messages wherever the stream is cut, also inside a character', () => {
    fc.assert(
      fc.property(fc.array(line), cuts, (lines, places) => {
        const bytes = encoder.encode(lines.map((text) => `${text}\r\n`).join(''))
        expect(pushAll(new MessageFramer(), split(bytes, places))).toStrictEqual(lines)
      }),
    )
  })

  it('gives every whole message of a stream that ends anywhere, and keeps the rest', () => {
    fc.assert(
      fc.property(fc.array(line), fc.nat(), (lines, nat) => {
        const bytes = encoder.encode(lines.map((text) => `${text}\n`).join(''))
        const end = nat % (bytes.length + 1)
        const whole = bytes.subarray(0, end).filter((byte) => byte === 0x0a).length
        const framer = new MessageFramer()
        expect(framer.push(bytes.subarray(0, end)).messages).toStrictEqual(lines.slice(0, whole))
        const kept =
          end -
          encoder.encode(
            lines
              .slice(0, whole)
              .map((text) => `${text}\n`)
              .join(''),
          ).length
        expect(framer.pendingBytes).toBe(kept)
      }),
    )
  })

  it('puts pretty-printed messages together again, wherever they are cut', () => {
    const text = '{\r\n    "return": {\r\n        "a": "}"\r\n    }\r\n}\r\n'
    fc.assert(
      fc.property(fc.nat({ max: 5 }), cuts, (count, places) => {
        const bytes = encoder.encode(text.repeat(count))
        const messages = pushAll(new MessageFramer(), split(bytes, places))
        expect(messages.map((message) => JSON.parse(message))).toStrictEqual(
          Array.from({ length: count }, () => ({ return: { a: '}' } })),
        )
      }),
    )
  })

  it('passes over empty lines', () => {
    expect(new MessageFramer().push(encoder.encode('\r\n\n  \n1\n\n')).messages).toStrictEqual([
      '1',
    ])
  })

  it('does not hold on to a chunk that is used again', () => {
    const chunk = encoder.encode('"ab')
    const framer = new MessageFramer()
    framer.push(chunk)
    chunk.fill(0x78)
    expect(framer.push(encoder.encode('c"\n')).messages).toStrictEqual(['"abc"'])
  })

  it('refuses a message that is too long at the same byte, however it is cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), cuts, (length, places) => {
        const framer = new MessageFramer(20)
        const bytes = encoder.encode(`1\n${'2'.repeat(length)}\n3\n`)
        const chunks = split(bytes, places).map((chunk) => framer.push(chunk))
        const messages = chunks.flatMap((chunk) => chunk.messages)
        const isShort = length <= 20
        expect(messages).toStrictEqual(isShort ? ['1', '2'.repeat(length), '3'] : ['1'])
        expect(chunks.at(-1)?.error?.message).toBe(
          isShort ? undefined : 'The peer sent a message of more than 20 bytes',
        )
      }),
    )
  })

  it('refuses a long message before it has ended', () => {
    const framer = new MessageFramer(1000)
    let pushed = 0
    while (framer.push(new Uint8Array(100).fill(0x20)).error === undefined) pushed += 100
    expect(pushed).toBe(1000)
  })

  it('refuses a pretty-printed message that does not end', () => {
    const framer = new MessageFramer(1000)
    framer.push(encoder.encode('{\n'))
    let lines = 0
    while (framer.push(encoder.encode('    1,\n')).error === undefined) lines += 1
    expect(lines).toBeLessThan(1000 / 6)
  })

  it('refuses bytes that are not UTF-8 and gives nothing more', () => {
    const framer = new MessageFramer()
    const first = framer.push(Uint8Array.of(0x31, 0x0a, 0xc3, 0x28, 0x0a, 0x32, 0x0a))
    expect(first.messages).toStrictEqual(['1'])
    expect(first.error).toMatchObject({ kind: 'unexpected' })
    expect(framer.push(encoder.encode('3\n'))).toStrictEqual({ messages: [], error: first.error })
  })
})
