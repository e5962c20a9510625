/** The ports of character devices, and the console that is the first serial port under another name. @module */
import { err, ok } from 'neverthrow'
import { VirError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import type { CharacterDeviceTarget, DomainCharacterDeviceDef } from './character-device-def.ts'
import type { DomainDef, DomainDevices } from './domain-def.ts'
import { internalError, unsupported } from './domain-error.ts'

/** Completes all character devices; libvirt's `virDomainChrDefPostParse` and `virDomainDefAddConsoleCompat`. */
export function completeCharacterDevices(def: DomainDef): VirResult<DomainDevices> {
  const { devices } = def
  const isa = isaSerials(devices.serials)
  if (isa instanceof VirError) return err(isa)
  const serials = withPorts(isa)
  const consoles = withPorts(devices.consoles).map(asConsole)
  const parallels = withPorts(devices.parallels)
  const completed = { ...devices, serials, consoles, parallels }
  if (consoles.slice(1).some(({ target }) => target?.type === 'serial')) {
    return err(unsupported('Only the first console can be a serial port'))
  }
  return ok(def.os.type === 'hvm' ? withSerialConsole(completed) : completed)
}

/** How many ISA serial ports a machine has. */
const isaPorts = 4

/** Gives ISA serial ports without a number the first free one; libvirt's `virDomainChrIsaSerialDefPostParse`. */
function isaSerials(
  serials: readonly DomainCharacterDeviceDef[],
): readonly DomainCharacterDeviceDef[] | VirError {
  const used = new Set<number>()
  let count = 0
  for (const { target } of serials) {
    if (target?.type !== 'isa-serial') continue
    const { port } = target
    if (++count > isaPorts || (port ?? 0) >= isaPorts) {
      return internalError(`Maximum supported number of ISA serial ports is '${isaPorts}'`)
    }
    if (port === undefined) continue
    if (used.has(port)) return internalError(`target port '${port}' already allocated`)
    used.add(port)
  }
  return serials.map((device) => {
    if (device.target?.type !== 'isa-serial' || device.target.port !== undefined) return device
    let port = 0
    while (used.has(port)) port++
    used.add(port)
    return withTarget(device, { port })
  })
}

/** Numbers the devices without a port behind the others. */
function withPorts(
  devices: readonly DomainCharacterDeviceDef[],
): readonly DomainCharacterDeviceDef[] {
  let last = -1
  for (const { target } of devices) last = Math.max(last, target?.port ?? -1)
  return devices.map((device) =>
    device.target?.port === undefined ? withTarget(device, { port: ++last }) : device,
  )
}

function withTarget(
  device: DomainCharacterDeviceDef,
  target: CharacterDeviceTarget,
): DomainCharacterDeviceDef {
  return { ...device, target: { ...device.target, ...target } }
}

function asConsole(device: DomainCharacterDeviceDef): DomainCharacterDeviceDef {
  return device.target?.type === undefined ? withTarget(device, { type: 'serial' }) : device
}

function withSerialConsole(devices: DomainDevices): DomainDevices {
  const [firstConsole, ...others] = devices.consoles
  const [firstSerial] = devices.serials
  const isSerial = firstConsole?.target?.type === 'serial'
  if (isSerial) {
    const serial = firstSerial ?? serialOf(firstConsole)
    const serials = firstSerial === undefined ? [serial] : devices.serials
    return { ...devices, serials, consoles: [consoleOf(serial), ...others] }
  }
  if (firstSerial === undefined || !showsConsole(firstSerial)) return devices
  return { ...devices, consoles: [consoleOf(firstSerial), ...devices.consoles] }
}

const withConsole: ReadonlySet<string | undefined> = new Set([
  undefined,
  'isa-serial',
  'spapr-vio-serial',
  'system-serial',
  'sclp-serial',
])

function showsConsole({ target }: DomainCharacterDeviceDef): boolean {
  return withConsole.has(target?.type)
}

function serialOf(device: DomainCharacterDeviceDef): DomainCharacterDeviceDef {
  const { tty: _, ...serial } = device
  return { ...serial, target: { port: 0 } }
}

/** The console is written as a copy of the serial port. */
function consoleOf(serial: DomainCharacterDeviceDef): DomainCharacterDeviceDef {
  const path = serial.type === 'pty' ? serial.sources[0]?.path : undefined
  const port = serial.target?.port ?? 0
  return {
    ...serial,
    ...(path !== undefined && port === 0 && { tty: path }),
    target: { type: 'serial', port },
  }
}
