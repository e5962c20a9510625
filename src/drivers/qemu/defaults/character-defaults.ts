import type { DomainCharacterDeviceDef, DomainDevices } from '../../../xml/index.ts'
import { element } from '../state/status-element.ts'
import { keptChild, withKeptChild } from './rest.ts'

/** Says which kind of port each serial port is, and gives each virtio port its number. */
export function completeCharacterDevices({
  serials,
  channels,
}: DomainDevices): Pick<DomainDevices, 'serials' | 'channels'> {
  return { serials: serials.map(completeSerial), channels: numberPorts(channels) }
}

function completeSerial(serial: DomainCharacterDeviceDef): DomainCharacterDeviceDef {
  const target = { ...serial.target, type: serial.target?.type ?? 'isa-serial' }
  if (target.type !== 'isa-serial' || keptChild(target, 'model') !== undefined) {
    return { ...serial, target }
  }
  return { ...serial, target: withKeptChild(target, element('model', { name: 'isa-serial' })) }
}

/** Port 0 is the console's. */
function numberPorts(
  channels: readonly DomainCharacterDeviceDef[],
): readonly DomainCharacterDeviceDef[] {
  const used = new Set<string>()
  for (const { address } of channels) {
    if (address?.type === 'virtio-serial' && address.port > 0) {
      used.add(`${address.controller}:${address.port}`)
    }
  }
  return channels.map((channel) => {
    const { address, target } = channel
    if (target?.type !== 'virtio') return channel
    if (address?.type === 'virtio-serial' && address.port > 0) return channel
    const controller = address?.type === 'virtio-serial' ? address.controller : 0
    let port = 1
    while (used.has(`${controller}:${port}`)) port += 1
    used.add(`${controller}:${port}`)
    return { ...channel, address: { type: 'virtio-serial', controller, bus: 0, port } }
  })
}
