import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockStatusChunk, decodeBlockStatus } from '../../../src/nbd/codec/block-status.ts'
import {
  CHUNK_HEADER_SIZE,
  decodeChunkError,
  decodeChunkHeader,
  decodeHole,
  decodeSimpleReply,
  encodeDataChunkHeader,
  encodeErrorChunk,
  encodeHoleChunk,
  encodeNoneChunk,
  encodeSimpleReply,
} from '../../../src/nbd/codec/reply.ts'
import { decodeRequest, encodeRequest } from '../../../src/nbd/codec/request.ts'
import { hex } from '../hex.ts'

const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn })

describe('request', () => {
  it('has the bytes of the protocol', () => {
    const bytes = hex(`
      25609513          # magic
      0004              # NBD_CMD_FLAG_DF
      0000              # NBD_CMD_READ
      0000000000000007  # cookie
      0000000000010000  # offset
      00001000          # length
    `)
    const request = { flags: 4, command: 0, cookie: 7n, offset: 0x1_0000n, length: 4096 }
    expect(encodeRequest(request)).toStrictEqual(bytes)
    expect(decodeRequest(bytes)._unsafeUnwrap()).toStrictEqual(request)
  })

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(u16, u16, u64, u64, u32, (flags, command, cookie, offset, length) => {
        const request = { flags, command, cookie, offset, length }
        expect(decodeRequest(encodeRequest(request))._unsafeUnwrap()).toStrictEqual(request)
      }),
    )
  })

  it('is read from a slice of a larger buffer', () => {
    const request = { flags: 0, command: 7, cookie: 1n, offset: 2n, length: 3 }
    const buffer = new Uint8Array(64)
    buffer.set(encodeRequest(request), 13)
    expect(decodeRequest(buffer.subarray(13, 41))._unsafeUnwrap()).toStrictEqual(request)
  })

  it('is refused with another magic', () => {
    expect(decodeRequest(new Uint8Array(28))._unsafeUnwrapErr().kind).toBe('bad-magic')
  })
})

describe('simple reply', () => {
  it('has the bytes of the protocol', () => {
    const bytes = hex('67446698 00000016 00000000000000ff')
    expect(encodeSimpleReply({ error: 22, cookie: 255n })).toStrictEqual(bytes)
    expect(decodeSimpleReply(bytes)._unsafeUnwrap()).toStrictEqual({ error: 22, cookie: 255n })
  })
})

describe('structured reply chunk', () => {
  it('has the bytes of the protocol', () => {
    const none = hex('668e33ef 0001 0000 0000000000000009 00000000')
    expect(encodeNoneChunk(9n)).toStrictEqual(none)
    expect(encodeDataChunkHeader(9n, 1, 512n, 3)).toStrictEqual(
      hex('668e33ef 0001 0001 0000000000000009 0000000b 0000000000000200'),
    )
    expect(encodeHoleChunk(9n, 0, { offset: 512n, length: 4096 })).toStrictEqual(
      hex('668e33ef 0000 0002 0000000000000009 0000000c 0000000000000200 00001000'),
    )
    expect(encodeErrorChunk(9n, 22, 'no')).toStrictEqual(
      hex('668e33ef 0001 8001 0000000000000009 00000008 00000016 0002 6e6f'),
    )
  })

  it('reads back its header', () => {
    const header = decodeChunkHeader(encodeErrorChunk(9n, 5, 'text').subarray(0, 20))
    expect(header._unsafeUnwrap()).toStrictEqual({ flags: 1, type: 0x8001, cookie: 9n, length: 10 })
  })

  it('reads back errors, with a place when it has one', () => {
    fc.assert(
      fc.property(u64, fc.integer({ min: 1, max: 200 }), fc.string(), (cookie, error, text) => {
        const payload = encodeErrorChunk(cookie, error, text).subarray(CHUNK_HEADER_SIZE)
        const message = new TextDecoder().decode(new TextEncoder().encode(text))
        expect(decodeChunkError(0x8001, payload)._unsafeUnwrap()).toStrictEqual({ error, message })
      }),
    )
    expect(
      decodeChunkError(0x8002, hex('00000005 0000 0000000000000200'))._unsafeUnwrap(),
    ).toStrictEqual({ error: 5, message: '', offset: 512n })
  })

  it('cuts a message of more than 4096 bytes between characters', () => {
    const payload = encodeErrorChunk(1n, 5, `a${'€'.repeat(2000)}`).subarray(CHUNK_HEADER_SIZE)
    const { message } = decodeChunkError(0x8001, payload)._unsafeUnwrap()
    expect(message).toBe(`a${'€'.repeat(1365)}`)
  })

  it.each([
    ['an error of no value', () => decodeChunkError(0x8001, hex('00000000 0000'))],
    ['a message beyond the end', () => decodeChunkError(0x8001, hex('00000005 0003 6e6f'))],
    ['a place that is cut short', () => decodeChunkError(0x8002, hex('00000005 0000 000002'))],
    ['a hole of no length', () => decodeHole(hex('0000000000000200 00000000'))],
    ['a hole with a byte too many', () => decodeHole(hex('0000000000000200 00000001 00'))],
  ])('refuses %s', (_, decode) => {
    expect(decode().isErr()).toBe(true)
  })
})

