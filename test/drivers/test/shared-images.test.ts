import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SemanticsName } from '../../../src/testing/index.ts'
import { open, unwrap } from '../../../src/index.ts'
import { diskXml, domainXml, makeLab, startDomain } from './fixture.ts'

const shared = (more = '') => diskXml('vda', { format: 'raw', path: '/vm/shared.img', more })

/** Starts two domains on one raw image; gives how the second start went, and what it reads of the first one's writing. */
async function startTwo(semantics: SemanticsName, devices: string) {
  const lab = await makeLab({ semantics })
  await startDomain(lab, domainXml({ name: 'one', devices }))
  unwrap(lab.hypervisor.guest('one').write('vda', 0, Uint8Array.of(1, 2, 3)))
  const second = unwrap(await lab.connection.domainDefineXML(domainXml({ name: 'two', devices })))
  const started = await second.create()
  return started.map(() => unwrap(lab.hypervisor.guest('two').read('vda', 0, 3)))
}

describe('an image of two domains that run', () => {
  it('is locked by the first, as QEMU does it', async () => {
    const error = (await startTwo('qemu', shared()))._unsafeUnwrapErr()
    expect(error.message).toContain('Failed to get "write" lock')
  })

  it('is shared when both definitions say so', async () => {
    const read = await startTwo('qemu', shared('<shareable/>'))
    expect(read._unsafeUnwrap()).toStrictEqual(Uint8Array.of(1, 2, 3))
  })

  it("is shared by the rules of libvirt's test driver", async () => {
    const read = await startTwo('test', shared())
    expect(read._unsafeUnwrap()).toStrictEqual(Uint8Array.of(1, 2, 3))
  })

  it('does not keep a node document from being opened', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'virtdriver-'))
    const domains = ['one', 'two'].map((name) => domainXml({ name, devices: shared() }))
    await writeFile(join(folder, 'node.xml'), `<node>${domains.join('')}</node>`)
    const opened = await open(`test://${folder}/node.xml`)
    await rm(folder, { recursive: true })
    const running = unwrap(await unwrap(opened).listAllDomains()).map(({ name }) => name)
    expect(running).toStrictEqual(['one', 'two'])
    unwrap(await unwrap(opened).close())
  })
})
