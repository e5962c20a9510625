import { beforeEach, describe, expect, it } from 'vitest'
import {
  type Domain,
  DomainDeviceModifyFlags,
  DomainXMLFlags,
  ErrorDomain,
  ErrorNumber,
  unwrap,
  type VirResultAsync,
} from '../../../src/index.ts'
import { diskXml, domainXml, type Lab, makeLab, MiB, startDomain } from './fixture.ts'

const { LIVE, CONFIG } = DomainDeviceModifyFlags
const drive = (source = ''): string =>
  `<disk type='file' device='cdrom'>${source}<target dev='sda' bus='sata'/><readonly/></disk>`
const medium = (path: string): string => `<driver type='raw'/><source file='${path}'/>`

let lab: Lab
let domain: Domain

beforeEach(async () => {
  lab = await makeLab()
  const { images } = lab.hypervisor
  unwrap(images.create('/vm/cd.iso', { virtualSize: MiB }))
  const backing = { path: '/vm/none.qcow2', format: 'qcow2' } as const
  unwrap(images.create(backing.path, { format: 'qcow2', virtualSize: MiB }))
  unwrap(images.create('/vm/orphan.qcow2', { format: 'qcow2', backing }))
  images.remove(backing.path)
  domain = await startDomain(lab, domainXml({ devices: diskXml('vda') + drive() }))
})

/** The targets of the disks that the domain has now, and those of its next start. */
async function disks(): Promise<{ live: string[]; config: string[] }> {
  const targets = (xml: string): string[] =>
    [...xml.matchAll(/<target dev='(\w+)'/g)].map(([, dev]) => dev ?? '')
  return {
    live: targets(unwrap(await domain.getXMLDesc())),
    config: targets(unwrap(await domain.getXMLDesc(DomainXMLFlags.INACTIVE))),
  }
}

function recordDevices(): string[] {
  const events: string[] = []
  lab.connection.on('deviceAdded', ({ devAlias }) => events.push(`added ${devAlias}`))
  lab.connection.on('deviceRemoved', ({ devAlias }) => events.push(`removed ${devAlias}`))
  return events
}

async function refusalOf(call: VirResultAsync<unknown>): Promise<object> {
  const before = { disks: await disks(), images: lab.hypervisor.images.list() }
  const { code, domain: from, message } = (await call)._unsafeUnwrapErr()
  expect({ disks: await disks(), images: lab.hypervisor.images.list() }).toStrictEqual(before)
  return { code, from, message }
}

describe('a disk that is plugged in', () => {
  it('is written by the guest, and backed up with the others', async () => {
    const { hypervisor } = lab
    const events = recordDevices()
    unwrap(await domain.attachDevice(diskXml('vdb')))
    unwrap(hypervisor.guest('vm').write('vdb', 3 * MiB, Uint8Array.of(1, 2, 3)))
    const target = `<target file='/b/vdb'/>`
    const id = unwrap(
      await domain.backupBegin(
        `<domainbackup><disks><disk name='vdb' type='file'>${target}</disk></disks></domainbackup>`,
        '<domaincheckpoint><name>c</name></domaincheckpoint>',
      ),
    )
    hypervisor.runUntilIdle()
    expect(unwrap(await domain.backupEnd(id))).toBe(true)
    const copy = unwrap(hypervisor.images.open('/b/vdb'))
    expect(unwrap(copy.read(3 * MiB, 3))).toStrictEqual(Uint8Array.of(1, 2, 3))
    unwrap(hypervisor.guest('vm').write('vdb', 0, Uint8Array.of(4)))
    expect([...hypervisor.dirtyExtents('vm', 'vdb', 'c')]).toHaveLength(1)
    expect(events).toStrictEqual(['added virtio-disk1'])
  })

  it('is there until the domain stops, unless the definition has it too', async () => {
    unwrap(await domain.attachDeviceFlags(diskXml('vdb'), LIVE))
    expect(await disks()).toStrictEqual({ live: ['vda', 'vdb', 'sda'], config: ['vda', 'sda'] })
    unwrap(await domain.attachDeviceFlags(diskXml('vdc'), CONFIG))
    unwrap(await domain.destroy())
    unwrap(await domain.create())
    expect((await disks()).live).toStrictEqual(['vda', 'vdc', 'sda'])
  })

  it('goes with its bitmaps into its image, and has them when it comes back', async () => {
    const { hypervisor } = lab
    unwrap(await domain.attachDeviceFlags(diskXml('vdb'), LIVE | CONFIG))
    unwrap(await domain.checkpointCreateXML('<domaincheckpoint><name>c</name></domaincheckpoint>'))
    unwrap(hypervisor.guest('vm').write('vdb', 0, Uint8Array.of(4)))
    const events = recordDevices()
    unwrap(await domain.detachDeviceFlags(diskXml('vdb'), LIVE | CONFIG))
    expect(await disks()).toStrictEqual({ live: ['vda', 'sda'], config: ['vda', 'sda'] })
    expect(hypervisor.guest('vm').read('vdb', 0, 1).isErr()).toBe(true)
    unwrap(await domain.attachDevice(diskXml('vdb')))
    expect(unwrap(hypervisor.guest('vm').read('vdb', 0, 1))).toStrictEqual(Uint8Array.of(4))
    expect([...hypervisor.dirtyExtents('vm', 'vdb', 'c')]).toHaveLength(1)
    unwrap(await domain.detachDeviceAlias('virtio-disk1', LIVE))
    expect(events).toStrictEqual([
      'removed virtio-disk1',
      'added virtio-disk1',
      'removed virtio-disk1',
    ])
  })

  it('changes the definition of a domain that does not run', async () => {
    unwrap(await domain.destroy())
    unwrap(await domain.attachDeviceFlags(diskXml('vdb')))
    expect((await disks()).config).toStrictEqual(['vda', 'vdb', 'sda'])
    unwrap(await domain.detachDeviceFlags(diskXml('vdb')))
    expect((await disks()).config).toStrictEqual(['vda', 'sda'])
  })

  it('can be transient, and leaves its overlay nowhere', async () => {
    const devices = diskXml('vdb', { more: '<transient/>' })
    unwrap(await domain.attachDevice(devices))
    expect(lab.hypervisor.images.has('/vm/vdb.qcow2.TRANSIENT-vm')).toBe(true)
    unwrap(await domain.detachDevice(devices))
    expect(lab.hypervisor.images.has('/vm/vdb.qcow2.TRANSIENT-vm')).toBe(false)
  })
})

