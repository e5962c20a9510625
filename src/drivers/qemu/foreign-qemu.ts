/**
 * What a QEMU is that something else has started: as a definition, as far as QEMU tells.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { err, ok, safeTry } from 'neverthrow'
import { readDefinition } from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import {
  type BlockDeviceInfo,
  type BlockInfo,
  type QmpClient,
  queryBlock,
  queryCpusFast,
  queryKvm,
  queryMemorySizeSummary,
  queryName,
  queryNamedBlockNodes,
  queryStatus,
  queryTarget,
  queryUuid,
} from '../../qmp/index.ts'
import type { DomainDef, DomainDiskDef, StorageSource } from '../../xml/index.ts'
import { withAliases } from './defaults/aliases.ts'
import type { QemuHost } from './host-state.ts'
import { withHostEnds } from './negotiate.ts'
import { QemuProcess } from './process/qemu-process.ts'
import { monitored } from './qmp-error.ts'
import type { DiskLayer, QemuDisk } from './storage/disk-layer.ts'

/** A QEMU that was looked at. */
export interface ForeignQemu {
  readonly process: QemuProcess
  readonly def: DomainDef
  readonly disks: ReadonlyMap<string, QemuDisk>
  readonly runs: boolean
}

/** Asks QEMU what it is. @param xml - What the caller knows of it; QEMU tells which images are open */
export function surveyForeign(
  host: QemuHost,
  monitor: QmpClient,
  xml: string | undefined,
): VirResultAsync<ForeignQemu> {
  return safeTry(async function* () {
    const cpus = yield* monitored(monitor.execute(queryCpusFast, {}))
    const process = yield* processOf(cpus[0]?.['thread-id'])
    const { running: runs } = yield* monitored(monitor.execute(queryStatus, {}))
    const drives = yield* monitored(monitor.execute(queryBlock, {}))
    const nodes = yield* monitored(monitor.execute(queryNamedBlockNodes, { flat: true }))
    const base =
      xml === undefined
        ? yield* describe(monitor, cpus.length)
        : yield* withHostEnds(monitor, withAliases(yield* readDefinition(xml, false, host)))
    const found = disksOf(drives, nodes)
    const disks = xml === undefined ? found : known(base, found)
    const defs = [...disks.values()].map((disk) => disk.def)
    const rest = base.devices.disks.filter(({ target }) => !disks.has(target.dev))
    const def = { ...base, devices: { ...base.devices, disks: [...defs, ...rest] } }
    return ok({ process, def, disks, runs })
  })
}

/** The kernel knows to which process a thread belongs. */
function processOf(thread: number | undefined): VirResult<QemuProcess> {
  const pid = thread === undefined ? undefined : processOfThread(thread)
  const process = pid === undefined ? undefined : QemuProcess.adopt(pid, undefined)
  if (process !== undefined) return ok(process)
  const detail = 'the process behind the monitor is not one of this host'
  return err(virError(ErrorNumber.OPERATION_FAILED, ErrorDomain.QEMU, detail))
}

