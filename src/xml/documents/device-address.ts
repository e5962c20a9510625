/** Where devices sit: `<address>`. @module */
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { ElementCodec, Field } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { onOff, oneOf, unsigned, unsignedLong } from '../values.ts'
import type { Value } from '../values.ts'
import type {
  CcwAddress,
  DeviceAddress,
  DriveAddress,
  OtherAddress,
  PciAddress,
  UsbAddress,
  VirtioSerialAddress,
} from './device-def.ts'
import { internalError, unsupported, xmlError } from './domain-error.ts'

const decimal = unsigned()

function typeField<T extends { readonly type: string }>(type: T['type'] & string): Field<T> {
  return {
    attributes: ['type'],
    children: [],
    read: (_source, draft) => {
      draft.type = type
      return undefined
    },
    write: (out) => out.attributes.set('type', type),
  }
}

const pci = fieldsOf<PciAddress>()

/** The numbers of a PCI address; all zero is an address that is yet to be chosen. */
const pciNumbers: readonly Field<PciAddress>[] = [
  pci.attribute('domain', 'domain', unsigned({ base: 0, hexDigits: 4 }), {
    fallback: 0,
    when: isChosen,
  }),
  pci.attribute('bus', 'bus', unsigned({ base: 0, hexDigits: 2 }), { fallback: 0, when: isChosen }),
  pci.attribute('slot', 'slot', unsigned({ base: 0, hexDigits: 2 }), {
    fallback: 0,
    when: isChosen,
  }),
  pci.attribute('function', 'function', unsigned({ base: 0, hexDigits: 1 }), {
    fallback: 0,
    when: isChosen,
  }),
]

function isChosen({ domain, bus, slot }: Pick<PciAddress, 'domain' | 'bus' | 'slot'>): boolean {
  return domain !== 0 || bus !== 0 || slot !== 0
}

function checkPci(address: {
  domain?: number
  bus?: number
  slot?: number
  function?: number
}): VirError | undefined {
  const { domain = 0, bus = 0, slot = 0 } = address
  if (!isChosen({ domain, bus, slot })) return undefined
  if (bus > 0xff) return invalidPci(`bus='0x${bus.toString(16)}', must be <= 0xFF`)
  if (slot > 0x1f) return invalidPci(`slot='0x${slot.toString(16)}', must be <= 0x1F`)
  const part = address.function ?? 0
  return part > 7 ? invalidPci(`function=0x${part.toString(16)}, must be <= 7`) : undefined
}

function invalidPci(detail: string): VirError {
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.NONE, `Invalid PCI address ${detail}`)
}

const pciCodec: ElementCodec<PciAddress> = element(
  [
    typeField('pci'),
    ...pciNumbers,
    pci.attribute('multifunction', 'multifunction', onOff),
    pci.keep('zpci'),
  ],
  { check: checkPci },
)

/** A PCI address without its type, as it stands in sources of disks. */
export const plainPciAddress: ElementCodec<PciAddress> = element(
  [
    {
      attributes: [],
      children: [],
      read: (_source, draft) => {
        draft.type = 'pci'
        return undefined
      },
      write: () => undefined,
    },
    ...pciNumbers,
  ],
  { check: checkPci },
)

const drive = fieldsOf<DriveAddress>()
const driveCodec: ElementCodec<DriveAddress> = element([
  typeField('drive'),
  drive.attribute('controller', 'controller', decimal, { fallback: 0 }),
  drive.attribute('bus', 'bus', decimal, { fallback: 0 }),
  drive.attribute('target', 'target', decimal, { fallback: 0 }),
  drive.attribute('unit', 'unit', decimal, { fallback: 0 }),
])

const virtioSerial = fieldsOf<VirtioSerialAddress>()
const virtioSerialCodec: ElementCodec<VirtioSerialAddress> = element([
  typeField('virtio-serial'),
  virtioSerial.attribute('controller', 'controller', decimal, { fallback: 0 }),
  virtioSerial.attribute('bus', 'bus', decimal, { fallback: 0 }),
  virtioSerial.attribute('port', 'port', decimal, { fallback: 0 }),
])

/** Up to four numbers between dots. */
const usbPort: Value<string> = {
  read: (raw) => {
    const port = /^\d{1,10}(?:\.\d{1,10}){0,3}$/.test(raw)
    return port ? raw : internalDevice("Cannot parse <address> 'port' attribute")
  },
  write: (value) => value,
}

