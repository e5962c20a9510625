import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NbdClient } from '../../../src/nbd/index.ts'

/** What connecting says in place of connecting. */
async function refusalOf(uri: string): Promise<object> {
  const { kind, message, cause } = (await NbdClient.connect(uri))._unsafeUnwrapErr()
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return { kind, message, code }
}

describe('a client that finds no server', () => {
  it('says of an unknown host that it cannot be reached, and why', async () => {
    // An empty label is no name: the resolver asks nobody about it.
    expect(await refusalOf('nbd://no..host/')).toStrictEqual({
      kind: 'unreachable',
      message: 'Cannot connect to no..host:10809',
      code: 'ENOTFOUND',
    })
  })

  it('says the same of a port where nobody listens', async () => {
    expect(await refusalOf('nbd://127.0.0.1:1/')).toStrictEqual({
      kind: 'unreachable',
      message: 'Cannot connect to 127.0.0.1:1',
      code: 'ECONNREFUSED',
    })
  })

  it('says the same of a socket that is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'virtdriver-'))
    const path = join(folder, 'none.sock')
    expect(await refusalOf(`nbd+unix:///?socket=${path}`)).toStrictEqual({
      kind: 'unreachable',
      message: `Cannot connect to ${path}`,
      code: 'ENOENT',
    })
    await rm(folder, { recursive: true })
  })
})
