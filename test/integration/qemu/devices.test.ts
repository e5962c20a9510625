import { execFileSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Domain, ErrorNumber, unwrap, type VirResultAsync } from '../../../src/index.ts'
import {
  destroyAll,
  diskXml,
  domainXml,
  errorOf,
  isMissing,
  makeLab,
  note,
  qemuImg,
  startDomain,
  until,
} from './lab.ts'

const KiB = 1024
const MiB = 1024 * KiB
const emptyCdrom = "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>"
const acpi = '<features><acpi/></features>'

/** Writes through the device, as a guest does. */
async function guestWrite(domain: Domain, alias: string, command: string): Promise<void> {
  const line = `qemu-io -d /machine/peripheral/${alias}/virtio-backend "${command}"`
  expect(unwrap(await domain.qemuMonitorCommand(line, 1))).toBe('')
}

describe.skipIf(isMissing)(`disks of a domain on QEMU${note}`, () => {
  it('have the sizes that their images have', async () => {
    const lab = makeLab()
    const qcow2 = lab.image('a.qcow2', '64M')
    const raw = lab.image('b.raw', '1M', 'raw')
    const connection = await lab.connect()
    const devices = diskXml('vda', qcow2) + diskXml('vdb', raw, 'raw') + emptyCdrom
    const domain = unwrap(await connection.domainDefineXML(domainXml({ devices })))
    const sizes = (path: string, capacity: number): object => {
      const { size, blocks } = statSync(path)
      return { capacity, allocation: blocks * 512, physical: size }
    }
    const check = async (): Promise<void> => {
      expect(unwrap(await domain.getBlockInfo('vda'))).toStrictEqual(sizes(qcow2, 64 * MiB))
      expect(unwrap(await domain.getBlockInfo(qcow2))).toStrictEqual(sizes(qcow2, 64 * MiB))
      expect(unwrap(await domain.getBlockInfo('vdb'))).toStrictEqual(sizes(raw, MiB))
      expect((await errorOf(domain.getBlockInfo('hdc'))).message).toBe(
        "invalid argument: disk 'hdc' does not currently have a source assigned",
      )
      expect((await errorOf(domain.getBlockInfo('nope'))).message).toBe(
        'invalid argument: invalid path nope not assigned to domain',
      )
    }
    await check()
    unwrap(await domain.create())
    await check()
    await destroyAll(connection)
  })

  it('count what the guest reads', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const domain = await startDomain(connection, {
      devices: diskXml('vda', lab.image('a.qcow2', '8M')) + emptyCdrom,
    })
    // The firmware looks for something to boot.
    await until(async () => unwrap(await domain.blockStats('vda')).rd_req > 0)
    const { rd_req: reads, rd_bytes: bytes } = unwrap(await domain.blockStats('vda'))
    expect(bytes).toBe(reads * 512)
    const all = unwrap(await domain.blockStatsFlags(''))
    expect(all).toMatchObject({ rd_operations: reads, rd_bytes: bytes, wr_bytes: 0 })
    expect(typeof all.rd_total_times).toBe('bigint')
    expect((await errorOf(domain.blockStats('nope'))).message).toBe(
      'invalid argument: invalid path: nope',
    )
    await destroyAll(connection)
  })

  it('are peeked into when they are raw', async () => {
    const lab = makeLab()
    const raw = lab.image('b.raw', '1M', 'raw')
    writeFileSync(raw, Buffer.concat([Buffer.from('hello'), Buffer.alloc(MiB - 5)]))
    const connection = await lab.connect()
    const devices = diskXml('vda', lab.image('a.qcow2', '8M')) + diskXml('vdb', raw, 'raw')
    const domain = unwrap(await connection.domainDefineXML(domainXml({ devices })))
    expect(Buffer.from(unwrap(await domain.blockPeek('vdb', 1, 3))).toString()).toBe('ell')
    expect((await errorOf(domain.blockPeek('vdb', MiB - 4, 16))).message).toBe(
      "invalid argument: 'vdb' starting from 1048572 has only 4 bytes available",
    )
    expect(await errorOf(domain.blockPeek('vdb', 0, 2 ** 31))).toStrictEqual({
      code: 38,
      domain: 18,
      message: `cannot read header '${raw}': Invalid argument`,
    })
    expect((await errorOf(domain.blockPeek('vda', 0, 16))).message).toBe(
      "Operation not supported: peeking is only supported for disk with 'raw' format not 'qcow2'",
    )
  })

  it('can be given another size', async () => {
    const lab = makeLab()
    const path = lab.image('a.qcow2', '8M')
    const connection = await lab.connect()
    const domain = await startDomain(connection, { devices: diskXml('vda', path) + emptyCdrom })
    unwrap(await domain.blockResize('vda', 16 * KiB))
    expect(unwrap(await domain.getBlockInfo('vda')).capacity).toBe(16 * MiB)
    unwrap(await domain.blockResize('vda', 32 * MiB + 100, 1))
    expect(unwrap(await domain.getBlockInfo('vda')).capacity).toBe(32 * MiB + 512)
    const texts = await Promise.all(
      (
        [
          ['nope', 1, 0],
          ['hdc', 1, 0],
          ['vda', 2 ** 50, 0],
        ] as const
      ).map(
        async ([disk, size, flags]) =>
          (await errorOf(domain.blockResize(disk, size, flags))).message,
      ),
    )
    expect(texts).toStrictEqual([
      "invalid argument: disk 'nope' was not found in the domain config",
      "Operation not supported: can't resize empty or readonly disk 'hdc'",
      'numerical overflow: size must be less than 8796093022207',
    ])
    await destroyAll(connection)
  })

  it('tell once the guest writes beyond a threshold', async () => {
    const lab = makeLab()
    const base = lab.image('base.qcow2', '8M')
    const connection = await lab.connect()
    const domain = await startDomain(connection, {
      devices: diskXml('vda', lab.image('top.qcow2', '', 'qcow2', base)),
    })
    const seen: unknown[] = []
    connection.on('blockThreshold', ({ dev, threshold }) => seen.push([dev, threshold]))
    unwrap(await domain.setBlockThreshold('vda', 256 * KiB))
    await guestWrite(domain, 'virtio-disk0', 'write 0 1M')
    await until(() => seen.length > 0)
    unwrap(await domain.setBlockThreshold('vda[1]', 1024 * KiB))
    await guestWrite(domain, 'virtio-disk0', 'write 2M 2M')
    await until(() => seen.length > 1)
    expect(seen).toStrictEqual([
      ['vda', 256 * KiB],
      ['vda[1]', 1024 * KiB],
    ])
    expect((await errorOf(domain.setBlockThreshold('vda[9]', 1))).message).toBe(
      "invalid argument: failed to find disk 'vda[9]'",
    )
    await destroyAll(connection)
  })
})

