import { beforeEach, describe, expect, it } from 'vitest'
import { CheckpointManager, checkpointSemantics } from '../../src/checkpoint/index.ts'
import { DomainCheckpointCreateFlags } from '../../src/constants/index.ts'
import { ErrorDomain, ErrorNumber, type VirError } from '../../src/errors/index.ts'
import { disk, domainOf, FakeDomain, refusal, uuid } from './fake-domain.ts'

const { REDEFINE, REDEFINE_VALIDATE, QUIESCE } = DomainCheckpointCreateFlags

let domain: FakeDomain
let manager: CheckpointManager

function use(fake: FakeDomain, semantics: 'qemu' | 'test' = 'qemu'): void {
  domain = fake
  manager = new CheckpointManager(checkpointSemantics[semantics], domain)
}

beforeEach(() => use(new FakeDomain()))

function xml(name: string, body = ''): string {
  return `<domaincheckpoint><name>${name}</name>${body}</domaincheckpoint>`
}

function disks(...elements: string[]): string {
  return `<disks>${elements.join('')}</disks>`
}

function past(name: string, parent?: string, body = ''): string {
  const above = parent === undefined ? '' : `<parent><name>${parent}</name></parent>`
  return xml(name, `${above}<creationTime>1700000000</creationTime>${body}`)
}

async function create(name: string, body = ''): Promise<string> {
  return (await manager.create(xml(name, body), 0))._unsafeUnwrap()
}

async function failure(text: string, flags: number = 0): Promise<VirError> {
  return (await manager.create(text, flags))._unsafeUnwrapErr()
}

async function redefine(text: string): Promise<string> {
  return (await manager.create(text, REDEFINE))._unsafeUnwrap()
}

describe('creation', () => {
  it('adds a stored, recording bitmap to the top image of each disk, in one change', async () => {
    domain.setChain('vdb', ['vdb-1', 'vdb-0'])
    expect(await create('c1')).toBe('c1')
    expect(domain.changes).toEqual([
      {
        actions: [
          { do: 'add', node: 'vda-0', name: 'c1', persistent: true, disabled: false },
          { do: 'add', node: 'vdb-1', name: 'c1', persistent: true, disabled: false },
        ],
        reopen: [],
      },
    ])
    expect(domain.log).toEqual(['change', 'save c1'])
  })

  it('remembers parent, time, all disks and the domain', async () => {
    await create('c1')
    domain.now += 5
    await create('c2', disks("<disk name='/vm/vdb.qcow2'/>"))
    expect(manager.get('c2')).toEqual({
      name: 'c2',
      parent: 'c1',
      creationTime: domain.now,
      disks: [
        { name: 'vda', checkpoint: 'no' },
        { name: 'vdb', checkpoint: 'bitmap', bitmap: 'c2' },
      ],
      domain: domain.definition,
    })
    expect(domain.stored.get('c2')).toEqual(manager.get('c2'))
    expect(manager.current).toBe('c2')
  })

  it('ignores time, parent and domain that are given', async () => {
    await create('c1', '<parent><name>x</name></parent><creationTime>1</creationTime>')
    expect(manager.get('c1')?.creationTime).toBe(domain.now)
    expect(manager.get('c1')?.parent).toBeUndefined()
  })

  it('names a checkpoint after the second, once', async () => {
    const text = '<domaincheckpoint/>'
    expect((await manager.create(text, 0))._unsafeUnwrap()).toBe('1000000000')
    expect((await failure(text)).message).toBe(
      'operation failed: domain moment 1000000000 already exists',
    )
  })

  it('needs no bitmap at all', async () => {
    await create('none', disks("<disk name='vda' checkpoint='no'/>"))
    expect(domain.changes).toEqual([{ actions: [], reopen: [] }])
    expect(manager.current).toBe('none')
  })

  it('takes calls that overlap one after the other', async () => {
    const names = ['a', 'b', 'c', 'd']
    const all = await Promise.all(names.map((name) => manager.create(xml(name), 0)))
    expect(all.every((result) => result.isOk())).toBe(true)
    expect(names.map((name) => manager.get(name)?.parent)).toEqual([undefined, 'a', 'b', 'c'])
  })
})

async function refused(text: string, flags = 0): Promise<unknown[]> {
  const before = [manager.size, manager.current, domain.bitmapNames, domain.stored.size]
  const error = await failure(text, flags)
  const after = [manager.size, manager.current, domain.bitmapNames, domain.stored.size]
  return [error.code, error.domain, error.message, after.toString() === before.toString()]
}

