import { describe, expect, it } from 'vitest'
import type { Connection, Domain, VirError, VirResultAsync } from '../../../src/index.ts'
import { DomainState, ErrorDomain, ErrorNumber, unwrap } from '../../../src/index.ts'
import { domainXml, makeLab, startDomain } from './fixture.ts'

/** Lifecycle events as `[event, detail]`, in the order they came. */
function recordLifecycle(connection: Connection): (readonly [number, number])[] {
  const events: (readonly [number, number])[] = []
  connection.on('lifecycle', ({ event, detail }) => {
    events.push([event, detail])
  })
  return events
}

async function errorOf(
  result: VirResultAsync<unknown>,
): Promise<Pick<VirError, 'code' | 'domain' | 'message'>> {
  const { code, domain, message } = (await result)._unsafeUnwrapErr()
  return { code, domain, message }
}

const notRunning = {
  code: ErrorNumber.OPERATION_INVALID,
  domain: ErrorDomain.DOMAIN,
  message: 'Requested operation is not valid: domain is not running',
}

describe('the life cycle by the rules of the QEMU driver', () => {
  it.each<[string, (domain: Domain) => VirResultAsync<unknown>, object]>([
    ['suspend', (domain) => domain.suspend(), notRunning],
    ['resume', (domain) => domain.resume(), notRunning],
    ['destroy', (domain) => domain.destroy(), notRunning],
    ['reboot', (domain) => domain.reboot(), notRunning],
    ['reset', (domain) => domain.reset(), notRunning],
    ['shutdown', (domain) => domain.shutdown(), { ...notRunning, domain: ErrorDomain.QEMU }],
  ])('refuses to %s an inactive domain', async (_, call, expected) => {
    const { connection } = await makeLab()
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    expect(await errorOf(call(domain))).toStrictEqual(expected)
  })

  it.each<[string, (domain: Domain) => VirResultAsync<unknown>, string, number]>([
    ['start', (domain) => domain.create(), 'domain is already running', ErrorDomain.QEMU],
    ['resume', (domain) => domain.resume(), 'domain is already running', ErrorDomain.QEMU],
    ['rename', (domain) => domain.rename('x'), 'cannot rename active domain', ErrorDomain.QEMU],
    [
      'create from its own XML',
      (domain) => domain.getConnect().domainCreateXML(domainXml({ uuid: domain.getUUIDString() })),
      "domain 'vm' is already active",
      ErrorDomain.DOMAIN,
    ],
  ])('refuses to %s a running domain', async (_, call, detail, errorDomain) => {
    const domain = await startDomain(await makeLab())
    expect(await errorOf(call(domain))).toStrictEqual({
      code: ErrorNumber.OPERATION_INVALID,
      domain: errorDomain,
      message: `Requested operation is not valid: ${detail}`,
    })
  })

  it('reports each step as QEMU does', async () => {
    const lab = await makeLab()
    const events = recordLifecycle(lab.connection)
    const domain = await startDomain(lab)
    unwrap(await domain.suspend())
    unwrap(await domain.suspend())
    unwrap(await domain.resume())
    unwrap(await domain.destroy())
    unwrap(await domain.undefine())
    expect(events).toStrictEqual([
      [0, 0],
      [4, 0],
      [2, 0],
      [3, 0],
      [4, 0],
      [6, 2],
      [5, 1],
      [1, 0],
    ])
  })

  it('says in which state a domain is, and why', async () => {
    const domain = await startDomain(await makeLab())
    const states = [unwrap(await domain.getState())]
    for (const change of ['suspend', 'resume', 'destroy'] as const) {
      unwrap(await domain[change]())
      states.push(unwrap(await domain.getState()))
    }
    expect(states).toStrictEqual([
      { state: DomainState.RUNNING, reason: 1 },
      { state: DomainState.PAUSED, reason: 1 },
      { state: DomainState.RUNNING, reason: 5 },
      { state: DomainState.SHUTOFF, reason: 2 },
    ])
  })

  it('gives every start a new id', async () => {
    const lab = await makeLab()
    const domain = await startDomain(lab)
    expect(domain.getID()).toBe(1)
    unwrap(await domain.destroy())
    unwrap(await domain.create())
    expect(unwrap(await lab.connection.domainLookupByID(2)).getName()).toBe('vm')
    expect((await lab.connection.domainLookupByID(1)).isErr()).toBe(true)
  })

  it('forgets a transient domain that stops', async () => {
    const { connection } = await makeLab()
    const domain = unwrap(await connection.domainCreateXML(domainXml()))
    expect(unwrap(await domain.isPersistent())).toBe(false)
    unwrap(await domain.destroy())
    expect(await errorOf(domain.getState())).toStrictEqual({
      code: ErrorNumber.NO_DOMAIN,
      domain: ErrorDomain.QEMU,
      message: `Domain not found: no domain with matching uuid '${domain.getUUIDString()}' (vm)`,
    })
  })

  it('keeps a running domain that is undefined, until it stops', async () => {
    const lab = await makeLab()
    const domain = await startDomain(lab)
    unwrap(await domain.undefine())
    expect(unwrap(await domain.isPersistent())).toBe(false)
    expect(await errorOf(domain.undefine())).toStrictEqual({
      code: ErrorNumber.OPERATION_INVALID,
      domain: ErrorDomain.QEMU,
      message: 'Requested operation is not valid: cannot undefine transient domain',
    })
    unwrap(await domain.destroy())
    expect(unwrap(await lab.connection.listAllDomains())).toStrictEqual([])
  })

  it('keeps the live definition when a running domain is defined anew', async () => {
    const lab = await makeLab()
    const domain = await startDomain(lab)
    const changed = domainXml({ uuid: domain.getUUIDString(), more: '<title>new</title>' })
    unwrap(await lab.connection.domainDefineXML(changed))
    expect(unwrap(await domain.getXMLDesc())).not.toContain('<title>')
    expect(unwrap(await domain.getXMLDesc(2))).toContain('<title>new</title>')
    unwrap(await domain.destroy())
    expect(unwrap(await domain.getXMLDesc())).toContain('<title>new</title>')
  })

  it.each([
    [
      'a name with another UUID',
      domainXml({ uuid: '11111111-2222-4333-8444-555555555555' }),
      "domain 'vm' already exists with uuid",
    ],
    ['a UUID with another name', undefined, "domain 'vm' is already defined with uuid"],
  ])('refuses %s', async (_, xml, text) => {
    const { connection } = await makeLab()
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    const other = xml ?? domainXml({ name: 'other', uuid: domain.getUUIDString() })
    expect(await errorOf(connection.domainDefineXML(other))).toStrictEqual({
      code: ErrorNumber.OPERATION_FAILED,
      domain: ErrorDomain.DOMAIN,
      message: `operation failed: ${text} ${domain.getUUIDString()}`,
    })
  })

  it.each([
    ['name', (c: Connection) => c.domainLookupByName('nope'), "name 'nope'"],
    ['id', (c: Connection) => c.domainLookupByID(77), 'id 77'],
    [
      'UUID',
      (c: Connection) => c.domainLookupByUUIDString('6695eb01-f6a4-8304-79aa-97f2502e1930'),
      "uuid '6695eb01-f6a4-8304-79aa-97f2502e1930'",
    ],
  ])('says which %s it did not find', async (_, call, what) => {
    const { connection } = await makeLab()
    expect(await errorOf(call(connection))).toStrictEqual({
      code: ErrorNumber.NO_DOMAIN,
      domain: ErrorDomain.QEMU,
      message: `Domain not found: no domain with matching ${what}`,
    })
  })
})

