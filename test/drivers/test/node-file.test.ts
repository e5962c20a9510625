import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ErrorDomain, ErrorNumber, open, unwrap } from '../../../src/index.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'virtdriver-node-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** What opening a path says instead of opening it. */
async function refusalOf(path: string): Promise<object> {
  const { code, domain, message } = (await open(`test://${path}`))._unsafeUnwrapErr()
  return { code, domain, message }
}

const empty = (path: string): object => ({
  code: ErrorNumber.XML_DETAIL,
  domain: ErrorDomain.TEST,
  message: `${path}:1: Document is empty\n(null)\n^`,
})

const unreadable = (path: string): object => ({
  code: ErrorNumber.XML_ERROR,
  domain: ErrorDomain.TEST,
  message: `XML error: failed to parse xml document '${path}'`,
})

describe('a node file', () => {
  it('that is a directory is an empty document, as libxml2 reads it', async () => {
    expect(await refusalOf(folder)).toStrictEqual(empty(folder))
  })

  it('that names a directory in place of a domain finds an empty document there', async () => {
    const path = join(folder, 'node.xml')
    await mkdir(join(folder, 'domain.xml'))
    await writeFile(path, `<node><domain file='domain.xml'/></node>`)
    expect(await refusalOf(path)).toStrictEqual(empty(join(folder, 'domain.xml')))
  })

  it('without a byte is an empty document', async () => {
    const path = join(folder, 'node.xml')
    await writeFile(path, '')
    expect(await refusalOf(path)).toStrictEqual(empty(path))
  })

  it('that is not there, or lies below a file, cannot be parsed', async () => {
    const path = join(folder, 'node.xml')
    expect(await refusalOf(path)).toStrictEqual(unreadable(path))
    await writeFile(path, '<node/>')
    expect(await refusalOf(join(path, 'x'))).toStrictEqual(unreadable(join(path, 'x')))
  })

  it('that cannot be read, as a link to itself, cannot be parsed', async () => {
    const path = join(folder, 'node.xml')
    await symlink(path, path)
    expect(await refusalOf(path)).toStrictEqual(unreadable(path))
  })

  it('that holds an empty node is a hypervisor without domains', async () => {
    const path = join(folder, 'node.xml')
    await writeFile(path, '<node/>')
    await using connection = unwrap(await open(`test://${path}`))
    expect(unwrap(await connection.listAllDomains())).toStrictEqual([])
  })
})