const usb = fieldsOf<UsbAddress>()
const usbFields = {
  type: typeField<UsbAddress>('usb'),
  bus: usb.attribute('bus', 'bus', decimal, { fallback: 0 }),
  port: usb.attribute('port', 'port', usbPort),
}
const usbCodec: ElementCodec<UsbAddress> = element(
  [usbFields.type, usbFields.bus, usbFields.port],
  { reading: [usbFields.type, usbFields.port, usbFields.bus] },
)

const ccw = fieldsOf<CcwAddress>()
const ccwCodec: ElementCodec<CcwAddress> = element(
  [
    typeField('ccw'),
    ccw.attribute('cssid', 'cssid', unsigned({ base: 0, hexDigits: 1 })),
    ccw.attribute('ssid', 'ssid', unsigned({ base: 0, hexDigits: 1 })),
    ccw.attribute('devno', 'devno', unsigned({ base: 0, hexDigits: 4 })),
  ],
  { check: checkCcw },
)

function checkCcw(address: {
  cssid?: number
  ssid?: number
  devno?: number
}): VirError | undefined {
  const { cssid = 0, ssid = 0, devno = 0 } = address
  const given = [address.cssid, address.ssid, address.devno].filter((part) => part !== undefined)
  if (cssid > 254 || ssid > 3 || devno > 0xffff) {
    const hex = devno.toString(16).padStart(4, '0')
    return internalDevice(
      `Invalid specification for virtio ccw address: cssid='0x${cssid.toString(16)}' ssid='0x${ssid.toString(16)}' devno='0x${hex}'`,
    )
  }
  if (given.length !== 0 && given.length !== 3) {
    return internalDevice('Invalid partial specification for virtio ccw address')
  }
  Object.assign(address, { cssid, ssid, devno })
  return undefined
}

function internalDevice(detail: string): VirError {
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.DEVICE, detail)
}

const otherTypes: readonly OtherAddress['type'][] = [
  'ccid',
  'spapr-vio',
  'virtio-s390',
  'virtio-mmio',
  'isa',
  'dimm',
  'unassigned',
]
const other = fieldsOf<OtherAddress>()
const ofType = (
  type: OtherAddress['type'],
  fields: readonly Field<OtherAddress>[],
): Field<OtherAddress> => other.when((address) => address.type === type, fields)
const hex = { base: 16, zeroIsAbsent: true, hexDigits: 1 } as const

const otherCodec: ElementCodec<OtherAddress> = element([
  other.attribute(
    'type',
    'type',
    oneOf(otherTypes, { error: (raw) => unsupported(`unknown address type '${raw}'`) }),
  ),
  ofType('ccid', [
    other.attribute('controller', 'controller', decimal, { fallback: 0 }),
    other.attribute('slot', 'slot', decimal, { fallback: 0 }),
  ]),
  ofType('spapr-vio', [other.attribute('reg', 'reg', unsignedLong({ base: 16, hexDigits: 8 }))]),
  ofType('isa', [
    other.attribute('iobase', 'iobase', unsigned(hex)),
    other.attribute('irq', 'irq', unsigned(hex)),
  ]),
  ofType('dimm', [
    other.attribute('slot', 'slot', decimal, { required: true }),
    other.attribute('base', 'base', unsignedLong(hex)),
  ]),
])

/** Any address; its type says which. */
export const deviceAddress: ElementCodec<DeviceAddress> = {
  read(source, context) {
    const type = source.attributes.get('type')
    if (type === undefined) return internalError('No type specified for device address')
    if (type === 'virtio-s390') return xmlError("virtio-s390 bus doesn't have an address")
    switch (type) {
      case 'pci':
        return pciCodec.read(source, context)
      case 'drive':
        return driveCodec.read(source, context)
      case 'virtio-serial':
        return virtioSerialCodec.read(source, context)
      case 'usb':
        return usbCodec.read(source, context)
      case 'ccw':
        return ccwCodec.read(source, context)
      default:
        return otherCodec.read(source, context)
    }
  },
  write(name, address, context) {
    switch (address.type) {
      case 'pci':
        return pciCodec.write(name, address, context)
      case 'drive':
        return driveCodec.write(name, address, context)
      case 'virtio-serial':
        return virtioSerialCodec.write(name, address, context)
      case 'usb':
        return usbCodec.write(name, address, context)
      case 'ccw':
        return ccwCodec.write(name, address, context)
      case 'ccid':
      case 'spapr-vio':
      case 'virtio-s390':
      case 'virtio-mmio':
      case 'isa':
      case 'dimm':
      case 'unassigned':
        return otherCodec.write(name, address, context)
    }
  },
}
