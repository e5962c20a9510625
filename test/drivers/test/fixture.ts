/** Domains that the tests of the test driver share. @module */
import type { Connection, Domain } from '../../../src/index.ts'
import { unwrap } from '../../../src/index.ts'
import { TestHypervisor, type TestHypervisorOptions } from '../../../src/testing/index.ts'

export const MiB = 1024 ** 2

/** A disk of a domain document; qcow2 below `/vm` when nothing else is said. */
export function diskXml(
  dev: string,
  options: { format?: string; path?: string; more?: string } = {},
): string {
  const { format = 'qcow2', path = `/vm/${dev}.qcow2`, more = '' } = options
  return `
    <disk type='file' device='disk'>
      <driver name='qemu' type='${format}'/>
      <source file='${path}'/>
      <target dev='${dev}' bus='virtio'/>
      ${more}
    </disk>`
}

/** A domain document. */
export function domainXml(
  options: { name?: string; uuid?: string; devices?: string; more?: string } = {},
): string {
  const { name = 'vm', uuid, devices = diskXml('vda'), more = '' } = options
  return `
    <domain type='test'>
      <name>${name}</name>
      ${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
      <memory unit='MiB'>64</memory>
      <os><type>hvm</type></os>
      ${more}
      <devices>${devices}</devices>
    </domain>`
}

/** A hypervisor whose clock is moved by hand, with one connection to it. */
export interface Lab {
  readonly hypervisor: TestHypervisor
  readonly connection: Connection
}

/** Makes a hypervisor, with 64 MiB behind every path that a domain document names. */
export async function makeLab(options: TestHypervisorOptions = {}): Promise<Lab> {
  const hypervisor = TestHypervisor.create({ clock: 'manual', ...options })
  for (const dev of ['vda', 'vdb']) {
    unwrap(hypervisor.images.create(`/vm/${dev}.qcow2`, { format: 'qcow2', virtualSize: 64 * MiB }))
  }
  return { hypervisor, connection: unwrap(await hypervisor.connect()) }
}

/** Defines and starts a domain. */
export async function startDomain({ connection }: Lab, xml: string = domainXml()): Promise<Domain> {
  const domain = unwrap(await connection.domainDefineXML(xml))
  unwrap(await domain.create())
  return domain
}
