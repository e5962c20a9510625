import { describe, expect, it } from 'vitest'
import type { NbdExport } from '../../../src/nbd/index.ts'
import { Conversation, hexOf, shown } from '../conversation.ts'
import { pullExport, type PullDisk } from '../exports.ts'
import { settle } from '../transport-pair.ts'

// What follows was recorded from QEMU 7.2.22 serving a pull backup (fixtures/nbd/wire.txt); the disk has the same layout.
const runs = (pairs: readonly (readonly [number, number])[]): { length: number; flags: number }[] =>
  pairs.map(([length, flags]) => ({ length, flags }))
const disk: PullDisk = {
  size: 67_108_864,
  allocation: runs([
    [1_048_576, 3],
    [8_388_608, 0],
    [22_020_096, 3],
    [131_072, 0],
    [10_878_976, 3],
    [524_288, 0],
    [19_922_944, 3],
    [65_536, 0],
    [4_128_768, 3],
  ]),
  dirty: [
    { offset: 5_242_880, length: 196_608 },
    { offset: 62_914_560, length: 65_536 },
  ],
}
const bitmap = 'qemu:dirty-bitmap:backup-vda'
const both = ['base:allocation', bitmap]
const vda: NbdExport = pullExport('vda', disk)

describe('handshake of a pull export', () => {
  const start = (): Conversation => Conversation.start({ exports: [vda] })

  it('greets as QEMU does', async () => {
    const conversation = Conversation.start({ exports: [vda] }, 'none')
    await settle()
    expect(hexOf(conversation.rest())).toBe('4e42444d4147494349484156454f50540003')
  })

  it('lists the exports in the order in which they were added', async () => {
    const other = pullExport('exp-vdb', disk)
    const conversation = Conversation.start({ exports: [vda, other] })
    expect(await conversation.option(3)).toStrictEqual([
      [2, '\0\0\0\x03vda'],
      [2, '\0\0\0\x07exp-vdb'],
      [1, ''],
    ])
  })

  it('adds the description of an export to the list', async () => {
    const conversation = Conversation.start({ exports: [{ ...vda, description: 'a disk' }] })
    expect(await conversation.option(3)).toStrictEqual([
      [2, '\0\0\0\x03vdaa disk'],
      [1, ''],
    ])
  })

  it('lists metadata contexts by query', async () => {
    const conversation = start()
    await conversation.option(8)
    const allocation = [4, '00000000626173653a616c6c6f636174696f6e'] as const
    const dirty = [4, `00000000${hexOf(new TextEncoder().encode(bitmap))}`] as const
    const end = [1, ''] as const
    expect(await conversation.meta(9, 'vda', [])).toStrictEqual([allocation, dirty, end])
    expect(await conversation.meta(9, 'vda', ['base:'])).toStrictEqual([allocation, end])
    expect(await conversation.meta(9, 'vda', ['qemu:'])).toStrictEqual([dirty, end])
    expect(await conversation.meta(9, 'vda', ['qemu:dirty-bitmap:'])).toStrictEqual([dirty, end])
    expect(await conversation.meta(9, 'vda', ['qemu:allocation-depth'])).toStrictEqual([end])
    expect(await conversation.meta(9, 'vda', ['qemu:dirty-'])).toStrictEqual([end])
  })

  it('numbers selected contexts as QEMU does, whatever the order of the queries', async () => {
    const conversation = start()
    await conversation.option(8)
    expect(await conversation.meta(10, 'vda', [...both].toReversed())).toStrictEqual([
      [4, '00000000626173653a616c6c6f636174696f6e'],
      [4, `00000002${hexOf(new TextEncoder().encode(bitmap))}`],
      [1, ''],
    ])
    expect(await conversation.meta(10, 'vda', ['base:', 'qemu:', 'nosuch:x'])).toStrictEqual([
      [1, ''],
    ])
    expect(await conversation.meta(10, 'vda', [])).toStrictEqual([[1, '']])
  })

  it('needs structured replies before contexts are selected', async () => {
    const text = "request option 'set meta context' when structured reply is not negotiated"
    expect(await start().meta(10, 'vda', both)).toStrictEqual([[0x8000_0003, text]])
  })

  it('describes the export field by field', async () => {
    const conversation = start()
    await conversation.option(8)
    expect(await conversation.info(7, 'vda')).toStrictEqual([
      [3, '0003000000010000100002000000'],
      [3, '00000000000004000000058f'],
      [1, ''],
    ])
  })

  it('does not offer unfragmented reads without structured replies', async () => {
    expect(await start().info(6, 'vda')).toContainEqual([3, '00000000000004000000050f'])
  })

  it('gives name and description when they are asked for', async () => {
    const conversation = Conversation.start({ exports: [{ ...vda, description: 'a disk' }] })
    expect(await conversation.info(6, 'vda', [1, 2])).toStrictEqual([
      [3, '0001766461'],
      [3, '000261206469736b'],
      [3, '0003000000010000100002000000'],
      [3, '00000000000004000000050f'],
      [1, ''],
    ])
  })

  it('refuses an export that does not exist, also the default one', async () => {
    const conversation = start()
    await conversation.option(8)
    const unknown = 0x8000_0006
    expect(await conversation.info(6, 'nosuch')).toStrictEqual([
      [unknown, "export 'nosuch' not present"],
    ])
    expect(await conversation.info(7, '')).toStrictEqual([[unknown, "export '' not present"]])
    expect(await conversation.meta(10, 'x', both)).toStrictEqual([
      [unknown, "export 'x' not present"],
    ])
  })

  it.each([
    ['LIST', 3, "option 'list' has unexpected length"],
    ['STRUCTURED_REPLY', 8, "option 'structured reply' has unexpected length"],
    ['STARTTLS', 5, "option 'starttls' has unexpected length"],
  ])('refuses data with %s', async (_, option, text) => {
    const replies = await start().option(option, new Uint8Array(1))
    expect(replies).toStrictEqual([[0x8000_0003, text]])
  })

  it('refuses options that it does not know, and TLS', async () => {
    const conversation = start()
    expect(await conversation.option(11)).toStrictEqual([
      [0x8000_0001, 'Unsupported option 11 (<unknown>)'],
    ])
    expect(await conversation.option(5)).toStrictEqual([[0x8000_0002, 'TLS not configured']])
  })

  it('refuses option data without end, and goes on', async () => {
    const conversation = start()
    expect(await conversation.option(99, new Uint8Array(70_000))).toStrictEqual([
      [0x8000_0009, 'Option data of 70000 bytes is too large'],
    ])
    expect(await conversation.option(8)).toStrictEqual([[1, '']])
  })

  it('lets a client take leave', async () => {
    const conversation = start()
    expect(await conversation.option(2)).toStrictEqual([[1, '']])
    expect(conversation.isClosed).toBe(true)
  })

  it.each([
    ['client flags that it does not know', 4, new Uint8Array(0)],
    ['another magic', 3, new Uint8Array(16)],
    [
      'an option without fixed newstyle',
      0,
      Uint8Array.from('IHAVEOPT\0\0\0\x03\0\0\0\0', (c) => c.charCodeAt(0)),
    ],
    [
      'the name of no export',
      3,
      Uint8Array.from('IHAVEOPT\0\0\0\x01\0\0\0\x01x', (c) => c.charCodeAt(0)),
    ],
    [
      'an option of 4 GiB',
      3,
      Uint8Array.from('IHAVEOPT\0\0\0\x03\xff\xff\xff\xff', (c) => c.charCodeAt(0)),
    ],
  ])('disconnects on %s', async (_, flags, bytes) => {
    const conversation = Conversation.start({ exports: [vda] }, flags)
    conversation.send(bytes)
    await settle()
    expect(conversation.isClosed).toBe(true)
    expect(conversation.server.connections).toBe(0)
  })

  it('begins by EXPORT_NAME, with and without zeroes', async () => {
    for (const [flags, zeroes] of [
      [3, 0],
      [1, 124],
    ] as const) {
      const conversation = Conversation.start({ exports: [vda] }, flags)
      conversation.send(Uint8Array.from('IHAVEOPT\0\0\0\x01\0\0\0\x03vda', (c) => c.charCodeAt(0)))
      await settle()
      expect(hexOf(conversation.rest())).toBe(`0000000004000000050f${'00'.repeat(zeroes)}`)
    }
  })
})

