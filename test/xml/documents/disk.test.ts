import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDisk, parseDisk } from '../../../src/xml/documents/disk-document.ts'
import {
  addDisk,
  diskFormat,
  diskSourceName,
  findDisk,
  isDiskEmpty,
  removeDisk,
  replaceDisk,
} from '../../../src/xml/documents/disk-find.ts'
import { diskNameIndex } from '../../../src/xml/documents/disk-name.ts'
import type { DomainDef } from '../../../src/xml/documents/domain-def.ts'
import { parseDomain } from '../../../src/xml/documents/domain.ts'
import { disk } from './domain-arbitraries.ts'

const cdrom = "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>"
const remote =
  "<disk type='network'><source protocol='rbd' name='pool/image'/><target dev='vdb'/></disk>"
const file = "<disk><driver type='qcow2'/><source file='/a'/><target dev='vda'/></disk>"

function domainOf(...disks: readonly string[]): DomainDef {
  return parseDomain(
    `<domain type='test'><name>d</name><memory>1</memory><os><type>hvm</type></os><devices>${disks.join('')}</devices></domain>`,
  )._unsafeUnwrap()
}

function devs(def: DomainDef): string[] {
  return def.devices.disks.map(({ target }) => target.dev)
}

describe('parseDisk and formatDisk', () => {
  it('read back any disk that they write', () => {
    fc.assert(
      fc.property(disk('vda'), (def) => {
        expect(parseDisk(formatDisk(def))._unsafeUnwrap()).toStrictEqual(def)
      }),
    )
  })

  it('completes and checks as for a domain', () => {
    const text = formatDisk(parseDisk(cdrom)._unsafeUnwrap())
    expect(text).toBe(`<disk type='file' device='cdrom'>
  <target dev='sda' bus='sata'/>
  <readonly/>
  <address type='drive' controller='0' bus='0' target='0' unit='0'/>
</disk>
`)
    expect(parseDisk("<disk><target dev='vda'/></disk>")._unsafeUnwrapErr().message).toBe(
      'missing source information for device vda',
    )
  })

  it('refuses another element', () => {
    expect(parseDisk('<foo/>')._unsafeUnwrapErr().message).toBe(
      "unsupported configuration: unknown device type 'foo'",
    )
  })
})

describe('the disks of a domain', () => {
  const def = domainOf(remote, file, cdrom)

  it('are in the order of their names, bus by bus', () => {
    expect(devs(domainOf(remote, file))).toStrictEqual(['vda', 'vdb'])
    expect(devs(def)).toStrictEqual(['vda', 'vdb', 'sda'])
  })

  it('are found by target and by path', () => {
    expect(findDisk(def, 'vda')?.source?.path).toBe('/a')
    expect(findDisk(def, '/a')?.target.dev).toBe('vda')
    expect(findDisk(def, '/b')).toBeUndefined()
    expect(findDisk(def, 'a')).toBeUndefined()
  })

  it('have a format, a source or none', () => {
    const [one, two, three] = def.devices.disks
    if (!one || !two || !three) throw new Error('three disks')
    expect([one, two, three].map(isDiskEmpty)).toStrictEqual([false, false, true])
    expect([one, two, three].map(diskFormat)).toStrictEqual(['qcow2', 'raw', 'raw'])
    expect([one, two, three].map(diskSourceName)).toStrictEqual(['/a', 'image', undefined])
  })

  it('are added in their place, replaced and removed', () => {
    const added = parseDisk(file.replace('vda', 'vdaa'))._unsafeUnwrap()
    const more = addDisk(def, added)
    expect(devs(more)).toStrictEqual(['vda', 'vdb', 'vdaa', 'sda'])
    expect(devs(removeDisk(more, 'vdb'))).toStrictEqual(['vda', 'vdaa', 'sda'])
    const source = { type: 'file' as const, path: '/c' }
    expect(findDisk(replaceDisk(more, { ...added, source }), '/c')?.target.dev).toBe('vdaa')
    expect(devs(def)).toHaveLength(3)
  })
})

describe('diskNameIndex', () => {
  it.each([
    ['vda', 0],
    ['vdz', 25],
    ['vdaa', 26],
    ['xvdb', 1],
    ['hdc1', 2],
    ['vd', undefined],
    ['vdA', undefined],
    ['foo', undefined],
    ['', undefined],
    ['vda1b', undefined],
  ])('takes %j for %s', (name, index) => {
    expect(diskNameIndex(name)).toBe(index)
  })
})
