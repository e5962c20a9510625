/** Serial ports and channels: the host's end and the guest's. @module */
import { join } from 'node:path'
import type {
  CharacterDeviceSource,
  CharacterDeviceType,
  DomainCharacterDeviceDef,
  DomainDef,
} from '../../../xml/index.ts'
import type { RunPaths } from '../state/root-layout.ts'
import { optionValue, jsonArgument } from './device-json.ts'
import type { CommandContext } from './machine-context.ts'

/** The options for all serial ports. */
export function serialArguments({ def }: CommandContext): string[] {
  return def.devices.serials.flatMap((serial, index) => {
    const id = serial.alias ?? `serial${index}`
    return [
      ...chardev(`char${id}`, serial),
      '-device',
      jsonArgument({
        driver: 'isa-serial',
        chardev: `char${id}`,
        id,
        index: serial.target?.port ?? index,
      }),
    ]
  })
}

/** The options for all channels. */
export function channelArguments({ def }: CommandContext): string[] {
  return def.devices.channels.flatMap((channel, index) => {
    const id = channel.alias ?? `channel${index}`
    const { address, target } = channel
    const port = address?.type === 'virtio-serial' ? address : undefined
    return [
      ...chardev(`char${id}`, channel),
      '-device',
      jsonArgument({
        driver: 'virtserialport',
        bus: `virtio-serial${port?.controller ?? 0}.${port?.bus ?? 0}`,
        nr: port?.port ?? index + 1,
        chardev: `char${id}`,
        id,
        ...(target?.name !== undefined && { name: target.name }),
      }),
    ]
  })
}

/** Gives channels that name no socket one in the folder of the run. */
export function withSockets(def: DomainDef, { channels: folder }: RunPaths): DomainDef {
  const channels = def.devices.channels.map((channel) => {
    const [source, ...others] = channel.sources
    if (channel.type !== 'unix' || source?.path !== undefined) return channel
    const name = channel.target?.name ?? channel.alias ?? 'channel'
    const path = join(folder, name.replaceAll('/', '_'))
    return { ...channel, sources: [{ ...source, mode: 'bind' as const, path }, ...others] }
  })
  return { ...def, devices: { ...def.devices, channels } }
}

function chardev(id: string, device: DomainCharacterDeviceDef): string[] {
  return ['-chardev', `${backend(device)},id=${id}${hostEnd(device)}`]
}

const backends: Partial<Record<CharacterDeviceType, string>> = {
  unix: 'socket',
  tcp: 'socket',
  dev: 'serial',
}

function backend({ type }: DomainCharacterDeviceDef): string {
  return backends[type] ?? type
}

function hostEnd({ type, sources, protocol }: DomainCharacterDeviceDef): string {
  const [source = {}] = sources
  if (type === 'tcp') {
    const where = `,host=${source.host ?? '127.0.0.1'},port=${source.service ?? '0'}`
    return `${where}${protocol === 'telnet' ? ',telnet=on' : ''}${serverPart(source)}`
  }
  if (type === 'pty' || type === 'null') return ''
  const path = `,path=${optionValue(source.path ?? '')}`
  if (type === 'unix') return `${path}${serverPart(source)}`
  return type === 'file' ? `${path},append=${source.append === true ? 'on' : 'off'}` : path
}

function serverPart({ mode }: CharacterDeviceSource): string {
  return mode === 'bind' ? ',server=on,wait=off' : ''
}
