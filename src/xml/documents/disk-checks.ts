/** What libvirt refuses of a disk that is well-formed; its `virDomainDiskDefValidate`. @module */
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError } from '../../errors/index.ts'
import type { DiskBackingStore, DiskIoTune, DomainDiskDef } from './disk-def.ts'
import { isDiskEmpty } from './disk-find.ts'
import { internalError, unsupported, xmlError } from './domain-error.ts'
import { checkVhostUser } from './disk-vhost-user.ts'
import type { StorageSource } from './storage-source-def.ts'

/** Gives the first reason why libvirt refuses a completed disk. */
export function checkDisk(disk: DomainDiskDef): VirError | undefined {
  return (
    checkSources(disk) ??
    checkLun(disk) ??
    checkTune(disk.iotune ?? {}) ??
    checkBus(disk) ??
    (disk.source?.nvme?.namespace === 0
      ? unsupported("NVMe namespace can't be zero")
      : undefined) ??
    (disk.source?.type === 'vhostuser' ? checkVhostUser(disk) : undefined) ??
    checkInquiry(disk) ??
    checkDevice(disk) ??
    checkStartupPolicy(disk) ??
    checkNames(disk)
  )
}

function* layersOf(disk: DomainDiskDef): Generator<StorageSource> {
  if (disk.source !== undefined) yield disk.source
  let layer: DiskBackingStore | 'none' | undefined = disk.backingStore
  while (layer !== undefined && layer !== 'none') {
    yield layer.source
    layer = layer.backingStore
  }
}

function checkSources(disk: DomainDiskDef): VirError | undefined {
  for (const source of layersOf(disk)) {
    const error = checkAuth(source)
    if (error !== undefined) return error
    if (source.encryption?.format === 'luks' && hasCipher(source)) {
      return unsupported('supplying <cipher> for domain disk definition is unnecessary')
    }
  }
  return undefined
}

function hasCipher({ encryption }: StorageSource): boolean {
  return encryption?.rest?.children?.some(({ node }) => node.name === 'cipher') === true
}

const withAuth: ReadonlySet<string> = new Set([
  'iscsi',
  'http',
  'https',
  'ftp',
  'ftps',
  'ssh',
  'rbd',
])
const secretUsages: ReadonlySet<string> = new Set([
  'none',
  'volume',
  'ceph',
  'iscsi',
  'tls',
  'vtpm',
])

function checkAuth({ auth, network }: StorageSource): VirError | undefined {
  if (auth === undefined || network === undefined) return undefined
  const { protocol } = network
  if (!withAuth.has(protocol)) {
    return unsupported(`authentication is not supported for protocol '${protocol}'`)
  }
  const { type } = auth.secret
  if (type === undefined || !secretUsages.has(type)) {
    return unsupported(`unknown secret type '${type ?? '<null>'}'`)
  }
  const wanted = { iscsi: 'iscsi', rbd: 'ceph' }[protocol]
  return wanted !== undefined && wanted !== type
    ? unsupported(`invalid secret type '${type}'`)
    : undefined
}

function checkLun(disk: DomainDiskDef): VirError | undefined {
  const { device, source, rawio, sgio } = disk
  if (sgio === 'unfiltered') return unsupported('unfiltered sgio is no longer supported')
  if (device === 'lun') return checkLunSource(source ?? { type: 'file' })
  if (source?.reservations !== undefined) {
    return unsupported('<reservations/> allowed only for lun devices')
  }
  if (rawio !== undefined) return unsupported("rawio can be used only with device='lun'")
  return sgio === undefined ? undefined : unsupported("sgio can be used only with device='lun'")
}

function checkLunSource(source: StorageSource): VirError | undefined {
  const { type, network, format, slices, encryption } = source
  if (type === 'network') {
    if (network?.protocol !== 'iscsi') {
      return unsupported(
        `disk device='lun' is not supported for protocol='${network?.protocol ?? 'none'}'`,
      )
    }
  } else if (type !== 'block' && type !== 'volume') {
    return unsupported("disk device='lun' is only valid for block type disk source")
  }
  if (format !== undefined && format !== 'raw') {
    return unsupported("disk device 'lun' must use 'raw' format")
  }
  if (slices !== undefined) return unsupported("disk device 'lun' doesn't support storage slice")
  return encryption !== undefined && encryption.format !== 'default'
    ? unsupported("disk device 'lun' doesn't support encryption")
    : undefined
}

