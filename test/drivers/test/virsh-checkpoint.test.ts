import { beforeEach, describe, expect, it } from 'vitest'
import type { Connection, Domain, DomainCheckpoint, VirError } from '../../../src/index.ts'
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointDeleteFlags,
  DomainCheckpointListFlags as List,
  ErrorDomain,
  ErrorNumber,
  open,
  unwrap,
} from '../../../src/index.ts'

// The scenario of libvirt's shell test `virsh-checkpoint` on test:///default, call by call. A new hypervisor is opened
// for each test, because the world of test:///default ends with its last connection.
let connection: Connection
let domain: Domain

beforeEach(async () => {
  connection = unwrap(await open('test:///default'))
  domain = unwrap(await connection.domainLookupByName('test'))
  return async () => {
    unwrap(await connection.close())
  }
})

const create = (name: string) =>
  domain.checkpointCreateXML(`<domaincheckpoint><name>${name}</name></domaincheckpoint>`)
const find = async (name: string) => unwrap(await domain.checkpointLookupByName(name))
const names = (checkpoints: readonly DomainCheckpoint[]) =>
  checkpoints.map((checkpoint) => checkpoint.getName())
const listed = async (flags: number) => names(unwrap(await domain.listAllCheckpoints(flags)))
const seen = ({ code, domain: from, message }: VirError) => ({ code, domain: from, message })

async function createThree(): Promise<void> {
  for (const name of ['c1', 'c3', 'c2']) unwrap(await create(name))
}

describe('virsh-checkpoint, first run', () => {
  it('refuses a name that is taken', async () => {
    unwrap(await create('c1'))
    expect(seen((await create('c1'))._unsafeUnwrapErr())).toStrictEqual({
      code: ErrorNumber.OPERATION_FAILED,
      domain: ErrorDomain.DOMAIN,
      message: 'operation failed: domain moment c1 already exists',
    })
  })

  it('makes each checkpoint the child of the one before', async () => {
    await createThree()
    const parents = await Promise.all(
      ['c1', 'c3', 'c2'].map(async (name) => {
        const parent = await (await find(name)).getParent()
        return parent.isOk() ? parent.value.getName() : parent.error.code
      }),
    )
    expect(parents).toStrictEqual([ErrorNumber.NO_DOMAIN_CHECKPOINT, 'c1', 'c3'])
  })

  it('lists roots, leaves, what is no leaf, and all', async () => {
    await createThree()
    expect(await listed(List.ROOTS)).toStrictEqual(['c1'])
    expect(await listed(List.LEAVES)).toStrictEqual(['c2'])
    expect(await listed(List.NO_LEAVES | List.TOPOLOGICAL)).toStrictEqual(['c1', 'c3'])
    expect((await listed(0)).toSorted()).toStrictEqual(['c1', 'c2', 'c3'])
    expect(await listed(List.TOPOLOGICAL)).toStrictEqual(['c1', 'c3', 'c2'])
  })

  it('lists children and descendants', async () => {
    await createThree()
    const [c1, c3] = [await find('c1'), await find('c3')]
    expect(names(unwrap(await c3.listAllChildren()))).toStrictEqual(['c2'])
    expect(names(unwrap(await c1.listAllChildren()))).toStrictEqual(['c3'])
    expect(names(unwrap(await c1.listAllChildren(List.DESCENDANTS)))).toStrictEqual(['c3', 'c2'])
  })

  it('makes a root of the child of a root that is deleted', async () => {
    await createThree()
    unwrap(await (await find('c1')).delete())
    expect(await listed(List.ROOTS)).toStrictEqual(['c3'])
  })

  it('deletes children alone, and then the rest', async () => {
    await createThree()
    unwrap(await (await find('c1')).delete())
    const c3 = await find('c3')
    unwrap(await c3.delete(DomainCheckpointDeleteFlags.CHILDREN_ONLY))
    expect(await listed(List.LEAVES)).toStrictEqual(['c3'])
    unwrap(await create('next'))
    expect(unwrap(await (await find('next')).getParent()).getName()).toBe('c3')
    unwrap(await c3.delete(DomainCheckpointDeleteFlags.CHILDREN))
    expect(await listed(List.LEAVES)).toStrictEqual([])
  })
})

describe('virsh-checkpoint, second run', () => {
  const redefine = (xml: string) =>
    domain.checkpointCreateXML(xml, DomainCheckpointCreateFlags.REDEFINE)

  it('redefines what another hypervisor dumped, parents first', async () => {
    await createThree()
    unwrap(await (await find('c1')).delete())
    const c2Xml = unwrap(await (await find('c2')).getXMLDesc())
    const c3Xml = unwrap(await (await find('c3')).getXMLDesc())
    unwrap(await connection.close())
    connection = unwrap(await open('test:///default'))
    domain = unwrap(await connection.domainLookupByName('test'))

    expect(seen((await redefine(c2Xml))._unsafeUnwrapErr())).toStrictEqual({
      code: ErrorNumber.INVALID_ARG,
      domain: ErrorDomain.DOMAIN,
      message: 'invalid argument: parent c3 for moment c2 not found',
    })
    unwrap(await redefine(c3Xml))
    unwrap(await redefine(c2Xml))
    expect(await listed(List.LEAVES)).toStrictEqual(['c2'])
    expect(unwrap(await (await find('c2')).getParent()).getName()).toBe('c3')
    expect(unwrap(await (await find('c2')).listAllChildren())).toStrictEqual([])
    expect(unwrap(await (await find('c2')).getXMLDesc())).toBe(c2Xml)
  })
})