describe('plugging', () => {
  const {
    OPERATION_INVALID,
    CONFIG_UNSUPPORTED,
    INTERNAL_ERROR,
    DEVICE_MISSING,
    XML_ERROR,
    OPERATION_UNSUPPORTED,
    SYSTEM_ERROR,
  } = ErrorNumber

  it.each<[string, string, ErrorNumber, ErrorDomain, string]>([
    [
      'a target that there is',
      diskXml('vda', { path: '/vm/vdb.qcow2' }),
      XML_ERROR,
      ErrorDomain.DOMAIN,
      "XML error: target 'vda' duplicated for disk sources '/vm/vda.qcow2' and '/vm/vdb.qcow2'",
    ],
    [
      'a target that there is, with the disk of a drive',
      diskXml('sda', { path: '/vm/vdb.qcow2' }).replace("'virtio'", "'sata'"),
      XML_ERROR,
      ErrorDomain.DOMAIN,
      "XML error: target 'sda' duplicated for disk sources '<null>' and '/vm/vdb.qcow2'",
    ],
    [
      // libvirt looks for the images first.
      'an image without what is below it, also on a target that there is',
      diskXml('vda', { path: '/vm/orphan.qcow2' }),
      SYSTEM_ERROR,
      ErrorDomain.STORAGE,
      "Cannot access storage file '/vm/none.qcow2': No such file or directory",
    ],
    [
      'a floppy drive',
      `<disk type='file' device='floppy'><source file='/vm/cd.iso'/><target dev='fda' bus='fdc'/></disk>`,
      OPERATION_UNSUPPORTED,
      ErrorDomain.QEMU,
      "Operation not supported: floppy device hotplug isn't supported",
    ],
    [
      'removable media on virtio',
      `<disk type='file' device='cdrom'><source file='/vm/cd.iso'/><target dev='vdb' bus='virtio'/></disk>`,
      CONFIG_UNSUPPORTED,
      ErrorDomain.QEMU,
      "unsupported configuration: disk type of 'vdb' does not support ejectable media",
    ],
    [
      'an image that is in use',
      diskXml('vdb', { path: '/vm/vda.qcow2' }),
      INTERNAL_ERROR,
      ErrorDomain.QEMU,
      `internal error: unable to execute QEMU command 'blockdev-add': Failed to get "write" lock`,
    ],
    [
      'a transient disk whose image is in use',
      diskXml('vdb', { path: '/vm/vda.qcow2', more: '<transient/>' }),
      INTERNAL_ERROR,
      ErrorDomain.QEMU,
      `internal error: unable to execute QEMU command 'blockdev-add': Failed to get shared "write" lock`,
    ],
    [
      'another element',
      '<dixk/>',
      CONFIG_UNSUPPORTED,
      ErrorDomain.DOMAIN,
      "unsupported configuration: unknown device type 'dixk'",
    ],
  ])('refuses %s, and leaves nothing', async (_, xml, code, from, message) => {
    expect(await refusalOf(domain.attachDevice(xml))).toStrictEqual({ code, from, message })
    // What was opened on the way would be in the way of this.
    unwrap(await domain.attachDevice(diskXml('vdb')))
  })

  it.each<[string, string, number, ErrorNumber, string]>([
    ['a disk that does not run', diskXml('vdz'), LIVE, DEVICE_MISSING, 'disk vdz not found'],
    ['a disk that is not defined', diskXml('vdz'), CONFIG, DEVICE_MISSING, 'no target device vdz'],
  ])('does not take %s out', async (_, xml, flags, code, detail) => {
    expect(await refusalOf(domain.detachDeviceFlags(xml, flags))).toStrictEqual({
      code,
      from: ErrorDomain.QEMU,
      message: `device not found: ${detail}`,
    })
  })

  it('refuses a target that the definition has', async () => {
    expect(await refusalOf(domain.attachDeviceFlags(drive(), CONFIG))).toStrictEqual({
      code: OPERATION_INVALID,
      from: ErrorDomain.QEMU,
      message: 'Requested operation is not valid: target sda already exists',
    })
  })

  it.each<[string, string, ErrorNumber, string]>([
    [
      'the image of a disk',
      diskXml('vda', { path: '/vm/vdb.qcow2' }),
      CONFIG_UNSUPPORTED,
      'unsupported configuration: disk source can be changed only in removable drives',
    ],
    [
      'whether a disk can be written',
      diskXml('vda', { more: '<readonly/>' }),
      ErrorNumber.OPERATION_UNSUPPORTED,
      "Operation not supported: cannot modify field 'readonly' of the disk",
    ],
    [
      'a disk that there is not',
      diskXml('vdz'),
      INTERNAL_ERROR,
      "internal error: disk 'vdz' not found",
    ],
  ])('does not change %s', async (_, xml, code, message) => {
    expect(await refusalOf(domain.updateDeviceFlags(xml, LIVE))).toStrictEqual({
      code,
      from: ErrorDomain.QEMU,
      message,
    })
  })

  it('has nothing to do for a disk that stays as it is', async () => {
    const before = unwrap(await domain.getXMLDesc())
    unwrap(await domain.updateDeviceFlags(diskXml('vda'), LIVE))
    expect(unwrap(await domain.getXMLDesc())).toBe(before)
  })

  it('does not take a drive out', async () => {
    expect(await refusalOf(domain.detachDevice(drive()))).toStrictEqual({
      code: ErrorNumber.OPERATION_UNSUPPORTED,
      from: ErrorDomain.QEMU,
      message: "Operation not supported: disk device type 'cdrom' cannot be detached",
    })
  })

  it('needs the domain to run when what runs is to change', async () => {
    unwrap(await domain.destroy())
    expect(await refusalOf(domain.attachDevice(diskXml('vdb')))).toStrictEqual({
      code: OPERATION_INVALID,
      from: ErrorDomain.DOMAIN,
      message: 'Requested operation is not valid: domain is not running',
    })
  })
})

