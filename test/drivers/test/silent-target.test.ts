/** Backups whose target is a server that takes a connection and never says a word. @module */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Domain, DomainState, ErrorNumber, unwrap } from '../../../src/index.ts'
import { type Lab, makeLab, MiB, startDomain } from './fixture.ts'

const checkpointXml = '<domaincheckpoint><name>c</name></domaincheckpoint>'

let server: Server
let peers: Socket[]
let backupXml: string
let lab: Lab
let domain: Domain

beforeEach(async () => {
  peers = []
  server = createServer((peer) => peers.push(peer))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  backupXml = `<domainbackup><disks><disk name='vda' type='file'>
    <driver type='raw'/><target file='nbd://127.0.0.1:${port}/x'/></disk></disks></domainbackup>`
  lab = await makeLab()
  domain = await startDomain(lab)
})

afterEach(() => {
  for (const peer of peers) peer.destroy()
  server.close()
})

/** What a program sees of a begin that came to nothing. */
async function expectNothing(): Promise<void> {
  expect(unwrap(await domain.listAllCheckpoints())).toStrictEqual([])
  unwrap(await domain.create())
  expect((await domain.backupGetXMLDesc()).isErr()).toBe(true)
  expect(unwrap(await domain.checkpointCreateXML(checkpointXml)).getName()).toBe('c')
}

describe('a backup that waits for its target', () => {
  it.each<[string, (domain: Domain) => ReturnType<Domain['destroy']>]>([
    ['destroyed', (each) => each.destroy()],
    ['shut down', (each) => each.shutdown()],
  ])('fails once the domain is %s, and leaves nothing', async (_, end) => {
    const connected = once(server, 'connection')
    const begun = domain.backupBegin(backupXml, checkpointXml)
    await connected
    unwrap(await end(domain))
    expect((await begun)._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.OPERATION_INVALID,
      message: 'Requested operation is not valid: domain is not running',
    })
    await Promise.all(peers.map((peer) => once(peer.resume(), 'close')))
    await expectNothing()
  })

  it('does not hold up a destroy that nobody awaits it for, nor what comes after', async () => {
    const order: string[] = []
    const begun = domain.backupBegin(backupXml, checkpointXml)
    const destroyed = domain.destroy().andTee(() => order.push('destroyed'))
    const created = domain.create().andTee(() => order.push('created'))
    expect((await begun).isErr()).toBe(true)
    unwrap(await destroyed)
    unwrap(await created)
    expect(order).toStrictEqual(['destroyed', 'created'])
    expect(unwrap(await domain.getState()).state).toBe(DomainState.RUNNING)
  })

  it('goes on while the guest is stopped and runs again', async () => {
    const connected = once(server, 'connection')
    const begun = domain.backupBegin(backupXml, checkpointXml)
    await connected
    unwrap(await domain.suspend())
    unwrap(await domain.resume())
    unwrap(await domain.reset())
    unwrap(lab.hypervisor.guest('vm').write('vda', MiB, Uint8Array.of(1)))
    unwrap(await domain.destroy())
    expect((await begun).isErr()).toBe(true)
  })
})
