/**
 * What `test:///default` contains: the world of libvirt's own test driver, as far as this one models it.
 *
 * @module
 */
import type { NodeInfo } from '../../driver/index.ts'

/** The host of `test:///default`, and what a node document does not say. */
export const defaultNodeInfo: NodeInfo = {
  model: 'i686',
  memory: 3_145_728,
  cpus: 16,
  mhz: 1400,
  nodes: 2,
  sockets: 2,
  cores: 2,
  threads: 2,
}

/** A NUMA cell of the host. */
export interface DefaultCell {
  readonly memoryKiB: number
  /** KiB of the pages that the memory is divided into. */
  readonly pageSizeKiB: number
  readonly cpus: number
}

/** The cells of `test:///default`; a host that is read from a file has none. */
export const defaultCells: readonly DefaultCell[] = [
  { memoryKiB: 2_097_152, pageSizeKiB: 4, cpus: 8 },
  { memoryKiB: 4_194_304, pageSizeKiB: 8, cpus: 8 },
]

/** The one domain of `test:///default`. */
export const defaultDomainXml = `<domain type='test'>
  <name>test</name>
  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
  <memory unit='KiB'>8388608</memory>
  <currentMemory unit='KiB'>2097152</currentMemory>
  <vcpu>2</vcpu>
  <os>
    <type>hvm</type>
  </os>
  <devices>
    <disk type='file'>
      <source file='/guest/diskimage1'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </disk>
    <interface type='network'>
      <mac address='aa:bb:cc:dd:ee:ff'/>
      <source network='default'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>
    </interface>
    <memballoon model='virtio'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </memballoon>
  </devices>
</domain>
`
