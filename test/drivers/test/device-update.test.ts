import { beforeEach, describe, expect, it } from 'vitest'
import {
  type Domain,
  DomainDeviceModifyFlags,
  ErrorDomain,
  ErrorNumber,
  unwrap,
} from '../../../src/index.ts'
import { domainXml, type Lab, makeLab, MiB, startDomain } from './fixture.ts'

const { LIVE, CONFIG } = DomainDeviceModifyFlags
const { OPERATION_UNSUPPORTED, OPERATION_DENIED, CONFIG_UNSUPPORTED } = ErrorNumber

interface DiskParts {
  readonly attributes?: string
  readonly driver?: string
  readonly source?: string
  readonly target?: string
  readonly more?: string
}

/** A disk with something of every kind that the guest sees; each part can be another one. */
function disk(parts: DiskParts = {}): string {
  const {
    attributes = '',
    driver = "cache='none' discard='unmap'",
    source = "<source file='/vm/vda.qcow2'/>",
    target = "dev='sda' bus='scsi'",
    more = "<serial>S1</serial><blockio logical_block_size='512'/>",
  } = parts
  return `<disk type='file' device='disk' ${attributes}><driver name='qemu' type='qcow2' ${driver}/>
    ${source}<target ${target}/>${more}</disk>`
}

/** What every definition of the disk has to say again. */
const sectors = "<blockio logical_block_size='512'/>"

function drive(path: string, driver = '', more = ''): string {
  return `<disk type='file' device='cdrom'><driver name='qemu' type='raw' ${driver}/><source file='${path}'/>
    <target dev='sdb' bus='sata'/>${more}</disk>`
}

let lab: Lab
let domain: Domain

beforeEach(async () => {
  lab = await makeLab()
  for (const path of ['/vm/cd.iso', '/vm/other.iso']) {
    unwrap(lab.hypervisor.images.create(path, { virtualSize: MiB }))
  }
  domain = await startDomain(lab, domainXml({ devices: disk() + drive('/vm/cd.iso') }))
})

