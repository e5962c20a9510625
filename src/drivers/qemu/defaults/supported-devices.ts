import type { VirError } from '../../../errors/index.ts'
import type {
  DomainCharacterDeviceDef,
  DomainControllerDef,
  DomainGraphicsDef,
  DomainInterfaceDef,
  DomainOtherDeviceDef,
  OtherDeviceKind,
} from '../../../xml/index.ts'
import { configUnsupported } from './config-unsupported.ts'
import { modelOf } from './device-model.ts'
import { keptAttribute, keptChild } from './rest.ts'
import { firstError, refuseContent, refuseMember, refuseRest } from './unexpected.ts'

const controllerModels: Readonly<Record<string, readonly (string | undefined)[]>> = {
  usb: ['piix3-uhci', 'qemu-xhci', 'nec-xhci', 'none'],
  scsi: ['virtio-scsi', 'lsilogic'],
  sata: [undefined],
  ide: [undefined, 'piix3'],
  fdc: [undefined],
  'virtio-serial': [undefined, 'virtio'],
  pci: ['pci-root', 'pcie-root', 'pcie-root-port'],
}

/** Refuses a controller that this driver cannot plug. */
export function checkController(controller: DomainControllerDef): VirError | undefined {
  const { type, model, index = 0 } = controller
  const what = `controller '${type}' ${index}`
  if (controllerModels[type]?.includes(model) !== true) {
    return configUnsupported(`model '${model ?? ''}' of ${what} is not supported by this driver`)
  }
  const isOnce = type === 'ide' || type === 'fdc' || (type === 'sata' && index > 0)
  if (isOnce && index > 0) return configUnsupported(`${what} is not supported by this driver`)
  return firstError([
    () => refuseRest(controller, what, { children: allowedParts(controller) }),
    () =>
      refuseContent(keptChild(controller, 'driver'), `driver of ${what}`, {
        attributes: ['iothread', 'queues'],
      }),
  ])
}

function allowedParts({ type, model }: DomainControllerDef): readonly string[] {
  if (model === 'pcie-root-port') return ['model', 'target']
  return type === 'scsi' ? ['driver'] : []
}

const interfaceModels: ReadonlySet<string | undefined> = new Set([
  'virtio',
  'e1000',
  'e1000e',
  'rtl8139',
])

/** Refuses an interface that this driver cannot connect. */
export function checkInterface(nic: DomainInterfaceDef): VirError | undefined {
  const { type, model } = nic
  if (type !== 'user') {
    return configUnsupported(`interface type '${type}' is not supported by this driver`)
  }
  if (!interfaceModels.has(model)) {
    return configUnsupported(`interface model '${model}' is not supported by this driver`)
  }
  return firstError([
    () => refuseRest(nic, 'interface'),
    () => refuseMember(nic.mtu, 'mtu of an interface'),
  ])
}

const characterTypes: ReadonlySet<string> = new Set([
  'pty',
  'file',
  'null',
  'unix',
  'tcp',
  'pipe',
  'dev',
])

function checkCharacterDevice(
  device: DomainCharacterDeviceDef,
  what: string,
): VirError | undefined {
  const { type, protocol, sources } = device
  if (!characterTypes.has(type)) {
    return configUnsupported(`${what} of type '${type}' is not supported by this driver`)
  }
  return firstError([
    () => refuseRest(device, what),
    () =>
      protocol === undefined || protocol === 'raw' || protocol === 'telnet'
        ? undefined
        : configUnsupported(`protocol '${protocol}' of ${what} is not supported by this driver`),
    ...sources.map((source) => () => refuseRest(source, `source of ${what}`)),
    () =>
      sources.some(({ tls }) => tls === true)
        ? configUnsupported(`TLS of ${what} is not supported by this driver`)
        : undefined,
  ])
}

