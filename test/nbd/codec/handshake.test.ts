import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeClientFlags,
  decodeExportNameReply,
  decodeGreeting,
  decodeOptionHeader,
  decodeOptionReplyHeader,
  encodeClientFlags,
  encodeExportNameReply,
  encodeGreeting,
  encodeOption,
  encodeOptionReply,
} from '../../../src/nbd/codec/handshake.ts'
import { hex } from '../hex.ts'

describe('greeting', () => {
  it('has the bytes of the protocol', () => {
    const bytes = hex(`
      4e42444d41474943  # NBDMAGIC
      49484156454f5054  # IHAVEOPT
      0003              # fixed newstyle, no zeroes
    `)
    expect(encodeGreeting(3)).toStrictEqual(bytes)
    expect(decodeGreeting(bytes)._unsafeUnwrap()).toBe(3)
  })

  it('tells an oldstyle server from what is no server', () => {
    const oldstyle = hex('4e42444d41474943 0000420281861253 0000')
    expect(decodeGreeting(oldstyle)._unsafeUnwrapErr().kind).toBe('unsupported')
    const http = new TextEncoder().encode('HTTP/1.1 400 Bad R')
    expect(decodeGreeting(http)._unsafeUnwrapErr().kind).toBe('bad-magic')
  })

  it('is answered with flags', () => {
    expect(encodeClientFlags(3)).toStrictEqual(hex('00000003'))
    expect(decodeClientFlags(hex('80000001'))._unsafeUnwrap()).toBe(0x8000_0001)
  })
})

describe('option', () => {
  it('has the bytes of the protocol', () => {
    const bytes = hex(`
      49484156454f5054  # IHAVEOPT
      00000001          # NBD_OPT_EXPORT_NAME
      00000003          # length
      766461            # vda
    `)
    expect(encodeOption(1, new TextEncoder().encode('vda'))).toStrictEqual(bytes)
    const header = decodeOptionHeader(bytes.subarray(0, 16))._unsafeUnwrap()
    expect(header).toStrictEqual({ option: 1, length: 3 })
  })

  it('is answered with the bytes of the protocol', () => {
    const bytes = hex(`
      0003e889045565a9  # reply magic
      00000007          # NBD_OPT_GO
      80000006          # NBD_REP_ERR_UNKNOWN
      00000002          # length
      6e6f              # no
    `)
    expect(encodeOptionReply(7, 0x8000_0006, new TextEncoder().encode('no'))).toStrictEqual(bytes)
    const header = decodeOptionReplyHeader(bytes.subarray(0, 20))._unsafeUnwrap()
    expect(header).toStrictEqual({ option: 7, type: 0x8000_0006, length: 2 })
  })
})

describe('answer to EXPORT_NAME', () => {
  it('is padded with 124 zeroes unless both sides leave them out', () => {
    const reply = { size: 0x400_0000n, flags: 0x58f }
    const short = encodeExportNameReply(reply, false)
    expect(short).toStrictEqual(hex('0000000004000000 058f'))
    expect(decodeExportNameReply(short)._unsafeUnwrap()).toStrictEqual(reply)
    const long = encodeExportNameReply(reply, true)
    expect(long).toStrictEqual(Uint8Array.from({ length: 134 }, (_, index) => short[index] ?? 0))
  })
})

describe('decoders of the handshake', () => {
  const decoders = [
    { decode: decodeGreeting, size: 18 },
    { decode: decodeClientFlags, size: 4 },
    { decode: decodeOptionHeader, size: 16 },
    { decode: decodeOptionReplyHeader, size: 20 },
    { decode: decodeExportNameReply, size: 10 },
  ]

  it('give a result for any bytes, and refuse every other length than their own', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...decoders),
        fc.uint8Array({ maxLength: 40 }),
        (decoder, bytes) => {
          const result = decoder.decode(bytes)
          if (bytes.length !== decoder.size) {
            expect(result._unsafeUnwrapErr().kind).toBe('truncated')
          }
        },
      ),
    )
  })
})
