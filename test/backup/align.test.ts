import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alignBackup } from '../../src/backup/index.ts'
import { ErrorDomain, ErrorNumber } from '../../src/errors/index.ts'
import {
  type DomainBackupDef,
  type DomainBackupDiskDef,
  parseDomainBackup,
} from '../../src/xml/index.ts'
import { disk, domainOf } from '../checkpoint/fake-domain.ts'

const block = `<disk type='block' device='disk'><driver name='qemu' type='raw'/>
  <source dev='/dev/sdx'/><target dev='vdd' bus='virtio'/></disk>`
const emptyDrive = `<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>`
const { disks } = domainOf(
  disk('vda'),
  disk('vdb', '', 'raw'),
  disk('vdc', '<readonly/>'),
  emptyDrive,
).devices
const noPath = `<disk type='file' device='cdrom'><source startupPolicy='optional'/>
  <target dev='hdc' bus='ide'/></disk>`
const { disks: withoutPath } = domainOf(disk('vda'), noPath).devices
const { disks: withBlock } = domainOf(disk('vda'), block).devices

function read(xml: string): DomainBackupDef {
  return parseDomainBackup(xml)._unsafeUnwrap()
}

function aligned(xml: string, domainDisks = disks): readonly DomainBackupDiskDef[] {
  return alignBackup(read(xml), domainDisks, 'S')._unsafeUnwrap().disks
}

describe('alignment of a backup that lists no disks', () => {
  it('takes all writable disks with media, under generated names', () => {
    expect(aligned('<domainbackup/>')).toEqual([
      {
        name: 'vda',
        backup: true,
        type: 'file',
        backupMode: 'full',
        format: 'qcow2',
        store: { path: '/vm/vda.qcow2.S' },
      },
      {
        name: 'vdb',
        backup: true,
        type: 'file',
        backupMode: 'full',
        format: 'qcow2',
        store: { path: '/vm/vdb.raw.S' },
      },
      { name: 'vdc', backup: false },
      { name: 'sda', backup: false },
    ])
  })

  it('leaves out a drive whose source has no path', () => {
    expect(aligned('<domainbackup/>', withoutPath)[1]).toEqual({ name: 'hdc', backup: false })
  })

  it('makes all of them incremental when the backup is', () => {
    const all = aligned('<domainbackup><incremental>c1</incremental></domainbackup>')
    expect(all.map(({ backupMode, incremental }) => [backupMode, incremental])).toEqual([
      ['incremental', 'c1'],
      ['incremental', 'c1'],
      [undefined, undefined],
      [undefined, undefined],
    ])
  })
})

describe('alignment of a backup that lists disks', () => {
  // Backup XML format, first example.
  it('generates a name where nothing is said, and leaves out what is not listed', () => {
    const example = aligned(`<domainbackup><disks>
      <disk name='vdb' backup='yes' type='file'><target file='/path/to/vdb.backup'/><driver type='raw'/></disk>
      <disk name='vda' backup='yes'/>
      <disk name='sda' backup='no'/>
    </disks></domainbackup>`)
    expect(example).toEqual([
      {
        name: 'vdb',
        backup: true,
        type: 'file',
        backupMode: 'full',
        format: 'raw',
        store: { path: '/path/to/vdb.backup' },
      },
      {
        name: 'vda',
        backup: true,
        type: 'file',
        backupMode: 'full',
        format: 'qcow2',
        store: { path: '/vm/vda.qcow2.S' },
      },
      { name: 'sda', backup: false },
      { name: 'vdc', backup: false },
    ])
  })

  it('takes readonly disks that are listed', () => {
    const [first] = aligned(
      "<domainbackup><disks><disk name='vdc' backup='yes'/></disks></domainbackup>",
    )
    expect(first).toMatchObject({ name: 'vdc', backup: true })
  })

  it.each([
    ["<disk name='vda' backup='yes'/>", 'top', 'incremental', 'top'],
    ["<disk name='vda' backup='yes' backupmode='full'/>", 'top', 'full', undefined],
    ["<disk name='vda' backup='yes' backupmode='incremental'/>", 'top', 'incremental', 'top'],
    ["<disk name='vda' backup='yes' incremental='own'/>", 'top', 'incremental', 'own'],
    [
      "<disk name='vda' backup='yes' backupmode='incremental' incremental='own'/>",
      '',
      'incremental',
      'own',
    ],
    ["<disk name='vda' backup='yes' incremental='own'/>", '', 'incremental', 'own'],
    ["<disk name='vda' backup='yes'/>", '', 'full', undefined],
  ])('reads %s under <incremental>%s as %s since %s', (element, top, mode, since) => {
    const [first] = aligned(
      `<domainbackup><incremental>${top}</incremental><disks>${element}</disks></domainbackup>`,
    )
    expect([first?.backupMode, first?.incremental]).toEqual([mode, since])
  })
})