describe("the life cycle by the rules of libvirt's test driver", () => {
  const internal = (detail: string) => ({
    code: ErrorNumber.INTERNAL_ERROR,
    domain: ErrorDomain.TEST,
    message: `internal error: ${detail}`,
  })

  it('names the domain when its state does not fit', async () => {
    const lab = await makeLab({ semantics: 'test' })
    const domain = unwrap(await lab.connection.domainDefineXML(domainXml()))
    expect(await errorOf(domain.suspend())).toStrictEqual(internal("domain 'vm' not running"))
    expect(await errorOf(domain.resume())).toStrictEqual(internal("domain 'vm' not paused"))
    expect(await errorOf(domain.shutdown())).toStrictEqual(internal("domain 'vm' not running"))
    expect(await errorOf(domain.destroy())).toStrictEqual(notRunning)
    unwrap(await domain.create())
    expect(await errorOf(domain.create())).toStrictEqual(internal("Domain 'vm' is already running"))
    unwrap(await domain.suspend())
    expect(await errorOf(domain.suspend())).toStrictEqual(internal("domain 'vm' not running"))
  })

  it('reports one event for each step', async () => {
    const lab = await makeLab({ semantics: 'test' })
    const events = recordLifecycle(lab.connection)
    const domain = await startDomain(lab)
    unwrap(await domain.suspend())
    unwrap(await domain.resume())
    unwrap(await domain.shutdown())
    expect(events).toStrictEqual([
      [0, 0],
      [2, 0],
      [3, 0],
      [4, 0],
      [5, 0],
    ])
  })

  it('does not say what a lookup did not find', async () => {
    const { connection } = await makeLab({ semantics: 'test' })
    expect(await errorOf(connection.domainLookupByName('nope'))).toStrictEqual({
      code: ErrorNumber.NO_DOMAIN,
      domain: ErrorDomain.TEST,
      message: 'Domain not found',
    })
  })

  it('takes no flags for starting', async () => {
    const { connection } = await makeLab({ semantics: 'test' })
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    expect((await errorOf(domain.createWithFlags(1))).message).toBe(
      'unsupported flags (0x1) in function testDomainCreateWithFlags',
    )
  })
})
