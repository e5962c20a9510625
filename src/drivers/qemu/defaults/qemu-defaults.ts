/** What libvirt's QEMU driver adds to a definition; its `qemuDomainDefPostParse` and what follows. @module */
import { err, ok } from 'neverthrow'
import type { VirResult } from '../../../errors/index.ts'
import type { DomainDef, DomainDevices, DomainGraphicsDef, XmlElement } from '../../../xml/index.ts'
import type { QemuBinary } from '../process/qemu-binaries.ts'
import { element } from '../state/status-element.ts'
import { completeCharacterDevices } from './character-defaults.ts'
import { configUnsupported } from './config-unsupported.ts'
import { withImpliedControllers } from './controller-defaults.ts'
import { withCpu } from './cpu-defaults.ts'
import { completeDisk } from './disk-defaults.ts'
import { machineKind, type MachineKind } from './machine-kind.ts'
import { assignPciAddresses } from './pci-addresses.ts'
import { keptChild } from './rest.ts'

/**
 * Completes a definition: machine and processor, the devices that every machine has, and the places of all devices.
 *
 * A complete definition comes back equal.
 *
 * @errors CONFIG_UNSUPPORTED for a machine that the program does not emulate or that this driver cannot lay out
 */
export function withQemuDefaults(given: DomainDef, binary: QemuBinary): VirResult<DomainDef> {
  return withMachine(given, binary).andThen(({ def, kind }) => {
    const { devices } = def
    const complete: DomainDevices = {
      ...devices,
      emulator: binary.path,
      disks: devices.disks.map(completeDisk),
      controllers: withImpliedControllers(devices.controllers, kind),
      interfaces: devices.interfaces.map((nic) => ({ ...nic, model: nic.model ?? 'rtl8139' })),
      ...completeCharacterDevices(devices),
      graphics: devices.graphics.map(completeGraphics),
    }
    return assignPciAddresses(withOthers(withCpu({ ...def, devices: complete })), kind)
  })
}

function withMachine(
  given: DomainDef,
  binary: QemuBinary,
): VirResult<{ readonly def: DomainDef; readonly kind: MachineKind }> {
  const wanted = given.os.machine ?? 'pc'
  const machine = binary.machines.find(({ name, alias }) => name === wanted || alias === wanted)
  if (machine === undefined) {
    const detail = `Emulator '${binary.path}' does not support machine type '${wanted}'`
    return err(configUnsupported(detail))
  }
  const def = { ...given, os: { ...given.os, machine: machine.name } }
  const kind = machineKind(def)
  if (kind === undefined) {
    return err(configUnsupported(`machine type '${machine.name}' is not supported`))
  }
  return given.vcpus.maximum > machine.maxCpus
    ? err(
        configUnsupported(
          `Maximum CPUs greater than specified machine type limit ${machine.maxCpus}`,
        ),
      )
    : ok({ def, kind })
}

/** Without a port, one is chosen at the start; without an address, the one of the settings. */
function completeGraphics(graphics: DomainGraphicsDef): DomainGraphicsDef {
  const isChosen = graphics.port !== undefined && graphics.port > 0 && graphics.autoport !== true
  const address = keptChild(graphics, 'listen') ?? listenAt(graphics.listen)
  const others = (graphics.rest?.children ?? []).filter(({ node }) => node.name !== 'listen')
  return {
    ...graphics,
    port: isChosen ? graphics.port : -1,
    autoport: !isChosen,
    rest: {
      ...graphics.rest,
      children: [{ node: address, after: 'listen', count: 0 }, ...others],
    },
  }
}

function listenAt(address: string | undefined): XmlElement {
  return element('listen', { type: 'address', ...(address !== undefined && { address }) })
}

/** The devices that every machine has, unless the definition says otherwise. */
function withOthers(def: DomainDef): DomainDef {
  const { devices } = def
  const has = (kind: string, attribute?: string): boolean =>
    devices.others.some(
      (device) => device.kind === kind && (attribute === undefined || device.type === attribute),
    )
  const added: DomainDevices['others'][number][] = [
    ...(hasPs2(devices, 'mouse') ? [] : [ps2Input('mouse')]),
    ...(hasPs2(devices, 'keyboard') ? [] : [ps2Input('keyboard')]),
    ...(has('audio') ? [] : [noAudio]),
    ...(has('video') || devices.graphics.length === 0 ? [] : [defaultVideo]),
    ...(has('memballoon') ? [] : [{ kind: 'memballoon' as const, model: 'virtio' }]),
  ]
  const all = [...devices.others, ...added]
  const primary = all.find(({ kind }) => kind === 'video')
  const others = all.map((device) => completeVideo(device, device === primary))
  return { ...def, devices: { ...devices, others } }
}

function ps2Input(type: string): DomainDevices['others'][number] {
  const bus = { name: 'bus', value: 'ps2', after: 'type' }
  return { kind: 'input', type, rest: { attributes: [bus] } }
}

function hasPs2({ others }: DomainDevices, type: string): boolean {
  return others.some(
    (device) =>
      device.kind === 'input' &&
      device.type === type &&
      device.rest?.attributes?.some(({ name, value }) => name === 'bus' && value === 'ps2') ===
        true,
  )
}

const noAudio: DomainDevices['others'][number] = {
  kind: 'audio',
  type: 'none',
  rest: { attributes: [{ name: 'id', value: '1' }] },
}

const defaultVideo: DomainDevices['others'][number] = {
  kind: 'video',
  rest: { children: [{ node: element('model', { type: 'cirrus' }), count: 0 }] },
}

/** What libvirt says of each kind of video; the first device is the one that firmware uses. */
const videoDefaults: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  cirrus: [
    ['vram', '16384'],
    ['heads', '1'],
  ],
  vga: [
    ['vram', '16384'],
    ['heads', '1'],
  ],
  virtio: [['heads', '1']],
}

function completeVideo(
  device: DomainDevices['others'][number],
  isPrimary: boolean,
): DomainDevices['others'][number] {
  const model = keptChild(device, 'model')
  const type = model?.attributes.get('type') ?? 'cirrus'
  const defaults = videoDefaults[type]
  if (device.kind !== 'video' || defaults === undefined) return device
  const given = model?.attributes ?? new Map<string, string>()
  const primary: [string, string][] = isPrimary ? [['primary', 'yes']] : []
  const attributes = new Map([
    ['type', type] as const,
    ...defaults.map(([name, value]) => [name, given.get(name) ?? value] as const),
    ...primary,
    ...given,
  ])
  const children = (device.rest?.children ?? []).filter(({ node }) => node.name !== 'model')
  const complete = { ...element('model', {}, model?.children ?? []), attributes }
  return {
    ...device,
    rest: { ...device.rest, children: [{ node: complete, count: 0 }, ...children] },
  }
}