function checkTune(tune: DiskIoTune): VirError | undefined {
  const groups: readonly (readonly [string, ...(number | undefined)[]])[] = [
    ['bytes_sec', tune.totalBytesSec, tune.readBytesSec, tune.writeBytesSec],
    ['iops_sec', tune.totalIopsSec, tune.readIopsSec, tune.writeIopsSec],
    ['bytes_sec_max', tune.totalBytesSecMax, tune.readBytesSecMax, tune.writeBytesSecMax],
    ['iops_sec_max', tune.totalIopsSecMax, tune.readIopsSecMax, tune.writeIopsSecMax],
  ]
  for (const [name, total = 0, read = 0, write = 0] of groups) {
    if (total > 0 && (read > 0 || write > 0)) {
      return xmlError(`total and read/write ${name} cannot be set at the same time`)
    }
  }
  return undefined
}

const withDriveAddress: ReadonlySet<string> = new Set(['ide', 'fdc', 'scsi', 'sata'])

function checkBus({ target, address, model, driver = {} }: DomainDiskDef): VirError | undefined {
  const { bus = 'ide', dev } = target
  if (address !== undefined && address.type !== 'drive' && withDriveAddress.has(bus)) {
    return unsupported(
      `Invalid address type '${address.type}' for the disk '${dev}' with the bus type '${bus}'`,
    )
  }
  if (bus === 'virtio') return undefined
  if (model !== undefined)
    return unsupported(`disk model '${model}' not supported for bus '${bus}'`)
  if (driver.queues !== undefined) {
    return unsupported('queues attribute in disk driver element is only supported by virtio-blk')
  }
  if (driver.eventIdx !== undefined) {
    return unsupported('disk event_idx mode supported only for virtio bus')
  }
  if (driver.ioeventfd !== undefined) {
    return unsupported('disk ioeventfd mode supported only for virtio bus')
  }
  return checkNoVirtio(driver)
}

function onlyVirtio(option: string): VirError {
  return unsupported(`${option} driver option is only supported for virtio devices`)
}

function checkNoVirtio(driver: NonNullable<DomainDiskDef['driver']>): VirError | undefined {
  if (driver.iommu !== undefined) return onlyVirtio('iommu')
  if (driver.ats !== undefined) return onlyVirtio('ats')
  if (driver.packed !== undefined) return onlyVirtio('packed')
  return driver.pagePerVq === undefined ? undefined : onlyVirtio('page_per_vq')
}

const isRemovable = ({ device }: DomainDiskDef): boolean =>
  device === 'cdrom' || device === 'floppy'

function checkInquiry(disk: DomainDiskDef): VirError | undefined {
  if (disk.target.tray === 'open' && !isRemovable(disk)) {
    return unsupported('tray is only valid for cdrom and floppy')
  }
  return checkText('vendor', disk.vendor, 8) ?? checkText('product', disk.product, 16)
}

function checkText(name: string, value: string | undefined, most: number): VirError | undefined {
  if (value === undefined) return undefined
  if (!/^[ -~]*$/.test(value)) return xmlError(`disk ${name} is not printable string`)
  return value.length > most
    ? unsupported(`disk ${name} is more than ${most} characters`)
    : undefined
}

function checkDevice({ device, target }: DomainDiskDef): VirError | undefined {
  const { bus = 'ide', removable } = target
  if (device === 'floppy' && bus !== 'fdc') {
    return internalError(`Invalid bus type '${bus}' for floppy disk`)
  }
  if (device !== 'floppy' && bus === 'fdc') {
    return internalError(`Invalid bus type '${bus}' for disk`)
  }
  return removable !== undefined && bus !== 'usb'
    ? xmlError('removable is only valid for usb disks')
    : undefined
}

const local: ReadonlySet<string> = new Set(['file', 'block', 'dir', 'volume'])

function checkStartupPolicy(disk: DomainDiskDef): VirError | undefined {
  const { type, startupPolicy: policy } = disk.source ?? { type: 'file' }
  if (policy === undefined) return undefined
  if (!local.has(type)) {
    return xmlError(`disk startupPolicy '${policy}' is not allowed for disk of '${type}' type`)
  }
  return policy === 'requisite' && !isRemovable(disk)
    ? xmlError("disk startupPolicy 'requisite' is allowed only for cdrom or floppy")
    : undefined
}

const hardDisk = /^(?:hd|sd|vd|xvd|ubd)/

function checkNames(disk: DomainDiskDef): VirError | undefined {
  const { device, wwn, target } = disk
  const { dev } = target
  if (wwn !== undefined && !/^(?:0x)?[0-9a-fA-F]{16}$/.test(wwn)) {
    return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.NONE, `Malformed wwn: ${wwn}`)
  }
  if ((device === 'disk' || device === 'lun') && !hardDisk.test(dev)) {
    return internalError(`Invalid harddisk device name: ${dev}`)
  }
  if (device === 'floppy' && !dev.startsWith('fd')) {
    return internalError(`Invalid floppy device name: ${dev}`)
  }
  return device === 'disk' && isDiskEmpty(disk)
    ? virError(ErrorNumber.NO_SOURCE, ErrorDomain.DOMAIN, dev)
    : undefined
}
