/**
 * What is settled with a QEMU that has just been started, before its guest runs.
 *
 * @module
 */
import { ok, okAsync, safeTry } from 'neverthrow'
import type { VirResultAsync } from '../../errors/index.ts'
import {
  type ChardevInfo,
  migrateSetCapabilities,
  type QmpClient,
  queryBlock,
  queryChardev,
  queryIothreads,
  queryMigrateCapabilities,
  queryNamedBlockNodes,
  setAction,
  setPassword,
} from '../../qmp/index.ts'
import type { DomainCharacterDeviceDef, DomainDef } from '../../xml/index.ts'
import { monitored } from './qmp-error.ts'

/** Asks and tells what libvirt does; gives the definition with what QEMU has chosen. */
export function negotiate(monitor: QmpClient, def: DomainDef): VirResultAsync<DomainDef> {
  return safeTry(async function* () {
    const capabilities = yield* monitored(monitor.execute(queryMigrateCapabilities, {}))
    if (capabilities.some(({ capability }) => capability === 'events')) {
      const events = [{ capability: 'events', state: true }] as const
      yield* monitored(monitor.execute(migrateSetCapabilities, { capabilities: events }))
    }
    const complete = yield* withHostEnds(monitor, def)
    yield* monitored(monitor.execute(queryIothreads, {}))
    yield* monitored(monitor.execute(queryNamedBlockNodes, { flat: true }))
    yield* monitored(monitor.execute(queryBlock, {}))
    yield* setReboot(monitor, def)
    yield* setGraphicsPassword(monitor, def)
    return ok(complete)
  })
}

/** Shows the pseudo-terminals that QEMU has opened, and whether the guest has its ports open. */
export function withHostEnds(monitor: QmpClient, def: DomainDef): VirResultAsync<DomainDef> {
  return monitored(monitor.execute(queryChardev, {})).map((infos) => {
    const byLabel = new Map(infos.map((info) => [info.label, info]))
    const describe = (device: DomainCharacterDeviceDef): DomainCharacterDeviceDef =>
      withHostEnd(device, byLabel.get(`char${device.alias ?? ''}`))
    const { devices } = def
    return {
      ...def,
      devices: {
        ...devices,
        serials: devices.serials.map(describe),
        consoles: devices.consoles.map((console) => withTty(describe(console))),
        channels: devices.channels.map(describe),
      },
    }
  })
}

function withHostEnd(
  device: DomainCharacterDeviceDef,
  info: ChardevInfo | undefined,
): DomainCharacterDeviceDef {
  if (info === undefined) return device
  if (device.type === 'pty' && info.filename.startsWith('pty:')) {
    return { ...device, sources: [{ ...device.sources[0], path: info.filename.slice(4) }] }
  }
  if (device.target?.type !== 'virtio') return device
  const state = info['frontend-open'] ? 'connected' : 'disconnected'
  return { ...device, target: { ...device.target, state } }
}

function withTty(console: DomainCharacterDeviceDef): DomainCharacterDeviceDef {
  const path = console.type === 'pty' ? console.sources[0]?.path : undefined
  return path === undefined ? console : { ...console, tty: path }
}

/** A guest that reboots where it must not ends instead. */
function setReboot(monitor: QmpClient, def: DomainDef): VirResultAsync<void> {
  if (def.onReboot !== 'destroy') return okAsync(undefined)
  return monitored(monitor.execute(setAction, { reboot: 'shutdown' })).map(() => undefined)
}

function setGraphicsPassword(monitor: QmpClient, { devices }: DomainDef): VirResultAsync<void> {
  const password = devices.graphics[0]?.password
  if (password === undefined) return okAsync(undefined)
  return monitored(monitor.execute(setPassword, { protocol: 'vnc', password })).map(() => undefined)
}
