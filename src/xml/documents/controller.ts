/** `<controller>`: what devices sit on. @module */
import { element } from '../codec.ts'
import type { ElementCodec, Field } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { maxSigned, parseUnsignedUpTo } from '../integer.ts'
import { attributeError, oneOf, text } from '../values.ts'
import type { Value } from '../values.ts'
import { deviceFields } from './device.ts'
import type { DomainControllerDef } from './domain-def.ts'
import { unsupported } from './domain-error.ts'

const index: Value<number> = {
  read: (raw, place) =>
    parseUnsignedUpTo(raw, maxSigned) ??
    attributeError(
      `Invalid value for attribute '${place.attribute ?? ''}' in element '${place.element}': '${raw}'. ${
        /^\s*-\d+$/.test(raw) ? 'Expected non-negative value' : 'Expected integer value'
      }`,
    ),
  write: String,
}

const controllerTypes = [
  'ide',
  'fdc',
  'scsi',
  'sata',
  'virtio-serial',
  'ccid',
  'usb',
  'pci',
  'xenbus',
  'isa',
] as const

const models: Readonly<Record<string, readonly string[]>> = {
  ide: ['piix3', 'piix4', 'ich6'],
  scsi: [
    'auto',
    'buslogic',
    'lsilogic',
    'lsisas1068',
    'vmpvscsi',
    'ibmvscsi',
    'virtio-scsi',
    'lsisas1078',
    'virtio-transitional',
    'virtio-non-transitional',
    'ncr53c90',
    'dc390',
    'am53c974',
  ],
  'virtio-serial': ['virtio', 'virtio-transitional', 'virtio-non-transitional'],
  usb: [
    'piix3-uhci',
    'piix4-uhci',
    'ehci',
    'ich9-ehci1',
    'ich9-uhci1',
    'ich9-uhci2',
    'ich9-uhci3',
    'vt82c686b-uhci',
    'pci-ohci',
    'nec-xhci',
    'qusb1',
    'qusb2',
    'qemu-xhci',
    'none',
  ],
  pci: [
    'pci-root',
    'pcie-root',
    'pci-bridge',
    'dmi-to-pci-bridge',
    'pcie-to-pci-bridge',
    'pcie-root-port',
    'pcie-switch-upstream-port',
    'pcie-switch-downstream-port',
    'pci-expander-bus',
    'pcie-expander-bus',
  ],
}

const controller = fieldsOf<DomainControllerDef>()
const type = controller.attribute('type', 'type', oneOf(controllerTypes), { fallback: 'ide' })
const indexField = controller.attribute('index', 'index', index)
const model = controller.attribute('model', 'model', text)

const checkModel: Field<DomainControllerDef> = {
  attributes: [],
  children: [],
  read(source, draft) {
    const raw = source.attributes.get('model')
    return raw === undefined || models[draft.type ?? '']?.includes(raw)
      ? undefined
      : unsupported(`Unknown model type '${raw}'`)
  },
  write: () => undefined,
}

/** A controller. */
export const controllerCodec: ElementCodec<DomainControllerDef> = element<DomainControllerDef>(
  [
    type,
    indexField,
    model,
    controller.keepAttributes('ports', 'vectors', 'maxGrantFrames', 'maxEventChannels'),
    controller.keep('model', 'target', 'driver'),
    ...deviceFields.all,
    controller.keep('pcihole64'),
  ],
  { reading: [type, checkModel, model, indexField, ...deviceFields.reading] },
)