/** Refuses a serial port that this driver does not have. */
export function checkSerial(serial: DomainCharacterDeviceDef): VirError | undefined {
  const type = serial.target?.type ?? 'isa-serial'
  return firstError([
    () => checkCharacterDevice(serial, 'serial port'),
    () =>
      type === 'isa-serial'
        ? undefined
        : configUnsupported(`serial port target '${type}' is not supported by this driver`),
    () => refuseRest(serial.target, 'target of a serial port', { children: ['model'] }),
  ])
}

/** Refuses a channel that is no port of a virtio controller. */
export function checkChannel(channel: DomainCharacterDeviceDef): VirError | undefined {
  return firstError([
    () => checkCharacterDevice(channel, 'channel'),
    () =>
      channel.target?.type === 'virtio'
        ? undefined
        : configUnsupported(
            `channel target '${channel.target?.type}' is not supported by this driver`,
          ),
    () => refuseRest(channel.target, 'target of a channel'),
  ])
}

/** Refuses graphics other than VNC. */
export function checkGraphics(graphics: DomainGraphicsDef): VirError | undefined {
  if (graphics.type !== 'vnc') {
    return configUnsupported(`graphics type '${graphics.type}' is not supported by this driver`)
  }
  return firstError([
    () =>
      refuseRest(graphics, 'graphics', {
        attributes: ['keymap', 'sharePolicy'],
        children: ['listen'],
      }),
    () =>
      refuseContent(keptChild(graphics, 'listen'), 'listen of graphics', {
        attributes: ['type', 'address'],
      }),
    () =>
      (keptChild(graphics, 'listen')?.attributes.get('type') ?? 'address') === 'address'
        ? undefined
        : configUnsupported('only addresses to listen at are supported by this driver'),
  ])
}

const videoModels: ReadonlySet<string | undefined> = new Set(['cirrus', 'vga', 'virtio', 'none'])
const balloonModels: ReadonlySet<string | undefined> = new Set(['virtio', 'none'])

/** Refuses another device that this driver does not have. */
export function checkOther(device: DomainOtherDeviceDef): VirError | undefined {
  const check = otherChecks[device.kind]
  const isKnown = check?.isKnown(device) === true
  return isKnown
    ? check.parts(device)
    : configUnsupported(`device '${device.kind}' of this kind is not supported by this driver`)
}

interface OtherCheck {
  isKnown(device: DomainOtherDeviceDef): boolean
  /** Refuses what it holds beyond what is known. */
  parts(device: DomainOtherDeviceDef): VirError | undefined
}

const otherChecks: Partial<Record<OtherDeviceKind, OtherCheck>> = {
  input: {
    isKnown: (device) => keptAttribute(device, 'bus') === 'ps2' && device.type !== 'tablet',
    parts: (device) => refuseRest(device, 'input', { attributes: ['bus'] }),
  },
  audio: {
    isKnown: ({ type }) => type === 'none',
    parts: (device) => refuseRest(device, 'audio', { attributes: ['id'] }),
  },
  video: {
    isKnown: (device) => videoModels.has(modelOf(device)),
    parts: (device) =>
      firstError([
        () => refuseRest(device, 'video', { children: ['model'] }),
        () =>
          refuseContent(keptChild(device, 'model'), 'model of video', {
            attributes: ['type', 'vram', 'heads', 'primary'],
          }),
      ]),
  },
  memballoon: {
    isKnown: ({ model }) => balloonModels.has(model),
    parts: (device) => refuseRest(device, 'memballoon'),
  },
  rng: {
    isKnown: ({ model }) => model === 'virtio',
    parts: (device) =>
      firstError([
        () => refuseRest(device, 'rng', { children: ['backend'] }),
        () =>
          refuseContent(keptChild(device, 'backend'), 'backend of rng', { attributes: ['model'] }),
        () =>
          keptChild(device, 'backend')?.attributes.get('model') === 'random'
            ? undefined
            : configUnsupported('only random backends of rng are supported by this driver'),
      ]),
  },
}
