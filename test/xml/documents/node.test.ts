import { readFile } from 'node:fs/promises'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { ErrorDomain } from '../../../src/errors/index.ts'
import type { VirError } from '../../../src/errors/index.ts'
import { formatDomain } from '../../../src/xml/documents/domain.ts'
import { parseNode, readNode } from '../../../src/xml/documents/node.ts'
import type { NodeDef, NodeDomainDef, ReadTextFile } from '../../../src/xml/documents/node.ts'
import { sharedFixtures } from '../shared-fixtures.ts'

function filesOf(files: Readonly<Record<string, string>>): ReadTextFile {
  return (path) => {
    const text = files[path]
    return text === undefined ? errAsync(new Error(`no file ${path}`)) : okAsync(text)
  }
}

async function read(
  content: string,
  files: Readonly<Record<string, string>> = {},
): Promise<NodeDef> {
  const result = await parseNode(`<node>${content}</node>`, '/n/node.xml', filesOf(files))
  return result._unsafeUnwrap()
}

async function refusal(
  content: string,
  files: Readonly<Record<string, string>> = {},
): Promise<VirError> {
  const result = await parseNode(`<node>${content}</node>`, '/n/node.xml', filesOf(files))
  return result._unsafeUnwrapErr()
}

const domain = (own: string) =>
  `<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>${own}<name>x</name><memory>1024</memory><os><type>hvm</type></os></domain>`

async function status(own: string): Promise<Omit<NodeDomainDef, 'definition'> | undefined> {
  const { domains } = await read(domain(own))
  if (domains[0] === undefined) return undefined
  const { definition: _, ...rest } = domains[0]
  return rest
}

describe('parseNode', () => {
  it('leaves everything open in an empty node', async () => {
    expect(await read('<foo/>')).toStrictEqual({
      cpu: {},
      domains: [],
      networks: [],
      interfaces: [],
      pools: [],
      devices: [],
      users: [],
    })
  })

  it('reads the numbers; of those that repeat, the first counts', async () => {
    const def = await read(
      `<cpu><nodes>2</nodes><nodes>7</nodes><mhz/><model>i986</model></cpu><cpu><nodes>3</nodes><sockets>9</sockets></cpu><memory unit='MiB'>5000000000</memory>`,
    )
    expect(def.cpu).toStrictEqual({ nodes: 2, sockets: 9, model: 'i986' })
    expect(def.memoryKiB).toBe(5_000_000_000)
  })

  // What libvirt 9.0.0's test driver answered.
  it.each([
    ['<cpu><nodes>x</nodes></cpu>', 27, 'XML error: invalid node cpu nodes value'],
    ['<cpu><nodes>-1</nodes></cpu>', 27, 'XML error: invalid node cpu nodes value'],
    ['<cpu><nodes> 3 </nodes></cpu>', 27, 'XML error: invalid node cpu nodes value'],
    ['<cpu><nodes>0x10</nodes></cpu>', 27, 'XML error: invalid node cpu nodes value'],
    ['<cpu><nodes>4294967296</nodes></cpu>', 27, 'XML error: invalid node cpu nodes value'],
    ['<cpu><sockets>x</sockets></cpu>', 27, 'XML error: invalid node cpu sockets value'],
    ['<cpu><cores>x</cores></cpu>', 27, 'XML error: invalid node cpu cores value'],
    ['<cpu><threads>x</threads></cpu>', 27, 'XML error: invalid node cpu threads value'],
    ['<cpu><active>x</active></cpu>', 27, 'XML error: invalid node cpu active value'],
    ['<cpu><mhz>x</mhz></cpu>', 27, 'XML error: invalid node cpu mhz value'],
    ['<memory>x</memory>', 27, 'XML error: invalid node memory value'],
    [
      `<cpu><model>${'m'.repeat(32)}</model></cpu>`,
      1,
      `internal error: Model ${'m'.repeat(32)} too big for destination`,
    ],
    [
      `<cpu><model>${'é'.repeat(16)}</model></cpu>`,
      1,
      `internal error: Model ${'é'.repeat(16)} too big for destination`,
    ],
    ['<auth><user/></auth>', 27, 'XML error: missing username in /node/auth/user field'],
    [domain('<test:runstate>8</test:runstate>'), 27, "XML error: runstate '8' out of range'"],
    [domain('<test:runstate>-1</test:runstate>'), 27, 'XML error: invalid runstate'],
    [domain('<test:runstate>x</test:runstate>'), 27, 'XML error: invalid runstate'],
    [
      domain('<test:transient/><test:runstate>5</test:runstate>'),
      27,
      "XML error: transient domain cannot have runstate 'shutoff'",
    ],
    [
      domain('<test:hasmanagedsave/>'),
      27,
      "XML error: domain with managedsave data can only have runstate 'shutoff'",
    ],
    [`<domain file='nope.xml'/>`, 27, "XML error: failed to parse xml document '/n/nope.xml'"],
    [`<network file='/abs.xml'/>`, 27, "XML error: failed to parse xml document '/abs.xml'"],
    [
      `<pool type='dir'><volume file='nope.xml'/></pool>`,
      27,
      "XML error: failed to parse xml document '/n/nope.xml'",
    ],
  ])('refuses %s', async (content, code, message) => {
    expect(await refusal(content)).toMatchObject({ code, domain: ErrorDomain.TEST, message })
  })

  it('reports the numbers before the domains', async () => {
    expect((await refusal('<domain/><cpu><nodes>x</nodes></cpu>')).message).toContain('cpu nodes')
  })

  it('gives the error of a domain', async () => {
    expect(await refusal('<domain/>')).toMatchObject({ domain: ErrorDomain.DOMAIN })
  })

  it.each([
    ['', { state: 1, transient: false, hasManagedSave: false, snapshots: [] }],
    ['<test:runstate/>', { state: 1, transient: false, hasManagedSave: false, snapshots: [] }],
    [
      '<test:runstate>3</test:runstate><test:runstate>5</test:runstate>',
      { state: 3, transient: false, hasManagedSave: false, snapshots: [] },
    ],
    [
      '<test:transient>x</test:transient>',
      { state: 1, transient: true, hasManagedSave: false, snapshots: [] },
    ],
    [
      '<test:hasmanagedsave/><test:runstate>5</test:runstate>',
      { state: 5, transient: false, hasManagedSave: true, snapshots: [] },
    ],
  ])('reads the test driver’s own elements: %s', async (own, expected) => {
    expect(await status(own)).toStrictEqual(expected)
  })

  it('does not leave those elements in the definition', async () => {
    const { domains } = await read(domain('<test:runstate>3</test:runstate>'))
    const text = domains[0] === undefined ? '' : formatDomain(domains[0].definition)
    expect(text).toContain('<name>x</name>')
    expect(text).not.toMatch(/test:|xmlns/)
  })

  it('ignores elements of the same prefix in another namespace', async () => {
    const { domains } = await read(
      domain('<test:runstate>5</test:runstate>').replace('schemas/domain/test/1.0', 'x'),
    )
    expect(domains[0]?.state).toBe(1)
  })

  it('replaces an element by the root of its file, with all that it held', async () => {
    const { pools, domains } = await read(
      `<pool file='p.xml'><volume><name>lost</name></volume></pool><domain file='/d.xml'/>`,
      {
        '/n/p.xml': `<pool type='dir'><name>p</name><volume file='v.xml'/></pool>`,
        '/n/v.xml': '<volume><name>v</name></volume>',
        '/d.xml': domain(`<test:domainsnapshot file='s.xml'/>`),
        '/n/s.xml': '<domainsnapshot><name>s</name></domainsnapshot>',
      },
    )
    expect(pools[0]?.volumes.map(({ children }) => children)).toMatchObject([[{ children: ['v'] }]])
    expect(pools[0]?.definition.children).toMatchObject([{ name: 'name', children: ['p'] }])
    expect(domains[0]?.snapshots).toMatchObject([{ name: 'domainsnapshot' }])
  })

  it.each([
    [
      'another root',
      '<foo/>',
      27,
      ErrorDomain.XML,
      "XML error: expecting root element of 'domain', not 'foo'",
    ],
    [
      'malformed text',
      '<domain>',
      35,
      ErrorDomain.TEST,
      '/n/d.xml:1: Premature end of data in tag domain line 1\n<domain>\n--------^',
    ],
  ] as const)('refuses a file with %s', async (_, text, code, errorDomain, message) => {
    expect(await refusal(`<domain file='d.xml'/>`, { '/n/d.xml': text })).toMatchObject({
      code,
      domain: errorDomain,
      message,
    })
  })

  it('reads who may connect', async () => {
    const { users } = await read(
      `<auth><user password='x'>u</user><user>v</user></auth><auth><user>w</user></auth>`,
    )
    expect(users).toStrictEqual([{ name: 'u', password: 'x' }, { name: 'v' }, { name: 'w' }])
  })
})