function processOfThread(thread: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${thread}/status`, 'utf8')
    const group = /^Tgid:\s+(\d+)$/m.exec(status)?.[1]
    return group === undefined ? undefined : Number(group)
  } catch {
    return undefined
  }
}

function describe(monitor: QmpClient, cpus: number): VirResultAsync<DomainDef> {
  return safeTry(async function* () {
    const { name } = yield* monitored(monitor.execute(queryName, {}))
    const { UUID: uuid } = yield* monitored(monitor.execute(queryUuid, {}))
    const { arch } = yield* monitored(monitor.execute(queryTarget, {}))
    const { enabled } = yield* monitored(monitor.execute(queryKvm, {}))
    const memory = yield* monitored(monitor.execute(queryMemorySizeSummary, {}))
    const memoryKiB = Math.floor(Number(memory['base-memory']) / 1024)
    const hasUuid = !/^[0-]+$/.test(uuid)
    const def: DomainDef = {
      type: enabled ? 'kvm' : 'qemu',
      name: name?.replaceAll('/', '_') ?? `qemu-${Date.now().toString(36)}`,
      ...(hasUuid && { uuid: uuid.toLowerCase() }),
      memoryKiB,
      currentMemoryKiB: memoryKiB,
      vcpus: { maximum: Math.max(1, cpus) },
      os: { type: 'hvm', arch: arch === 'i386' ? 'i686' : arch, boot: [] },
      clock: { offset: 'utc' },
      onPoweroff: 'destroy',
      onReboot: 'restart',
      onCrash: 'destroy',
      devices: {
        disks: [],
        controllers: [],
        interfaces: [],
        serials: [],
        parallels: [],
        consoles: [],
        channels: [],
        graphics: [],
        others: [],
      },
    }
    return ok(def)
  })
}

/** All drives that hold something, under names that libvirt would give them. */
function disksOf(
  drives: readonly BlockInfo[],
  nodes: readonly BlockDeviceInfo[],
): ReadonlyMap<string, QemuDisk> {
  const disks = new Map<string, QemuDisk>()
  const counts = { virtio: 0, sata: 0 }
  for (const drive of drives) {
    const { inserted, qdev = drive.device } = drive
    if (inserted === undefined || qdev === '') continue
    const bus = qdev.includes('virtio') ? 'virtio' : 'sata'
    const dev = `${bus === 'virtio' ? 'vd' : 'sd'}${String.fromCodePoint(97 + counts[bus])}`
    counts[bus] += 1
    const layers = layersOf(inserted, nodes)
    const alias = /peripheral\/([^/]+)/.exec(qdev)?.[1] ?? qdev
    const [top] = layers
    const def: DomainDiskDef = {
      device: 'disk',
      target: { dev, bus },
      ...(top !== undefined && { source: top.source, driver: { type: top.source.format } }),
      alias,
      readonly: inserted.ro,
      shareable: false,
      transient: false,
    }
    disks.set(dev, { def, alias, qomName: qdev, layers })
  }
  return disks
}

/** The images of a drive from the top down: a node and the one below it that is over the same file. */
function layersOf(inserted: BlockDeviceInfo, nodes: readonly BlockDeviceInfo[]): DiskLayer[] {
  const layers: DiskLayer[] = []
  let image: BlockDeviceInfo['image'] | undefined = inserted.image
  let index = 1
  for (; image !== undefined; image = image['backing-image']) {
    const { filename, format } = image
    const isOfFile = (node: BlockDeviceInfo): boolean => node.image.filename === filename
    const formatNode =
      layers.length === 0
        ? inserted['node-name']
        : nodes.find((node) => isOfFile(node) && node.drv === format)?.['node-name']
    const storage = nodes.find(
      (node) => isOfFile(node) && node.drv !== format && node['node-name'] !== formatNode,
    )
    if (formatNode === undefined) break
    const source: StorageSource = { type: 'file', path: filename, format, index }
    layers.push({
      source: { ...source, format },
      formatNode,
      storageNode: storage?.['node-name'] ?? formatNode,
    })
    index += 1
  }
  return layers
}

/** The disks of a caller's own definition, with the images that QEMU has open for them. */
function known(
  { devices }: DomainDef,
  found: ReadonlyMap<string, QemuDisk>,
): ReadonlyMap<string, QemuDisk> {
  const byPath = new Map(
    [...found.values()].map((disk) => [disk.layers[0]?.source.path, disk] as const),
  )
  return new Map(
    devices.disks.flatMap((def) => {
      const path = def.source?.path
      const open = path === undefined ? undefined : byPath.get(path)
      if (open === undefined) return []
      const { alias, layers } = open
      const [top] = layers
      const shown = { ...def, alias, ...(top !== undefined && { source: top.source }) }
      return [[def.target.dev, { ...open, def: shown }]]
    }),
  )
}
