import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withQemuDefaults } from '../../../../src/drivers/qemu/defaults/qemu-defaults.ts'
import { checkSupported } from '../../../../src/drivers/qemu/defaults/supported.ts'
import { type DomainDef, formatDomain } from '../../../../src/xml/index.ts'
import { binary, complete } from '../binary.ts'

function domainXml(machine: string, devices: string): string {
  return `<domain type='qemu'><name>vm</name><memory>65536</memory><os><type machine='${machine}'>hvm</type></os><devices>${devices}</devices></domain>`
}

/** Some of what may be plugged into each kind of machine, as XML. */
const common = [
  "<controller type='scsi' model='virtio-scsi'/>",
  "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>",
  "<interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/><address type='pci' domain='0' bus='0' slot='7' function='0'/></interface>",
  "<channel type='unix'><target type='virtio' name='a'/></channel>",
  "<graphics type='vnc'/>",
  "<memballoon model='none'/>",
  "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
  "<video><model type='virtio'/></video>",
  "<serial type='null'/>",
]
const forQ35 = [...common, "<controller type='pci' model='pcie-root-port'/>"]

function devicesArbitrary(pool: readonly string[]): fc.Arbitrary<string> {
  const disks = fc
    .nat({ max: 12 })
    .map((count) =>
      Array.from(
        { length: count },
        (_, index) =>
          `<disk type='file'><source file='/d${index}'/><target dev='vd${String.fromCodePoint(97 + index)}' bus='virtio'/></disk>`,
      ).join(''),
    )
  return fc.tuple(disks, fc.subarray([...pool])).map(([some, others]) => some + others.join(''))
}

/** Where all PCI devices sit. */
function places({ devices }: DomainDef): string[] {
  const { disks, controllers, interfaces, others } = devices
  return [...disks, ...controllers, ...interfaces, ...others].flatMap(({ address }) =>
    address?.type === 'pci' ? [`${address.bus}:${address.slot}.${address.function}`] : [],
  )
}

describe.each([
  ['pc', common],
  ['q35', forQ35],
])('a machine of type %s', (machine, pool) => {
  it('has each device in a place of its own', () => {
    fc.assert(
      fc.property(devicesArbitrary(pool), (devices) => {
        const def = complete(domainXml(machine, devices))._unsafeUnwrap()
        const all = places(def)
        expect(new Set(all).size).toBe(all.length)
        for (const { target, address } of def.devices.disks) {
          expect([target.dev, address?.type]).toStrictEqual([target.dev, 'pci'])
        }
        expect(checkSupported(def).isOk()).toBe(true)
      }),
    )
  })

  it('has every device on a bus that there is', () => {
    fc.assert(
      fc.property(devicesArbitrary(pool), (devices) => {
        const { controllers } = complete(domainXml(machine, devices))._unsafeUnwrap().devices
        const buses = new Set(
          controllers.filter(({ type }) => type === 'pci').map(({ index }) => String(index)),
        )
        const def = complete(domainXml(machine, devices))._unsafeUnwrap()
        for (const place of places(def)) expect(buses).toContain(place.split(':')[0])
      }),
    )
  })

  it('is complete once it has been completed', () => {
    fc.assert(
      fc.property(devicesArbitrary(pool), (devices) => {
        const def = complete(domainXml(machine, devices))._unsafeUnwrap()
        const again = withQemuDefaults(def, binary)._unsafeUnwrap()
        expect(formatDomain(again)).toBe(formatDomain(def))
        const text = formatDomain(def)
        expect(formatDomain(complete(text)._unsafeUnwrap())).toBe(text)
      }),
    )
  })
})

describe('a machine with PCI Express', () => {
  it('keeps one port free for a device that is plugged later', () => {
    fc.assert(
      fc.property(devicesArbitrary(forQ35), (devices) => {
        const def = complete(domainXml('q35', devices))._unsafeUnwrap()
        const taken = new Set(places(def).map((place) => place.split(':')[0]))
        const ports = def.devices.controllers.filter(({ model }) => model === 'pcie-root-port')
        expect(ports.some(({ index }) => !taken.has(String(index)))).toBe(true)
      }),
    )
  })
})

describe('a definition that does not fit', () => {
  it.each([
    [
      'two devices in one place',
      "<interface type='user'><mac address='52:54:00:00:00:01'/><address type='pci' domain='0' bus='0' slot='5' function='0'/></interface><memballoon model='virtio'><address type='pci' domain='0' bus='0' slot='5' function='0'/></memballoon>",
      'XML error: Attempted double use of PCI Address 0000:00:05.0',
    ],
    [
      'another PCI domain',
      "<memballoon model='virtio'><address type='pci' domain='1' bus='0' slot='5' function='0'/></memballoon>",
      'unsupported configuration: PCI domains are not supported',
    ],
  ])('is refused: %s', (_, devices, message) => {
    expect(complete(domainXml('pc', devices))._unsafeUnwrapErr().message).toBe(message)
  })

  it('has no more devices than places', () => {
    const rng = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
    expect(complete(domainXml('pc', rng.repeat(40)))._unsafeUnwrapErr().message).toBe(
      'internal error: No more available PCI slots',
    )
  })

  it('is refused where the machine cannot be laid out', () => {
    expect(complete(domainXml('microvm', ''))._unsafeUnwrapErr().message).toBe(
      "unsupported configuration: machine type 'microvm' is not supported",
    )
  })
})