describe('creation that is refused', () => {
  it.each([
    [
      'another flag',
      0x8,
      xml('c'),
      ErrorNumber.INVALID_ARG,
      ErrorDomain.QEMU,
      'unsupported flags (0x8) in function qemuCheckpointCreateXML',
    ],
    [
      'QUIESCE',
      QUIESCE,
      xml('c'),
      ErrorNumber.INVALID_ARG,
      ErrorDomain.QEMU,
      'unsupported flags (0x2) in function qemuCheckpointCreateXML',
    ],
    [
      'another root',
      0,
      '<foo/>',
      ErrorNumber.XML_ERROR,
      ErrorDomain.XML,
      "XML error: expecting root element of 'domaincheckpoint', not 'foo'",
    ],
    [
      'a disk that is not there',
      0,
      xml('c', disks("<disk name='vdz'/>")),
      ErrorNumber.CONFIG_UNSUPPORTED,
      ErrorDomain.DOMAIN_CHECKPOINT,
      "unsupported configuration: no disk named 'vdz'",
    ],
    [
      'another name for the bitmap',
      0,
      xml('c', disks("<disk name='vda' bitmap='other'/>")),
      ErrorNumber.CONFIG_UNSUPPORTED,
      ErrorDomain.QEMU,
      "unsupported configuration: bitmap for disk 'vda' must match checkpoint name 'c'",
    ],
    [
      'a redefinition without a name',
      REDEFINE,
      '<domaincheckpoint><creationTime>1</creationTime></domaincheckpoint>',
      ErrorNumber.XML_ERROR,
      ErrorDomain.DOMAIN_CHECKPOINT,
      'XML error: a redefined checkpoint must have a name',
    ],
    [
      'a redefinition without a time',
      REDEFINE,
      xml('c'),
      ErrorNumber.INTERNAL_ERROR,
      ErrorDomain.DOMAIN_CHECKPOINT,
      'internal error: missing creationTime from existing checkpoint',
    ],
    [
      'a redefinition under itself',
      REDEFINE,
      past('c', 'c'),
      ErrorNumber.INVALID_ARG,
      ErrorDomain.DOMAIN,
      'invalid argument: cannot set moment c as its own parent',
    ],
  ])('because of %s changes nothing', async (_, flags, text, code, errorDomain, message) => {
    expect(await refused(text, flags)).toEqual([code, errorDomain, message, true])
  })

  it('because of the name changes nothing', async () => {
    await create('a')
    expect(await refused(xml('a'))).toEqual([
      ErrorNumber.OPERATION_FAILED,
      ErrorDomain.DOMAIN,
      'operation failed: domain moment a already exists',
      true,
    ])
  })

  it.each([
    [disk('vda', '', 'raw'), 67, 'checkpoint for disk vda unsupported for storage type raw'],
    [disk('vda', '<transient/>'), 84, "block jobs are not supported on transient disk 'vda'"],
    [
      disk('sda').replace("bus='virtio'", "bus='sd'"),
      84,
      "block jobs are not supported on disk 'sda' using bus 'sd'",
    ],
  ])('because of the disk %s', async (element, code, detail) => {
    use(new FakeDomain(domainOf(element)))
    const error = await failure(xml('c'))
    expect([error.code, error.domain]).toEqual([code, ErrorDomain.QEMU])
    expect(error.message).toMatch(new RegExp(`: ${detail}$`))
  })

  it('because the domain does not run, before the text is read', async () => {
    domain.isActive = false
    const error = await failure('<foo')
    expect([error.code, error.domain, error.message]).toEqual([
      ErrorNumber.OPERATION_UNSUPPORTED,
      ErrorDomain.QEMU,
      'Operation not supported: cannot create checkpoint for inactive domain',
    ])
  })

  it('because the hypervisor cannot keep bitmaps', async () => {
    domain.incrementalBackup = false
    expect((await failure(xml('c'))).message).toBe(
      'Operation not supported: incremental backup is not supported yet',
    )
    expect(await redefine(past('old'))).toBe('old')
  })

  it('by the hypervisor leaves no place behind', async () => {
    domain.put('vdb-0', 'clash')
    expect((await failure(xml('clash'))).message).toBe(
      'internal error: Bitmap already exists: clash',
    )
    expect([manager.has('clash'), domain.bitmapNames]).toEqual([false, ['vdb-0/clash']])
  })

  it('for a name of 248 characters takes the bitmaps back', async () => {
    expect(await create('L'.repeat(247))).toHaveLength(247)
    const long = 'L'.repeat(248)
    const error = await failure(xml(long))
    expect([error.code, error.domain, error.message]).toEqual([
      ErrorNumber.INTERNAL_ERROR,
      ErrorDomain.QEMU,
      `internal error: unable to save metadata for checkpoint ${long}`,
    ])
    expect([manager.size, domain.bitmapNames.length]).toEqual([1, 2])
  })

  it('because it cannot be stored takes the bitmaps back and keeps the cause', async () => {
    domain.failing.add('save c')
    const error = await failure(xml('c'))
    expect(error.message).toBe('internal error: unable to save metadata for checkpoint c')
    expect(error.cause).toEqual(refusal('save c failed'))
    expect([manager.size, manager.current, domain.bitmapNames]).toEqual([0, undefined, []])
  })
})

