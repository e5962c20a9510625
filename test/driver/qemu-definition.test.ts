import { describe, expect, it } from 'vitest'
import { checkQemuDefinition } from '../../src/driver/index.ts'
import { ErrorDomain, ErrorNumber } from '../../src/errors/index.ts'
import { parseDomain } from '../../src/xml/index.ts'

/** How a disk of a document differs from a file in qcow2 at vda. */
interface DiskOptions {
  readonly dev?: string
  readonly bus?: string
  readonly attributes?: string
  readonly format?: string
  readonly source?: string
}

function disk(more: string, options: DiskOptions = {}): string {
  const { dev = 'vda', bus = 'virtio', attributes = `type='file'`, format = 'qcow2' } = options
  const { source = `<source file='/a'/>` } = options
  return `<devices><disk ${attributes}><driver name='qemu' type='${format}'/>${source}
    <target dev='${dev}' bus='${bus}'/>${more}</disk></devices>`
}

function check(more: string, os = '<os><type>hvm</type></os>') {
  const xml = `<domain type='qemu'><name>n</name><memory>65536</memory>${os}${more}</domain>`
  return checkQemuDefinition(parseDomain(xml)._unsafeUnwrap())
}

const q35 = `<os><type machine='pc-q35-7.2'>hvm</type></os>`
const cdrom = { attributes: `type='file' device='cdrom'`, dev: 'sda', bus: 'sata' }
const block = { attributes: `type='block'`, source: `<source dev='/dev/x'/>` }
const notQ35 = 'Maximum CPUs greater than specified machine type limit 255'
const notShared = "shared access for disk 'vda' requires use of supported storage format"

// Recorded from libvirt 9.0.0 with QEMU 7.2.
describe('a definition for QEMU', () => {
  it.each<[string, string, string?]>([
    ['<vcpu>256</vcpu>', notQ35],
    ['<vcpu>289</vcpu>', 'Maximum CPUs greater than specified machine type limit 288', q35],
    [
      '<vcpu>256</vcpu>',
      'more than 255 vCPUs require extended interrupt mode enabled on the iommu device',
      q35,
    ],
    ["<vcpu current='0'>2</vcpu>", "vcpu 0 can't be offline"],
    [
      `<vcpu current='1'>2</vcpu>
       <vcpus>
         <vcpu id='0' enabled='yes' hotpluggable='yes'/>
         <vcpu id='1' enabled='no' hotpluggable='yes'/>
       </vcpus>`,
      "vcpu0 can't be hotpluggable",
    ],
    [
      "<vcpu>2</vcpu><vcpus><vcpu id='0' enabled='no'/><vcpu id='1' enabled='yes'/></vcpus>",
      "vcpu 0 can't be offline",
    ],
    ["<vcpu>2</vcpu><vcpus><vcpu id='1' enabled='yes'/></vcpus>", "vcpu 0 can't be offline"],
    [
      disk('', { dev: 'vda1' }),
      "invalid disk target 'vda1', partitions can't appear in disk targets",
    ],
    [
      disk('', { ...cdrom, dev: 'vda', bus: 'virtio' }),
      "disk type of 'vda' does not support ejectable media",
    ],
    [disk('<shareable/>'), notShared],
    [disk('<transient/><shareable/>'), notShared],
    [
      disk('<transient/><readonly/>', { dev: 'sda', bus: 'sata' }),
      'readonly sata disks are not supported',
    ],
    [disk('<readonly/>', { dev: 'hda', bus: 'ide' }), 'readonly ide disks are not supported'],
    [disk('<transient/><readonly/>'), "transient disk 'vda' must not be read-only"],
    [disk('<transient/>', cdrom), "transient disk 'sda' must not be read-only"],
    [disk('<transient/>', { ...cdrom, source: '' }), "transient disk 'sda' must not be empty"],
    [disk('<transient/>', block), "transient disk supported only with 'file' type (vda)"],
  ])('cannot have %s', (more, detail, os) => {
    const error = check(more, os)._unsafeUnwrapErr()
    expect({ code: error.code, domain: error.domain, message: error.message }).toStrictEqual({
      code: ErrorNumber.CONFIG_UNSUPPORTED,
      domain: ErrorDomain.QEMU,
      message: `unsupported configuration: ${detail}`,
    })
  })

  it.each<[string, string?]>([
    ['<vcpu>255</vcpu>'],
    ['<vcpu>255</vcpu>', q35],
    ["<vcpu current='1'>2</vcpu>"],
    [disk('', { dev: 'vda0' })],
    [disk('<shareable/>', { format: 'raw' })],
    [disk('<shareable/>', cdrom)],
    [disk('', { ...cdrom, source: '' })],
    [disk('<transient/>')],
    [disk('<transient/><shareable/>', { format: 'raw' })],
    [disk('<readonly/>')],
  ])('can have %s', (more, os) => {
    expect(check(more, os).isOk()).toBe(true)
  })
})