describe('readNode', () => {
  it('gives the cause when the document cannot be read', async () => {
    const cause = new Error('gone')
    const error = (await readNode('//nonexist/x.xml', () => errAsync(cause)))._unsafeUnwrapErr()
    expect(error).toMatchObject({
      code: 27,
      domain: ErrorDomain.TEST,
      message: "XML error: failed to parse xml document '//nonexist/x.xml'",
      cause,
    })
  })

  it('shows the path with one slash when the text is malformed', async () => {
    const error = (await readNode('//n/x.xml', () => okAsync('<node>')))._unsafeUnwrapErr()
    expect(error.message).toMatch(/^\/n\/x\.xml:1: Premature end of data in tag node line 1\n/)
  })
})

function fromDisk(path: string): ResultAsync<string, unknown> {
  return ResultAsync.fromPromise(readFile(path, 'utf8'), (cause) => cause)
}

describe.skipIf(sharedFixtures.missing)(`libvirt's node documents${sharedFixtures.note}`, () => {
  it.each([
    ['testnode.xml', 1, 0],
    ['testnodeinline.xml', 3, 1],
  ])('%s is read with its files', async (file, stateOfFc5, volumes) => {
    const def = (await readNode(`${sharedFixtures.path}node/${file}`, fromDisk))._unsafeUnwrap()
    expect(def.cpu).toStrictEqual({
      nodes: 4,
      sockets: 4,
      cores: 4,
      threads: 2,
      active: 50,
      mhz: 6000,
      model: 'i986',
    })
    expect(def.memoryKiB).toBe(8_192_000)
    expect(def.domains.map(({ definition, state }) => [definition.name, state])).toStrictEqual([
      ['fv0', 1],
      ['fc4', 1],
      ['fc5', stateOfFc5],
    ])
    expect(def.networks).toHaveLength(2)
    expect(def.devices).toHaveLength(1)
    expect(def.pools.map((pool) => pool.volumes.length)).toStrictEqual([volumes])
  })
})