describe.skipIf(isMissing)(`plugging disks${note}`, () => {
  it.each(['pc', 'q35'])('opens and closes the whole chain on %s', async (machine) => {
    const lab = makeLab()
    const base = lab.image('base.qcow2', '8M')
    const top = lab.image('top.qcow2', '', 'qcow2', base)
    const connection = await lab.connect()
    const domain = await startDomain(connection, {
      machine,
      more: acpi,
      devices: `${diskXml('sda', lab.image('a.qcow2', '8M'), 'qcow2', 'scsi')}<controller type='scsi' model='virtio-scsi'/>`,
    })
    const events: unknown[] = []
    connection.on('deviceAdded', ({ devAlias }) => events.push(['added', devAlias]))
    connection.on('deviceRemoved', ({ devAlias }) => events.push(['removed', devAlias]))
    unwrap(await domain.attachDevice(diskXml('sdb', top, 'qcow2', 'scsi')))
    unwrap(await domain.attachDevice(diskXml('vda', lab.image('b.qcow2', '8M'))))
    const xml = unwrap(await domain.getXMLDesc())
    expect(xml).toMatch(
      /<source file='.*top\.qcow2' index='2'\/>\s*<backingStore type='file' index='3'>/,
    )
    expect(xml).toMatch(/<source file='.*b\.qcow2' index='4'\/>/)
    expect(unwrap(await domain.getXMLDesc(2))).not.toContain('top.qcow2')
    expect(unwrap(await domain.getBlockInfo('sdb')).capacity).toBe(8 * MiB)
    // SCSI needs nobody's consent once the guest has not taken hold of the disk.
    unwrap(await domain.detachDevice(diskXml('sdb', top, 'qcow2', 'scsi')))
    await until(() => events.length === 3)
    expect(events).toStrictEqual([
      ['added', 'scsi0-0-0-1'],
      ['added', 'virtio-disk0'],
      ['removed', 'scsi0-0-0-1'],
    ])
    expect(unwrap(await domain.getXMLDesc())).not.toContain('top.qcow2')
    execFileSync(qemuImg.path, ['check', '-q', top])
    await destroyAll(connection)
  })

  it('changes the definition when that is asked for', async () => {
    const lab = makeLab()
    const path = lab.image('b.qcow2', '8M')
    const connection = await lab.connect()
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    unwrap(await domain.attachDeviceFlags(diskXml('vdc', path), 2))
    expect((await errorOf(domain.attachDeviceFlags(diskXml('vdc', path), 2))).message).toBe(
      'Requested operation is not valid: target vdc already exists',
    )
    expect(unwrap(await domain.getXMLDesc())).toContain("<target dev='vdc' bus='virtio'/>")
    unwrap(await connection.close())
    const again = await lab.connect()
    const found = unwrap(await again.domainLookupByName('vm'))
    unwrap(await found.create())
    expect(unwrap(await found.getBlockInfo('vdc')).capacity).toBe(8 * MiB)
    unwrap(await found.detachDeviceFlags(diskXml('vdc', path), 2))
    expect((await errorOf(found.detachDeviceFlags(diskXml('vdc', path), 2))).message).toBe(
      'device not found: no target device vdc',
    )
    await destroyAll(again)
  })

  it.each<[string, (lab: ReturnType<typeof makeLab>) => string, RegExp]>([
    [
      'an image that is not there',
      ({ root }) => diskXml('vdb', `${root}/none`),
      /^Cannot access storage file '.*none': No such file or directory$/,
    ],
    [
      'an image that is not there, on a target that there is',
      ({ root }) => diskXml('vda', `${root}/none`),
      /^Cannot access storage file '.*none': No such file or directory$/,
    ],
    [
      'an image that is not there, on a bus that there is not',
      ({ root }) => diskXml('sdz', `${root}/none`, 'raw', 'sata'),
      /^Cannot access storage file '.*none': No such file or directory$/,
    ],
    [
      'a floppy drive, before its image is looked for',
      ({ root }) =>
        diskXml('fda', `${root}/none`, 'raw', 'fdc').replace("device='disk'", "device='floppy'"),
      /^Operation not supported: floppy device hotplug isn't supported$/,
    ],
    [
      'an image that is in use',
      ({ root }) => diskXml('vdb', `${root}/a.qcow2`),
      /^internal error: unable to execute QEMU command 'blockdev-add': Failed to get "write" lock$/,
    ],
    [
      'a target that there is',
      ({ root }) => diskXml('vda', `${root}/a.qcow2`),
      /^XML error: target 'vda' duplicated for disk sources '.*a\.qcow2' and '.*a\.qcow2'$/,
    ],
    [
      'removable media on virtio',
      ({ root }) =>
        `<disk type='file' device='cdrom'><source file='${root}/a.qcow2'/><target dev='vdb' bus='virtio'/></disk>`,
      /^unsupported configuration: disk type of 'vdb' does not support ejectable media$/,
    ],
    ['another element', () => '<dixk/>', /^unsupported configuration: unknown device type 'dixk'$/],
  ])('refuses %s, and leaves nothing open', async (_, xml, text) => {
    const lab = makeLab()
    const connection = await lab.connect()
    const domain = await startDomain(connection, {
      more: acpi,
      devices: diskXml('vda', lab.image('a.qcow2', '8M')),
    })
    const nodes = async (): Promise<number> =>
      JSON.parse(unwrap(await domain.qemuMonitorCommand('{"execute":"query-named-block-nodes"}')))
        .return.length
    const before = await nodes()
    expect((await errorOf(domain.attachDevice(xml(lab)))).message).toMatch(text)
    expect(await nodes()).toBe(before)
    await destroyAll(connection)
  })

  it.each<[string, (domain: Domain) => VirResultAsync<unknown>, object]>([
    [
      'a disk that is not there',
      (domain) => domain.detachDevice(diskXml('vdz', '/x')),
      { code: ErrorNumber.DEVICE_MISSING, message: 'device not found: disk vdz not found' },
    ],
    [
      'an alias that is not there',
      (domain) => domain.detachDeviceAlias('nope'),
      {
        code: ErrorNumber.INTERNAL_ERROR,
        message: 'internal error: no device found with alias nope',
      },
    ],
    [
      'a drive',
      (domain) => domain.detachDevice(emptyCdrom),
      {
        code: ErrorNumber.OPERATION_UNSUPPORTED,
        message: "Operation not supported: disk device type 'cdrom' cannot be detached",
      },
    ],
  ])('does not remove %s', async (_, call, expected) => {
    const connection = await makeLab().connect()
    const domain = await startDomain(connection, { devices: emptyCdrom })
    expect(await errorOf(call(domain))).toMatchObject(expected)
    await destroyAll(connection)
  })

  it('changes what is in a drive', async () => {
    const lab = makeLab()
    const raw = lab.image('cd.raw', '1M', 'raw')
    const connection = await lab.connect()
    const domain = await startDomain(connection, { devices: emptyCdrom })
    // The firmware would use the drive at the same time.
    unwrap(await domain.suspend())
    const medium = `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${raw}'/><target dev='hdc' bus='ide'/></disk>`
    unwrap(await domain.updateDeviceFlags(medium, 1))
    expect(unwrap(await domain.getBlockInfo('hdc')).capacity).toBe(MiB)
    expect(unwrap(await domain.getXMLDesc())).toContain("index='2'")
    unwrap(await domain.updateDeviceFlags(emptyCdrom, 1))
    expect(unwrap(await domain.getXMLDesc())).not.toContain('tray')
    expect((await errorOf(domain.getBlockInfo('hdc'))).code).toBe(ErrorNumber.INVALID_ARG)
    await destroyAll(connection)
  })

  it('changes nothing else of what runs, and never drops what it is asked for', async () => {
    const lab = makeLab()
    const image = lab.image('a.qcow2', '8M')
    const [raw, other] = [lab.image('cd.raw', '1M', 'raw'), lab.image('other.raw', '2M', 'raw')]
    const medium = (path: string, more = ''): string =>
      `<disk type='file' device='cdrom'><source file='${path}'/><target dev='hdc' bus='ide'/>${more}</disk>`
    const connection = await lab.connect()
    const domain = await startDomain(connection, { devices: diskXml('vda', image) + medium(raw) })
    unwrap(await domain.suspend())
    const live = unwrap(await domain.getXMLDesc())
    const shown = [...live.matchAll(/<disk .*?<\/disk>/gs)].map(([disk]) => disk)
    expect(shown).toHaveLength(2)
    for (const disk of shown) unwrap(await domain.updateDeviceFlags(disk, 1))
    const serial = '<serial>S</serial>'
    const plain = diskXml('vda', image)
    const refused = [
      plain.replace('</disk>', `${serial}</disk>`),
      plain.replace("type='qcow2'", "type='qcow2' detect_zeroes='on'"),
      plain.replace('</disk>', "<address type='pci' slot='0x1e'/></disk>"),
      medium(other, serial),
    ]
    const texts = await Promise.all(
      refused.map(async (disk) => (await errorOf(domain.updateDeviceFlags(disk, 1))).message),
    )
    expect(texts).toStrictEqual(
      ['serial', 'detect_zeroes', 'address', 'serial'].map(
        (field) => `Operation not supported: cannot modify field '${field}' of the disk`,
      ),
    )
    expect(unwrap(await domain.getXMLDesc())).toBe(live)
    unwrap(await domain.updateDeviceFlags(plain.replace('<disk ', "<disk snapshot='no' "), 1))
    unwrap(await connection.close())
    const again = await lab.connect()
    const found = unwrap(await again.domainLookupByName('vm'))
    expect(unwrap(await found.getXMLDesc())).toContain("snapshot='no'")
    await destroyAll(again)
  })
})