describe('a drive', () => {
  it('is given a medium, another one, and none', async () => {
    const { images } = lab.hypervisor
    unwrap(images.create('/vm/other.iso', { virtualSize: 2 * MiB }))
    unwrap(await domain.updateDeviceFlags(drive(medium('/vm/cd.iso')), LIVE))
    expect(lab.hypervisor.guest('vm').size('sda')).toMatchObject({ value: MiB })
    unwrap(await domain.updateDeviceFlags(drive(medium('/vm/other.iso')), LIVE | CONFIG))
    expect(lab.hypervisor.guest('vm').size('sda')).toMatchObject({ value: 2 * MiB })
    expect(unwrap(await domain.getXMLDesc(DomainXMLFlags.INACTIVE))).toContain('/vm/other.iso')
    unwrap(await domain.updateDeviceFlags(drive(), LIVE))
    expect(unwrap(await domain.getXMLDesc())).not.toContain('.iso')
    expect(lab.hypervisor.guest('vm').size('sda')).toMatchObject({ value: 0 })
  })

  it('is given a medium when it is plugged in again', async () => {
    const events = recordDevices()
    unwrap(await domain.attachDevice(drive(medium('/vm/cd.iso'))))
    expect(lab.hypervisor.guest('vm').size('sda')).toMatchObject({ value: MiB })
    expect(events).toStrictEqual([])
  })

  it('keeps what it has when the other medium cannot be opened', async () => {
    unwrap(await domain.updateDeviceFlags(drive(medium('/vm/cd.iso')), LIVE))
    const broken = drive(`<driver type='qcow2'/><source file='/vm/cd.iso'/>`)
    expect((await domain.updateDeviceFlags(broken, LIVE)).isErr()).toBe(true)
    expect(lab.hypervisor.guest('vm').size('sda')).toMatchObject({ value: MiB })
    expect(unwrap(await domain.getXMLDesc())).toMatch(
      /<driver [^>]*type='raw'\/>\s*<source file='\/vm\/cd\.iso'/,
    )
  })
})
