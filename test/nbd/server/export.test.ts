import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { NbdServer, type NbdExport } from '../../../src/nbd/index.ts'
import { Conversation, shown } from '../conversation.ts'

const plain: NbdExport = {
  name: 'vda',
  size: 1_048_576,
  read: (_, length) => ok(new Uint8Array(length)),
}
const all = ['base:allocation']

describe('adding an export', () => {
  it.each<[string, Partial<NbdExport>]>([
    ['a negative size', { size: -1 }],
    ['a size that is no whole number', { size: 1.5 }],
    ['a name of more than 4096 bytes', { name: 'x'.repeat(4097) }],
    ['a NUL in its name', { name: 'a\0b' }],
    ['a name that is not well-formed', { name: '\ud800' }],
    ['a description of more than 4096 bytes', { description: 'x'.repeat(4097) }],
    ['a context without a namespace', { contexts: ['bitmap'] }],
    ['a context twice', { contexts: ['a:b', 'a:b'] }],
    ['base:allocation again', { contexts: ['base:allocation'] }],
    ['block sizes that are none', { blockSize: { minimum: 3, preferred: 4096, maximum: 4096 } }],
  ])('refuses one with %s', (_, wrong) => {
    const server = NbdServer.create({ exports: [{ ...plain, ...wrong }] })
    expect(server._unsafeUnwrapErr().kind).toBe('invalid')
  })

  it('refuses a second one of the same name', () => {
    const server = NbdServer.create({ exports: [plain] })._unsafeUnwrap()
    expect(server.addExport(plain)._unsafeUnwrapErr().message).toBe("Export 'vda' exists already")
    expect(server.exports).toStrictEqual([plain])
  })

  it('has no URI before it listens, and takes nobody once it is closed', async () => {
    const server = NbdServer.create({ exports: [plain] })._unsafeUnwrap()
    expect(server.uri('vda')).toBeUndefined()
    await server.close()
    const listening = await server.listen({ host: '127.0.0.1', port: 0 })
    expect(listening._unsafeUnwrapErr().kind).toBe('unreachable')
  })
})

describe('an export with blocks of its own size', () => {
  const source: NbdExport = {
    ...plain,
    blockSize: { minimum: 512, preferred: 4096, maximum: 65_536 },
    write: () => ok(undefined),
  }
  const invalid = (text: string): string[] => [`error 22 ${text} done`]

  it('wants clients to ask for them', async () => {
    const conversation = Conversation.start({ exports: [source] })
    const replies = await conversation.info(7, 'vda', [])
    expect(replies.at(-1)).toStrictEqual([
      0x8000_0008,
      'request NBD_INFO_BLOCK_SIZE to use this export',
    ])
    expect((await conversation.info(7, 'vda')).at(-1)).toStrictEqual([1, ''])
  })

  it('refuses requests of other sizes', async () => {
    const conversation = Conversation.start({ exports: [source] })
    await conversation.go('vda')
    const ask = async (...request: [number, number, number]): Promise<string[]> =>
      (await conversation.request(...request)).map(shown)
    expect(await ask(0, 0, 100)).toStrictEqual(invalid('request is not aligned to 512'))
    expect(await ask(0, 100, 512)).toStrictEqual(invalid('request is not aligned to 512'))
    expect(await ask(0, 0, 131_072)).toStrictEqual(
      invalid('len (131072 ) is larger than max len (65536)'),
    )
    expect(await ask(0, 512, 512)).toStrictEqual(['data 512+512 done'])
    expect(await ask(3, 0, 0)).toStrictEqual(['simple 0'])
  })

  it('disconnects a client whose write is larger than it takes', async () => {
    const conversation = Conversation.start({ exports: [source] })
    await conversation.go('vda')
    const replies = await conversation.request(1, 0, 131_072)
    expect(replies.map(shown)).toStrictEqual(
      invalid('len (131072 ) is larger than max len (65536)'),
    )
    expect(conversation.isClosed).toBe(true)
  })
})

describe('an export that does wrong', () => {
  const ask = async (
    wrong: Partial<NbdExport>,
    ...request: [number, number, number]
  ): Promise<string[]> => {
    const conversation = Conversation.start({ exports: [{ ...plain, ...wrong }] })
    await conversation.go('vda', [...all, ...(wrong.contexts ?? [])])
    return (await conversation.request(...request)).map(shown)
  }

  it('by throwing fails that request', async () => {
    const read = (): never => {
      throw new Error('lost')
    }
    expect(await ask({ read }, 0, 0, 512)).toStrictEqual(['error 5 export failed: lost done'])
  })

  it('by giving too little fails that request', async () => {
    const read: NbdExport['read'] = () => ok(new Uint8Array(3))
    expect(await ask({ read }, 0, 0, 512)).toStrictEqual([
      'error 5 export gave 3 of 512 bytes done',
    ])
  })

  it('by a list that breaks off fails that request', async () => {
    function* broken(): Generator<{ length: number; flags: number }> {
      yield { length: 100, flags: 0 }
      throw new Error('torn')
    }
    const extents: NbdExport['extents'] = () => ok(broken())
    expect(await ask({ extents }, 7, 0, 512)).toStrictEqual(['error 5 export failed: torn done'])
    expect(await ask({ extents }, 0, 0, 512)).toStrictEqual(['error 5 export failed: torn done'])
  })

  it('by saying nothing of a bitmap does not make it clean', async () => {
    const contexts = ['qemu:dirty-bitmap:b']
    expect(await ask({ contexts }, 7, 0, 512)).toStrictEqual([
      'error 5 no extents for context qemu:dirty-bitmap:b done',
    ])
    const extents: NbdExport['extents'] = () => ok([])
    expect(await ask({ contexts, extents }, 7, 0, 512)).toStrictEqual(['error 5 no extents done'])
  })
})

describe('an export that is described', () => {
  const ask = async (source: NbdExport, length: number): Promise<string[]> => {
    const conversation = Conversation.start({ exports: [source] })
    await conversation.go('vda', all)
    return (await conversation.request(7, 0, length)).map(shown)
  }

  it('is all data when it cannot tell', async () => {
    expect(await ask(plain, 1_048_576)).toStrictEqual(['status 0 1048576:0 done'])
  })

  it('is told no further than was asked, and in no more than 131,072 pieces', async () => {
    const size = 512 * 200_000
    const extents: NbdExport['extents'] = (_, __, length) =>
      ok(
        Array.from({ length: length / 512 + 5 }, (___, at) => ({
          length: 512,
          flags: (at % 2) * 3,
        })),
      )
    const [long = ''] = await ask({ ...plain, size, extents }, size)
    expect(long.split(' ').length - 3).toBe(131_072)
    expect(await ask({ ...plain, extents }, 1024)).toStrictEqual(['status 0 512:0 512:3 done'])
  })

  it('is read where it says nothing, for nothing may be taken for zeroes', async () => {
    const extents: NbdExport['extents'] = () => ok([{ length: 512, flags: 3 }])
    const conversation = Conversation.start({ exports: [{ ...plain, extents }] })
    await conversation.go('vda', all)
    expect((await conversation.request(0, 0, 2048)).map(shown)).toStrictEqual([
      'hole 0+512',
      'data 512+1536 done',
    ])
  })
})
