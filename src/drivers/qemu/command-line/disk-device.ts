import type { DomainDef, DomainDiskDef } from '../../../xml/index.ts'
import { machineKind } from '../defaults/machine-kind.ts'
import type { QemuDisk } from '../storage/disk-layer.ts'
import { bootOrder } from './boot-order.ts'
import { type DeviceProperties, pciPlace } from './device-json.ts'
import { rootBus } from './machine-context.ts'

/** The device that the guest sees of a disk. */
export function diskDevice(
  def: DomainDef,
  { def: disk, alias, layers }: QemuDisk,
): DeviceProperties {
  const [top] = layers
  const { driver } = disk
  const boot = bootOf(def, disk, alias)
  const node = driver?.copyOnRead === true ? copyOnReadNode(disk) : top?.formatNode
  return {
    driver: driverOf(disk),
    ...virtioProperties(disk),
    ...placeOf(def, disk, alias),
    ...(disk.shareable && { 'share-rw': true }),
    ...(node !== undefined && { drive: node }),
    id: alias,
    ...(boot !== undefined && { bootindex: boot }),
    ...(disk.blockIo?.logicalBlockSize !== undefined && {
      logical_block_size: disk.blockIo.logicalBlockSize,
    }),
    ...(disk.blockIo?.physicalBlockSize !== undefined && {
      physical_block_size: disk.blockIo.physicalBlockSize,
    }),
    ...geometryOf(disk),
    ...identityOf(disk),
    ...(disk.target.removable !== undefined && { removable: disk.target.removable }),
    ...cacheAndErrors(disk),
  }
}

/** The place of a disk in the boot order; the controller of floppies has theirs. */
function bootOf(def: DomainDef, disk: DomainDiskDef, alias: string): number | undefined {
  if (disk.target.bus === 'fdc') return undefined
  return disk.bootOrder ?? bootOrder(def).get(alias)
}

/** The node through which a disk is read that keeps what it reads. */
export function copyOnReadNode({ target }: DomainDiskDef): string {
  return `libvirt-CoR-${target.dev}`
}

function driverOf({ target, device }: DomainDiskDef): string {
  const kind = device === 'cdrom' ? 'cd' : 'hd'
  if (target.bus === 'scsi') return `scsi-${kind}`
  if (target.bus === 'ide' || target.bus === 'sata') return `ide-${kind}`
  return target.bus === 'fdc' ? 'floppy' : 'virtio-blk-pci'
}

function virtioProperties({
  driver,
  target,
}: DomainDiskDef): Record<string, string | number | boolean> {
  if (target.bus !== 'virtio' || driver === undefined) return {}
  return {
    ...(driver.iothread !== undefined && { iothread: `iothread${driver.iothread}` }),
    ...(driver.ioeventfd !== undefined && { ioeventfd: driver.ioeventfd }),
    ...(driver.eventIdx !== undefined && { event_idx: driver.eventIdx }),
    ...(driver.queues !== undefined && { 'num-queues': driver.queues }),
    ...(driver.queueSize !== undefined && { 'queue-size': driver.queueSize }),
  }
}

function placeOf(
  def: DomainDef,
  { target, address }: DomainDiskDef,
  alias: string,
): Record<string, string | number | boolean> {
  if (address?.type !== 'drive') return { ...pciPlace(address, rootBus(def)) }
  const { controller, bus, target: id, unit } = address
  if (target.bus === 'ide') return { bus: `ide.${bus}`, unit }
  if (target.bus === 'fdc') return { unit }
  if (target.bus === 'sata') {
    const isBuiltIn = controller === 0 && machineKind(def) === 'q35'
    return { bus: isBuiltIn ? `ide.${unit}` : `sata${controller}.${unit}` }
  }
  return isVirtioScsi(def, controller)
    ? { bus: `scsi${controller}.0`, channel: bus, 'scsi-id': id, lun: unit, ...scsiId(alias) }
    : { bus: `scsi${controller}.${bus}`, 'scsi-id': unit, ...scsiId(alias) }
}

/** What the guest reads as the identification of a SCSI disk; libvirt keeps what older QEMUs showed. */
function scsiId(alias: string): Record<string, string> {
  return { device_id: `drive-${alias}` }
}

/** Whether a SCSI controller has targets and units. */
export function isVirtioScsi({ devices }: DomainDef, index: number): boolean {
  const found = devices.controllers.find(
    (controller) => controller.type === 'scsi' && controller.index === index,
  )
  return found?.model === 'virtio-scsi'
}

function geometryOf({ geometry }: DomainDiskDef): Record<string, string | number> {
  if (geometry === undefined) return {}
  const { cylinders, heads, sectors, translation } = geometry
  return {
    cyls: cylinders,
    heads,
    secs: sectors,
    ...(translation !== undefined && { 'bios-chs-trans': translation }),
  }
}

function identityOf({
  serial,
  wwn,
  vendor,
  product,
  target,
}: DomainDiskDef): Record<string, string | bigint> {
  return {
    ...(serial !== undefined && { serial }),
    ...(serial !== undefined && target.bus === 'scsi' && { device_id: serial }),
    // Sixteen hexadecimal digits: more than a number holds.
    ...(wwn !== undefined && { wwn: BigInt(`0x${wwn}`) }),
    ...(vendor !== undefined && { vendor }),
    ...(product !== undefined && { product }),
  }
}

function cacheAndErrors({ driver, source, device }: DomainDiskDef): Record<string, string> {
  const { cache, errorPolicy, rerrorPolicy } = driver ?? {}
  const writeCache = cache === undefined || device !== 'disk' ? undefined : writeCaches[cache]
  const policies =
    source === undefined
      ? {}
      : {
          ...(errorPolicy !== undefined && {
            werror: errorPolicy === 'enospace' ? 'enospc' : errorPolicy,
          }),
          ...readErrors(errorPolicy, rerrorPolicy),
        }
  return { ...(writeCache !== undefined && { 'write-cache': writeCache }), ...policies }
}

/** Read errors follow write errors, but for what only writes can run into. */
function readErrors(
  errorPolicy: string | undefined,
  rerrorPolicy: string | undefined,
): { readonly rerror?: string } {
  if (rerrorPolicy !== undefined) return { rerror: rerrorPolicy }
  return errorPolicy === undefined || errorPolicy === 'enospace' ? {} : { rerror: errorPolicy }
}

const writeCaches = {
  none: 'on',
  writeback: 'on',
  unsafe: 'on',
  writethrough: 'off',
  directsync: 'off',
} as const