describe('a disk that runs', () => {
  it.each<[string, string]>([
    ['device', disk({ target: "dev='sda' bus='scsi'" }).replace("'disk'", "'cdrom'")],
    ['bus', disk({ target: "dev='sda' bus='sata'" })],
    ['geometry cylinders', disk({ more: "<geometry cyls='16' heads='4' secs='4'/>" + sectors })],
    ['blockio logical_block_size', disk({ more: '<serial>S1</serial>' })],
    [
      'blkdeviotune total_bytes_sec',
      disk({ more: `${sectors}<iotune><total_bytes_sec>1000000</total_bytes_sec></iotune>` }),
    ],
    ['serial', disk({ more: `<serial>S2</serial>${sectors}` })],
    ['wwn', disk({ more: `<wwn>5000c50015ea71ad</wwn>${sectors}` })],
    ['vendor', disk({ more: `${sectors}<vendor>V</vendor>` })],
    ['product', disk({ more: `${sectors}<product>P</product>` })],
    ['cache', disk({ driver: "cache='writeback'" })],
    ['error_policy', disk({ driver: "error_policy='stop'" })],
    ['rerror_policy', disk({ driver: "rerror_policy='ignore'" })],
    ['io', disk({ driver: "cache='none' io='native'" })],
    ['copy_on_read', disk({ driver: "copy_on_read='off'" })],
    ['transient', disk({ more: `<transient/>${sectors}` })],
    ['address', disk({ more: `${sectors}<address type='drive' unit='5'/>` })],
    ['discard', disk({ driver: "discard='ignore'" })],
    ['readonly', disk({ more: `<readonly/>${sectors}` })],
    // The other image is not looked at: the fields come first.
    [
      'serial',
      disk({ source: "<source file='/vm/none'/>", more: `<serial>S2</serial>${sectors}` }),
    ],
    // libvirt drops these without a word.
    ['type', disk().replace("'qcow2'", "'raw'")],
    ['detect_zeroes', disk({ driver: "detect_zeroes='on'" })],
    ['rotation_rate', disk({ target: "dev='sda' bus='scsi' rotation_rate='7200'" })],
    [
      'source',
      disk({
        source:
          "<source file='/vm/vda.qcow2'><slices><slice type='storage' offset='0' size='512'/></slices></source>",
      }),
    ],
    ['element', disk({ more: `${sectors}<unheard of='it'/>` })],
  ])('keeps its %s, and says that it does', async (field, xml) => {
    const before = unwrap(await domain.getXMLDesc())
    expect((await domain.updateDeviceFlags(xml, LIVE))._unsafeUnwrapErr()).toMatchObject({
      code: OPERATION_UNSUPPORTED,
      domain: ErrorDomain.QEMU,
      message: `Operation not supported: cannot modify field '${field}' of the disk`,
    })
    expect(unwrap(await domain.getXMLDesc())).toBe(before)
  })

  it.each<[string, string, ErrorNumber, string]>([
    [
      'another alias',
      disk({ more: `<alias name='ua-x'/>${sectors}` }),
      OPERATION_DENIED,
      'operation forbidden: changing device alias is not allowed',
    ],
    [
      'a place in the boot order that the definition has already',
      disk({ more: `<boot order='1'/>${sectors}` }),
      CONFIG_UNSUPPORTED,
      'unsupported configuration: per-device boot elements cannot be used together with os/boot elements',
    ],
    [
      'removable media where there cannot be any',
      disk({ target: "dev='vda' bus='virtio'" }).replace("'disk'", "'cdrom'"),
      CONFIG_UNSUPPORTED,
      "unsupported configuration: disk type of 'vda' does not support ejectable media",
    ],
    [
      'the same image of another kind',
      disk({ source: "<source dev='/vm/vda.qcow2'/>" }).replace("type='file'", "type='block'"),
      CONFIG_UNSUPPORTED,
      'unsupported configuration: disk source can be changed only in removable drives',
    ],
  ])('does not take %s', async (_, xml, code, message) => {
    expect((await domain.updateDeviceFlags(xml, LIVE))._unsafeUnwrapErr()).toMatchObject({
      code,
      message,
    })
  })

  it('keeps what another definition of it leaves out', async () => {
    const before = unwrap(await domain.getXMLDesc())
    unwrap(await domain.updateDeviceFlags(disk({ driver: '', more: sectors }), LIVE))
    expect(unwrap(await domain.getXMLDesc())).toBe(before)
  })

  it('is described anew where the machine sees nothing of it', async () => {
    const source = "<source file='/vm/vda.qcow2' startupPolicy='optional'/>"
    unwrap(await domain.updateDeviceFlags(disk({ attributes: "snapshot='no'", source }), LIVE))
    expect(unwrap(await domain.getXMLDesc())).toMatch(
      /snapshot='no'>[^]*'\/vm\/vda.qcow2' startupPolicy='optional'/,
    )
    unwrap(await domain.updateDeviceFlags(disk(), LIVE))
    expect(unwrap(await domain.getXMLDesc())).not.toMatch(/snapshot='no'|startupPolicy/)
  })

  it('changes in no way when its stored definition may but it may not', async () => {
    const before = unwrap(await domain.getXMLDesc(2))
    const other = disk({ more: `<serial>S2</serial>${sectors}` })
    expect((await domain.updateDeviceFlags(other, LIVE | CONFIG)).isErr()).toBe(true)
    expect(unwrap(await domain.getXMLDesc(2))).toBe(before)
    unwrap(await domain.updateDeviceFlags(other, CONFIG))
    expect(unwrap(await domain.getXMLDesc(2))).toContain('<serial>S2</serial>')
  })
})

describe('a drive that runs', () => {
  it.each<[string, string]>([
    ['device', drive('/vm/other.iso').replace("'cdrom'", "'disk'")],
    ['cache', drive('/vm/other.iso', "cache='none'")],
    ['serial', drive('/vm/other.iso', '', '<serial>X</serial>')],
    ['tray', drive('/vm/other.iso').replace("bus='sata'", "bus='sata' tray='open'")],
  ])('keeps its %s also when another medium is given', async (field, xml) => {
    expect((await domain.updateDeviceFlags(xml, LIVE))._unsafeUnwrapErr().message).toBe(
      `Operation not supported: cannot modify field '${field}' of the disk`,
    )
    expect(unwrap(await domain.getXMLDesc())).toContain('/vm/cd.iso')
  })

  it('takes what is said of snapshots and of its start along with another medium', async () => {
    const other = drive('/vm/other.iso').replace('.iso', ".iso' startupPolicy='requisite")
    unwrap(await domain.updateDeviceFlags(other, LIVE))
    expect(unwrap(await domain.getXMLDesc())).toContain("'/vm/other.iso' startupPolicy='requisite'")
  })
})