describe('preparation together with something else', () => {
  const def = { name: 'b' }

  it('takes the place at once and becomes current at the commit', async () => {
    await create('a')
    const prepared = manager.prepare(def)._unsafeUnwrap()
    expect([manager.has('b'), manager.current]).toEqual([true, 'a'])
    expect(prepared.actions.map(({ node, name }) => `${node}/${name}`)).toEqual([
      'vda-0/b',
      'vdb-0/b',
    ])
    await domain.change({ actions: prepared.actions, reopen: [] })
    expect((await manager.commit(prepared)).isOk()).toBe(true)
    expect([manager.current, domain.stored.has('b')]).toEqual(['b', true])
  })

  it('gives the place back', async () => {
    await create('a')
    manager.withdraw(manager.prepare(def)._unsafeUnwrap())
    expect([manager.has('b'), manager.current]).toEqual([false, 'a'])
  })

  it('is not listed after the commit when it is not to be', async () => {
    await create('a')
    const prepared = manager.prepare(def, { listed: false })._unsafeUnwrap()
    expect((await manager.commit(prepared)).isOk()).toBe(true)
    expect([manager.has('b'), manager.current, domain.stored.has('b')]).toEqual([false, 'a', false])
  })
})

function given(id: string): string {
  return `<domain type='qemu'><name>vm</name><uuid>${id}</uuid>
      <memory>1024</memory><os><type>hvm</type></os><devices>${disk('vda')}</devices></domain>`
}

describe('redefinition', () => {
  it('touches no bitmap, and needs no running domain', async () => {
    domain.isActive = false
    await redefine(past('a', undefined, disks("<disk name='vdz' bitmap='foo'/><disk name='vda'/>")))
    expect(domain.changes).toEqual([])
    expect(manager.get('a')).toEqual({
      name: 'a',
      creationTime: 1_700_000_000,
      disks: [
        { name: 'vdz', checkpoint: 'bitmap', bitmap: 'foo' },
        { name: 'vda', checkpoint: 'bitmap', bitmap: 'a' },
      ],
    })
    expect(domain.stored.get('a')).toEqual(manager.get('a'))
  })

  it('becomes current when nothing is, or when its parent is', async () => {
    await redefine(past('r0'))
    expect(manager.current).toBe('r0')
    await redefine(past('r1', 'r0'))
    expect(manager.current).toBe('r1')
    await redefine(past('n2', 'r0'))
    expect(manager.current).toBe('r1')
    await redefine(past('root'))
    expect(manager.current).toBe('r1')
  })

  it('replaces a definition, keeps the children and moves to the front', async () => {
    for (const name of ['r0', 'r1', 'r2']) await create(name)
    await redefine(past('n2', 'r0'))
    expect(manager.listAllChildren('r0', 0)._unsafeUnwrap()).toEqual(['n2', 'r1'])
    await redefine(past('r1', 'r0', '<description>again</description>'))
    expect(manager.listAllChildren('r0', 0)._unsafeUnwrap()).toEqual(['r1', 'n2'])
    expect(manager.listAllChildren('r1', 0)._unsafeUnwrap()).toEqual(['r2'])
    expect(manager.get('r1')?.description).toBe('again')
    expect(manager.current).toBe('r2')
  })

  it.each([
    [past('r0', 'r2'), 'parent r1 would create cycle to r0'],
    [past('n1', 'gone'), 'parent gone for moment n1 not found'],
  ])('refuses relations that make no tree', async (text, detail) => {
    for (const name of ['r0', 'r1', 'r2']) await create(name)
    const error = await failure(text, REDEFINE)
    expect([error.code, error.domain, error.message]).toEqual([
      ErrorNumber.INVALID_ARG,
      ErrorDomain.DOMAIN,
      `invalid argument: ${detail}`,
    ])
  })

  it('aligns the disks with a domain that is given, which must be this one', async () => {
    await redefine(past('n1', undefined, given(uuid)))
    expect(manager.get('n1')?.disks).toEqual([{ name: 'vda', checkpoint: 'bitmap', bitmap: 'n1' }])
    const other = given('00000000-1111-2222-3333-444444444444')
    const error = await failure(past('n2', undefined, other), REDEFINE)
    expect([error.code, error.domain, error.message]).toEqual([
      ErrorNumber.INVALID_ARG,
      ErrorDomain.DOMAIN_CHECKPOINT,
      `invalid argument: definition for checkpoint n2 must use uuid ${uuid}`,
    ])
    const tooMany = disks("<disk name='vda'/><disk name='vdb'/>")
    expect((await failure(past('n2', undefined, tooMany + given(uuid)), REDEFINE)).message).toBe(
      'unsupported configuration: too many disk checkpoint requests for domain',
    )
  })

  it('changes nothing when it cannot be stored', async () => {
    await create('a')
    const before = manager.get('a')
    domain.failing.add('save a')
    expect(
      (await failure(past('a', undefined, '<description>x</description>'), REDEFINE)).code,
    ).toBe(ErrorNumber.INTERNAL_ERROR)
    expect(manager.get('a')).toEqual(before)
  })
})