describe('alignment of a pull backup', () => {
  it('generates scratch files, and keeps the names of export and bitmap', () => {
    const [first, second] =
      aligned(`<domainbackup mode='pull'><server transport='unix' socket='/s'/>
      <disks><disk name='vda' backup='yes' exportname='' exportbitmap='x'/><disk name='vdb' backup='yes' type='file'>
      <scratch file='/tmp/scratch'/></disk></disks></domainbackup>`)
    expect(first).toMatchObject({
      exportName: '',
      exportBitmap: 'x',
      store: { path: '/vm/vda.qcow2.S' },
    })
    expect(second).toMatchObject({ store: { path: '/tmp/scratch' }, format: 'qcow2' })
  })
})

describe('alignment', () => {
  const list = (...elements: string[]): string =>
    `<domainbackup><disks>${elements.join('')}</disks></domainbackup>`
  it.each([
    [list("<disk name='vdz' backup='yes'/>"), disks, "no disk named 'vdz'"],
    [
      list("<disk name='vda' backup='yes'/>", "<disk name='vda' backup='yes'/>"),
      disks,
      "disk 'vda' specified twice",
    ],
    [
      list("<disk name='vda' backup='no'/>", "<disk name='vda' backup='no'/>"),
      disks,
      "disk 'vda' specified twice",
    ],
    [
      list("<disk name='vda' backup='yes' backupmode='incremental'/>"),
      disks,
      "'incremental' backup mode of disk 'vda' requires setting 'incremental' field for disk or backup",
    ],
    [list("<disk name='sda' backup='yes'/>"), disks, "disk 'sda' has no media"],
    [
      list("<disk name='sda' backup='yes' type='file'><target file='/x'/></disk>"),
      disks,
      "disk 'sda' has no media",
    ],
    [list("<disk name='hdc' backup='yes'/>"), withoutPath, "disk 'hdc' has no media"],
    ['<domainbackup/>', withBlock, "refusing to generate file name for disk 'vdd'"],
    [
      list("<disk name='vdd' backup='yes'/>"),
      withBlock,
      "refusing to generate file name for disk 'vdd'",
    ],
    [
      list("<disk name='vda' backup='yes' type='block'/>"),
      disks,
      "refusing to generate file name for disk 'vda'",
    ],
    ['<domainbackup/>', [], 'domain must have at least one disk to perform backup'],
  ])('refuses %s', (xml, domainDisks, detail) => {
    const error = alignBackup(read(xml), domainDisks, 'S')._unsafeUnwrapErr()
    expect([error.code, error.domain, error.message]).toEqual([
      ErrorNumber.CONFIG_UNSUPPORTED,
      ErrorDomain.DOMAIN,
      `unsupported configuration: ${detail}`,
    ])
  })

  it('changes nothing that is aligned already', () => {
    const names = fc.subarray(['vda', 'vdb', 'vdc'])
    const request = fc.record(
      {
        backup: fc.constant(true),
        backupMode: fc.constantFrom('full' as const),
        incremental: fc.constantFrom('c1', 'c2'),
        store: fc.constant({ path: '/x' }),
        format: fc.constantFrom('raw', 'qcow2'),
      },
      { requiredKeys: ['backup'], noNullPrototype: true },
    )
    fc.assert(
      fc.property(names, request, fc.boolean(), (listed, common, incremental) => {
        const def: DomainBackupDef = {
          mode: 'push',
          ...(incremental && { incremental: 'top' }),
          ...(listed.length > 0 && { disks: listed.map((name) => ({ name, ...common })) }),
        }
        const once = alignBackup(def, disks, 'S')._unsafeUnwrap()
        expect(alignBackup(once, disks, 'another')._unsafeUnwrap()).toEqual(once)
        expect(once.disks.map(({ name }) => name).toSorted()).toEqual(['sda', 'vda', 'vdb', 'vdc'])
      }),
    )
  })
})