describe('commands on a pull export', () => {
  type Request = Readonly<Parameters<Conversation['request']>>
  const ask = async (...request: Request): Promise<string[]> => {
    const conversation = Conversation.start({ exports: [vda] })
    await conversation.go('vda', both)
    return (await conversation.request(...request)).map(shown)
  }
  const invalid = (text: string): string[] => [`error 22 ${text} done`]

  const answers: [string, Request, string[]][] = [
    ['READ over a border', [0, 0, 2_097_152], ['hole 0+1048576', 'data 1048576+1048576 done']],
    ['READ unfragmented', [0, 0, 2_097_152, 4], ['data 0+2097152 done']],
    ['READ of a hole', [0, 0, 4096], ['hole 0+4096 done']],
    ['READ of nothing', [0, 0, 0], ['none done']],
    ['READ of nothing at the end', [0, 67_108_864, 0], ['none done']],
    [
      'BLOCK_STATUS of everything',
      [7, 0, 67_108_864],
      [
        'status 0 1048576:3 8388608:0 22020096:3 131072:0 10878976:3 524288:0 19922944:3 65536:0 4128768:3',
        'status 2 5242880:0 196608:1 57475072:0 65536:1 4128768:0 done',
      ],
    ],
    [
      'BLOCK_STATUS of one',
      [7, 0, 67_108_864, 8],
      ['status 0 1048576:3', 'status 2 5242880:0 done'],
    ],
    ['BLOCK_STATUS unaligned', [7, 1_048_577, 100], ['status 0 100:0', 'status 2 100:0 done']],
    ['FLUSH', [3, 0, 0], ['simple 0']],
    ['CACHE', [5, 0, 4096], ['simple 0']],
    ['WRITE', [1, 0, 3, 0, new Uint8Array(3)], invalid('Export is read-only')],
    ['TRIM', [4, 0, 512], invalid('Export is read-only')],
    ['WRITE_ZEROES', [6, 0, 512], invalid('Export is read-only')],
    [
      'READ of 33 MiB',
      [0, 0, 34_603_008],
      invalid('len (34603008 ) is larger than max len (33554432)'),
    ],
    [
      'READ past the end',
      [0, 67_108_864, 512],
      invalid('operation past EOF; From: 67108864, Len: 512, Size: 67108864'),
    ],
    [
      'READ beyond 64 bits',
      [0, 0xffff_ffff_ffff_ffffn, 512],
      invalid('operation past EOF; From: 18446744073709551615, Len: 512, Size: 67108864'),
    ],
    ['an unknown command', [99, 0, 0], invalid('invalid request type (99) received')],
    ['BLOCK_STATUS of nothing', [7, 0, 0], invalid('need non-zero length')],
    [
      'READ with flags of another command',
      [0, 0, 16, 8],
      invalid('unsupported flags for command read (got 0x8)'),
    ],
    [
      'BLOCK_STATUS with DF',
      [7, 0, 16, 4],
      invalid('unsupported flags for command block status (got 0x4)'),
    ],
  ]

  it.each(answers)('answers %s', async (_, request, expected) => {
    expect(await ask(...request)).toStrictEqual(expected)
  })

  it('stays connected after a refusal, also when the data of a write has to be dropped', async () => {
    const conversation = Conversation.start({ exports: [vda] })
    await conversation.go('vda', both)
    await conversation.request(1, 0, 100_000, 0, new Uint8Array(100_000))
    expect((await conversation.request(3, 0, 0)).map(shown)).toStrictEqual(['simple 0'])
  })

  it('refuses block status that was not negotiated', async () => {
    const conversation = Conversation.start({ exports: [vda] })
    await conversation.go('vda')
    const replies = await conversation.request(7, 0, 512)
    expect(replies.map(shown)).toStrictEqual(invalid('CMD_BLOCK_STATUS not negotiated'))
  })

  it('forgets contexts that were selected for another export', async () => {
    const conversation = Conversation.start({ exports: [vda, pullExport('vdb', disk)] })
    await conversation.option(8)
    await conversation.meta(10, 'vda', both)
    await conversation.info(7, 'vdb')
    const replies = await conversation.request(7, 0, 512)
    expect(replies.map(shown)).toStrictEqual(invalid('CMD_BLOCK_STATUS not negotiated'))
  })

  it('disconnects after DISC, once all is answered', async () => {
    const conversation = Conversation.start({ exports: [pullExport('vda', disk, true)] })
    await conversation.go('vda', both)
    void conversation.request(0, 1_048_576, 16)
    await conversation.request(2, 0, 0)
    expect(conversation.isClosed).toBe(true)
  })

  it('disconnects on another magic', async () => {
    const conversation = Conversation.start({ exports: [vda] })
    await conversation.go('vda', both)
    conversation.send(new Uint8Array(28))
    await settle()
    expect(conversation.isClosed).toBe(true)
  })
})