describe('redefinition with validation', () => {
  const flags = REDEFINE | REDEFINE_VALIDATE
  const text = past('a', undefined, disks("<disk name='vda' bitmap='x'/><disk name='vdq'/>"))

  it('looks for bitmaps that are called like the checkpoint, on disks that are there', async () => {
    domain.put('vda-0', 'a')
    expect((await manager.create(text, flags)).isOk()).toBe(true)
  })

  it.each([{ recording: false }, { persistent: false }, { inconsistent: true }])(
    'refuses a bitmap with %j',
    async (status) => {
      domain.put('vda-0', 'a', status)
      const error = await failure(text, flags)
      expect([error.code, error.domain, error.message]).toEqual([
        ErrorNumber.CHECKPOINT_INCONSISTENT,
        ErrorDomain.QEMU,
        "checkpoint inconsistent: missing or broken bitmap 'a' for disk 'vda'",
      ])
      expect(manager.size).toBe(0)
    },
  )

  it('needs a running domain', async () => {
    domain.isActive = false
    const error = await failure(text, flags)
    expect([error.code, error.domain, error.message]).toEqual([
      ErrorNumber.OPERATION_INVALID,
      ErrorDomain.DOMAIN,
      'Requested operation is not valid: domain is not running',
    ])
  })
})

describe('with the semantics of the test driver', () => {
  beforeEach(() => use(new FakeDomain(domainOf(disk('vda'), disk('vdb', '', 'raw'))), 'test'))

  it('takes raw disks, whose bitmaps are not stored, and any name for the bitmap', async () => {
    await create('ob', disks("<disk name='vda' bitmap='other'/><disk name='vdb'/>"))
    expect(domain.changes[0]?.actions).toEqual([
      { do: 'add', node: 'vda-0', name: 'ob', persistent: true, disabled: false },
      { do: 'add', node: 'vdb-0', name: 'ob', persistent: false, disabled: false },
    ])
    expect(manager.get('ob')?.disks?.[0]?.bitmap).toBe('other')
  })

  it('takes QUIESCE and refuses REDEFINE_VALIDATE', async () => {
    expect((await manager.create(xml('a'), QUIESCE)).isOk()).toBe(true)
    const error = await failure(past('b'), REDEFINE | REDEFINE_VALIDATE)
    expect([error.domain, error.message]).toEqual([
      ErrorDomain.TEST,
      'unsupported flags (0x4) in function testDomainCheckpointCreateXML',
    ])
  })

  it('excludes snapshots, and redefinition while the domain does not run', async () => {
    domain.isActive = false
    const inactive = await failure(past('a'), REDEFINE)
    domain.snapshotCount = 1
    const excluded = await failure(xml('a'))
    expect([inactive.domain, inactive.message]).toEqual([
      ErrorDomain.TEST,
      'Operation not supported: cannot create checkpoint for inactive domain',
    ])
    expect([excluded.domain, excluded.message]).toEqual([
      ErrorDomain.TEST,
      'Operation not supported: cannot create checkpoint while snapshot exists',
    ])
  })

  it('has no limit for names', async () => {
    expect(await create('n'.repeat(1023))).toHaveLength(1023)
  })
})
