import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  blockSizeProblem,
  decodeInfo,
  decodeInfoRequest,
  decodeMetaContext,
  decodeMetaContextRequest,
  decodeServerReply,
  encodeInfo,
  encodeInfoRequest,
  encodeMetaContext,
  encodeMetaContextRequest,
  encodeServerReply,
} from '../../../src/nbd/codec/option-data.ts'
import { hex } from '../hex.ts'

const name = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0'))
const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })

describe('data of INFO and GO', () => {
  it('has the bytes of the protocol', () => {
    const bytes = hex(`
      00000003  # length of the name
      766461    # vda
      0001      # one request
      0003      # NBD_INFO_BLOCK_SIZE
    `)
    expect(encodeInfoRequest({ name: 'vda', requests: [3] })).toStrictEqual(bytes)
    expect(decodeInfoRequest(bytes)._unsafeUnwrap()).toStrictEqual({ name: 'vda', requests: [3] })
  })

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(name, fc.array(u16, { maxLength: 20 }), (text, requests) => {
        const value = { name: text, requests }
        expect(decodeInfoRequest(encodeInfoRequest(value))._unsafeUnwrap()).toStrictEqual(value)
      }),
    )
  })

  it('refuses data that is cut short or too long', () => {
    const bytes = encodeInfoRequest({ name: 'vda', requests: [3, 1] })
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeInfoRequest(bytes.subarray(0, length)).isErr()).toBe(true)
    }
    expect(decodeInfoRequest(Uint8Array.of(...bytes, 0)).isErr()).toBe(true)
  })

  it.each([
    ['a name that claims 4 GiB', 'ffffffff 76'],
    ['a name longer than the protocol allows', `00001001 ${'61'.repeat(4097)} 0000`],
    ['a NUL in a name', '00000001 00 0000'],
    ['a name that is no UTF-8', '00000001 ff 0000'],
  ])('refuses %s', (_, text) => {
    expect(decodeInfoRequest(hex(text))._unsafeUnwrapErr().kind).toBe('invalid')
  })
})

describe('data of LIST_META_CONTEXT and SET_META_CONTEXT', () => {
  it('has the bytes of the protocol', () => {
    const bytes = hex(`
      00000001 61       # a
      00000001          # one query
      00000005 626173653a  # base:
    `)
    const value = { name: 'a', queries: ['base:'] }
    expect(encodeMetaContextRequest(value)).toStrictEqual(bytes)
    expect(decodeMetaContextRequest(bytes)._unsafeUnwrap()).toStrictEqual(value)
  })

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 8 }), (text, queries) => {
        const value = { name: text, queries }
        const decoded = decodeMetaContextRequest(encodeMetaContextRequest(value))
        expect(decoded._unsafeUnwrap()).toStrictEqual(value)
      }),
    )
  })

  it('leaves queries out that no context can match', () => {
    const bytes = hex(`00000001 61 00000003 00000001 ff 00001001 ${'62'.repeat(4097)} 00000001 63`)
    expect(decodeMetaContextRequest(bytes)._unsafeUnwrap().queries).toStrictEqual(['c'])
  })

  it.each([
    ['more queries than there are bytes for', '00000001 61 ffffffff'],
    ['a query beyond the end', '00000001 61 00000001 00000009 62'],
    ['bytes after the last query', '00000001 61 00000000 00'],
    ['queries without end', `00000001 61 00000401 ${'00000000'.repeat(1025)}`],
  ])('refuses %s', (_, text) => {
    expect(decodeMetaContextRequest(hex(text)).isErr()).toBe(true)
  })
})

describe('replies to options', () => {
  it('read back what they write', () => {
    fc.assert(
      fc.property(name, name, u32, (text, description, id) => {
        const server = description === '' ? { name: text } : { name: text, description }
        expect(decodeServerReply(encodeServerReply(server))._unsafeUnwrap()).toStrictEqual(server)
        const context = { id, name: `x:${text}` }
        expect(decodeMetaContext(encodeMetaContext(context))._unsafeUnwrap()).toStrictEqual(context)
        const info = { type: 'description', text: description } as const
        expect(decodeInfo(encodeInfo(info))._unsafeUnwrap()).toStrictEqual(info)
      }),
    )
  })

  it('describe a pull backup in the bytes that QEMU 7.2 sends', () => {
    const blockSize = { minimum: 1, preferred: 4096, maximum: 0x200_0000 }
    expect(encodeInfo({ type: 'block-size', blockSize })).toStrictEqual(
      hex('0003000000010000100002000000'),
    )
    expect(encodeInfo({ type: 'export', size: 0x400_0000n, flags: 0x58f })).toStrictEqual(
      hex('00000000000004000000058f'),
    )
  })

  it('give information of an unknown type to be ignored', () => {
    expect(decodeInfo(hex('00ff 1234'))._unsafeUnwrap()).toStrictEqual({
      type: 'unknown',
      code: 255,
    })
  })

  it.each([
    ['export information with a byte too many', '0000 0000000004000000 058f 00'],
    ['block sizes that are cut short', '0003 00000001 00001000'],
    ['no type', '00'],
  ])('refuse %s', (_, text) => {
    expect(decodeInfo(hex(text)).isErr()).toBe(true)
  })

  it('give a result for any bytes', () => {
    const decoders = [
      decodeInfo,
      decodeInfoRequest,
      decodeMetaContext,
      decodeMetaContextRequest,
      decodeServerReply,
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...decoders),
        fc.uint8Array({ maxLength: 64 }),
        (decode, bytes) => {
          expect(typeof decode(bytes).isOk()).toBe('boolean')
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('block sizes', () => {
  it.each([
    [1, 512, 512],
    [512, 512, 0xffff_ffff],
    [65_536, 65_536, 0x200_0000],
    [1, 0x8000_0000, 0xffff_ffff],
  ])('allow %d, %d, %d', (minimum, preferred, maximum) => {
    expect(blockSizeProblem({ minimum, preferred, maximum })).toBeUndefined()
  })

  it.each([
    ['no minimum', 0, 4096, 4096],
    ['a minimum that is no power of two', 3, 4096, 4096],
    ['a minimum above 64 KiB', 131_072, 131_072, 131_072],
    ['a preferred size below 512', 1, 256, 4096],
    ['a preferred size below the minimum', 4096, 512, 4096],
    ['a maximum below the preferred size', 1, 4096, 512],
    ['a maximum beyond 32 bits', 1, 4096, 0x1_0000_0000],
  ])('refuse %s', (_, minimum, preferred, maximum) => {
    expect(blockSizeProblem({ minimum, preferred, maximum })).toBeDefined()
  })
})
