/**
 * What QEMU reports of devices, as libvirt's events.
 *
 * @module
 */
import {
  ConnectDomainEventAgentLifecycleReason,
  ConnectDomainEventAgentLifecycleState,
  DomainEventIOErrorAction,
  DomainEventTrayChangeReason,
  DomainPausedReason,
} from '../../constants/index.ts'
import type {
  BlockIoErrorEvent,
  BlockWriteThresholdEvent,
  DeviceTrayMovedEvent,
  QmpClient,
  VserportChangeEvent,
} from '../../qmp/index.ts'
import { cpusStopped, noteState } from './cpu-state.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { diskRemoved } from './hot-plug.ts'
import { setLiveDisk } from './live-disk.ts'
import type { QemuDisk } from './storage/disk-layer.ts'

/** Reports what happens to the devices of a domain. */
export function reportDeviceEvents(host: QemuHost, domain: QemuDomain, monitor: QmpClient): void {
  monitor.on('BLOCK_IO_ERROR', ({ data }) => ioError(host, domain, data))
  monitor.on('BLOCK_WRITE_THRESHOLD', ({ data }) => thresholdPassed(host, domain, data))
  monitor.on('DEVICE_TRAY_MOVED', ({ data }) => trayMoved(host, domain, data))
  monitor.on('DEVICE_DELETED', ({ data }) => {
    const { running } = domain
    // What is inside of a virtio device has no name, and is reported too.
    if (running === undefined || data.device === undefined) return
    void diskRemoved(host, domain, running, data.device)
  })
  monitor.on('DEVICE_UNPLUG_GUEST_ERROR', ({ data }) => {
    if (data.device === undefined) return
    host.events.emit('deviceRemovalFailed', { domain: domain.ref, devAlias: data.device })
    domain.running?.removals.get(data.device)?.()
  })
  monitor.on('VSERPORT_CHANGE', ({ data }) => portChanged(host, domain, data))
  monitor.on('BALLOON_CHANGE', ({ data }) => {
    const actual = Math.floor(Number(data.actual) / 1024)
    domain.definition = { ...domain.definition, currentMemoryKiB: actual }
    host.events.emit('balloonChange', { domain: domain.ref, actual })
  })
  monitor.on('RTC_CHANGE', ({ data }) =>
    host.events.emit('rtcChange', { domain: domain.ref, utcoffset: Number(data.offset) }),
  )
}

/** QEMU names the device by its id, or by the path of what is inside of it. */
function findDevice(domain: QemuDomain, name: string, node?: string): QemuDisk | undefined {
  return [...(domain.running?.disks.values() ?? [])].find(
    ({ alias, qomName, layers }) =>
      name === alias ||
      name === qomName ||
      name === `/machine/peripheral/${alias}` ||
      (node !== undefined && layers.some(({ formatNode }) => formatNode === node)),
  )
}

const ioErrorActions: Readonly<Record<string, DomainEventIOErrorAction>> = {
  ignore: DomainEventIOErrorAction.NONE,
  stop: DomainEventIOErrorAction.PAUSE,
  report: DomainEventIOErrorAction.REPORT,
}

function ioError(host: QemuHost, domain: QemuDomain, data: BlockIoErrorEvent): void {
  const { running } = domain
  const disk = findDevice(domain, data.device, data['node-name'])
  const action = ioErrorActions[data.action] ?? DomainEventIOErrorAction.NONE
  const event = {
    domain: domain.ref,
    srcPath: disk?.layers[0]?.source.path ?? '',
    devAlias: disk?.alias ?? '',
    action,
  }
  host.events.emit('ioError', event)
  host.events.emit('ioErrorReason', { ...event, reason: data.nospace === true ? 'enospc' : '' })
  if (action !== DomainEventIOErrorAction.PAUSE || running === undefined) return
  running.pausedReason = DomainPausedReason.IOERROR
  cpusStopped(host, domain, running)
}

function thresholdPassed(host: QemuHost, domain: QemuDomain, data: BlockWriteThresholdEvent): void {
  const { running } = domain
  const node = data['node-name']
  for (const { def, layers } of running?.disks.values() ?? []) {
    const depth = layers.findIndex(
      ({ storageNode, formatNode }) => storageNode === node || formatNode === node,
    )
    const layer = layers[depth]
    if (layer === undefined) continue
    const { dev } = def.target
    const isPlain = depth === 0 && running?.indexedThresholds.has(node) !== true
    host.events.emit('blockThreshold', {
      domain: domain.ref,
      dev: isPlain ? dev : `${dev}[${layer.source.index ?? 0}]`,
      ...(layer.source.path !== undefined && { path: layer.source.path }),
      threshold: Number(data['write-threshold']),
      excess: Number(data['amount-exceeded']),
    })
  }
}

function trayMoved(host: QemuHost, domain: QemuDomain, data: DeviceTrayMovedEvent): void {
  const disk = findDevice(domain, data.id === '' ? data.device : data.id)
  if (disk === undefined) return
  const isOpen = data['tray-open']
  const tray = isOpen ? 'open' : 'closed'
  setLiveDisk(domain, { ...disk, def: { ...disk.def, target: { ...disk.def.target, tray } } })
  host.events.emit('trayChange', {
    domain: domain.ref,
    devAlias: disk.alias,
    reason: isOpen ? DomainEventTrayChangeReason.OPEN : DomainEventTrayChangeReason.CLOSE,
  })
}

function portChanged(host: QemuHost, domain: QemuDomain, data: VserportChangeEvent): void {
  const { definition, running } = domain
  const { channels } = definition.devices
  const state = data.open ? 'connected' : 'disconnected'
  domain.definition = {
    ...definition,
    devices: {
      ...definition.devices,
      channels: channels.map((channel) =>
        channel.alias === data.id ? { ...channel, target: { ...channel.target, state } } : channel,
      ),
    },
  }
  noteState(domain)
  if (running?.agent?.alias !== data.id) return
  running.agent.isConnected = data.open
  if (!data.open) running.agent.close()
  host.events.emit('agentLifecycle', {
    domain: domain.ref,
    state: data.open
      ? ConnectDomainEventAgentLifecycleState.CONNECTED
      : ConnectDomainEventAgentLifecycleState.DISCONNECTED,
    reason: ConnectDomainEventAgentLifecycleReason.CHANNEL,
  })
}