describe('block status', () => {
  it('has the bytes of the protocol', () => {
    const chunk = new BlockStatusChunk(10)
    chunk.add(1_048_576, 3)
    chunk.add(65_536, 0)
    const bytes = hex(`
      668e33ef 0001 0005 0000000000000009 00000014
      00000002           # context
      00100000 00000003  # a hole of 1 MiB
      00010000 00000000  # 64 KiB of data
    `)
    expect(chunk.finish(9n, 1, 2)).toStrictEqual(bytes)
    const status = decodeBlockStatus(bytes.subarray(CHUNK_HEADER_SIZE))._unsafeUnwrap()
    expect(status.contextId).toBe(2)
    expect([...status.descriptors]).toStrictEqual([
      { length: 1_048_576, flags: 3 },
      { length: 65_536, flags: 0 },
    ])
  })

  it('joins neighbours of the same flags, and keeps to its limit', () => {
    const run = fc.record({
      length: fc.integer({ min: 1, max: 1000 }),
      flags: fc.integer({ min: 0, max: 2 }),
    })
    fc.assert(
      fc.property(
        fc.array(run, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 300 }),
        (runs, limit) => {
          const chunk = new BlockStatusChunk(limit)
          const taken: number[] = []
          for (const { length, flags } of runs) {
            if (!chunk.add(length, flags)) break
            for (let index = 0; index < length; index++) taken.push(flags)
          }
          const payload = chunk.finish(1n, 1, 0).subarray(CHUNK_HEADER_SIZE)
          const descriptors = [...decodeBlockStatus(payload)._unsafeUnwrap().descriptors]
          expect(descriptors.length).toBeLessThanOrEqual(limit)
          expect(
            descriptors.flatMap(({ length, flags }) => Array(length).fill(flags)),
          ).toStrictEqual(taken)
          expect(chunk.covered).toBe(taken.length)
          const neighbours = descriptors
            .slice(1)
            .map(({ flags }, index) => [descriptors[index]?.flags, flags])
          expect(neighbours.every(([before, after]) => before !== after)).toBe(true)
        },
      ),
    )
  })

  it.each([
    ['no descriptors', '00000000'],
    ['half a descriptor', '00000000 00000001'],
    ['a descriptor of no length', '00000000 00000000 00000000'],
  ])('refuses %s', (_, text) => {
    expect(decodeBlockStatus(hex(text))._unsafeUnwrapErr().kind).toBe('unexpected')
  })
})

describe('decoders of the transmission phase', () => {
  it('give a result for any bytes', () => {
    const decoders = [
      decodeRequest,
      decodeSimpleReply,
      decodeChunkHeader,
      decodeHole,
      decodeBlockStatus,
      (bytes: Uint8Array) => decodeChunkError(0x8001, bytes),
      (bytes: Uint8Array) => decodeChunkError(0x8002, bytes),
      (bytes: Uint8Array) => decodeChunkError(0xffff, bytes),
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...decoders),
        fc.uint8Array({ maxLength: 48 }),
        (decode, bytes) => {
          expect(typeof decode(bytes).isOk()).toBe('boolean')
        },
      ),
      { numRuns: 1000 },
    )
  })
})
