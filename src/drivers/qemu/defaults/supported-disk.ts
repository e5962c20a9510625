import type { VirError } from '../../../errors/index.ts'
import type { DiskBackingStore, DomainDiskDef, StorageSource } from '../../../xml/index.ts'
import { configUnsupported } from './config-unsupported.ts'
import { firstError, refuseMember, refuseRest } from './unexpected.ts'

const buses: ReadonlySet<string | undefined> = new Set(['virtio', 'scsi', 'sata', 'ide', 'fdc'])

/** Refuses a disk, or a part of one, that this driver would have to drop. */
export function checkDisk(disk: DomainDiskDef): VirError | undefined {
  const { dev, bus } = disk.target
  const what = `disk '${dev}'`
  return firstError([
    () =>
      buses.has(bus)
        ? undefined
        : configUnsupported(`disk bus '${bus}' of ${what} is not supported by this driver`),
    () =>
      disk.device === 'lun'
        ? configUnsupported(`disk device 'lun' of ${what} is not supported by this driver`)
        : undefined,
    () => refuseRest(disk, what),
    () => refuseRest(disk.target, what),
    () => refuseRest(disk.driver, `driver of ${what}`),
    () => checkDriver(disk, what),
    () => refuseMember(disk.mirror, `mirror of ${what}`),
    () => refuseMember(disk.iotune, `iotune of ${what}`),
    () => refuseMember(disk.sgio, `sgio of ${what}`),
    () => refuseMember(disk.rawio, `rawio of ${what}`),
    () => refuseMember(disk.model, `model of ${what}`),
    () => refuseMember(disk.target.rotationRate, `rotation rate of ${what}`),
    () =>
      disk.transient
        ? configUnsupported(`transient ${what} is not supported by this driver`)
        : undefined,
    () => (disk.source === undefined ? undefined : checkSource(disk.source, what)),
    () => checkBacking(disk.backingStore, what),
  ])
}

function checkDriver({ driver, device }: DomainDiskDef, what: string): VirError | undefined {
  if (driver === undefined) return undefined
  if (driver.name !== undefined && driver.name !== 'qemu') {
    return configUnsupported(`unsupported driver name '${driver.name}' for ${what}`)
  }
  const { cache, io } = driver
  if (io === 'native' && cache !== 'none' && cache !== 'directsync') {
    return configUnsupported("io='native' needs either no disk cache or directsync cache mode")
  }
  return firstError([
    () => refuseMember(driver.ats, `ats of ${what}`),
    () => refuseMember(driver.iommu, `iommu of ${what}`),
    () => refuseMember(driver.packed, `packed of ${what}`),
    () => refuseMember(driver.pagePerVq, `page_per_vq of ${what}`),
    () => refuseMember(driver.metadataCacheMaxSize, `metadata cache of ${what}`),
    () =>
      driver.copyOnRead === true && device !== 'disk'
        ? configUnsupported(`copy_on_read of ${what} is not supported by this driver`)
        : undefined,
  ])
}

const formats: ReadonlySet<string | undefined> = new Set(['raw', 'qcow2', undefined])

/** Refuses a source that cannot be opened. @param what - The disk, for the message */
export function checkSource(source: StorageSource, what: string): VirError | undefined {
  return firstError([
    () =>
      source.type === 'file' || source.type === 'block' || isNbd(source)
        ? undefined
        : configUnsupported(
            `source type '${source.network?.protocol ?? source.type}' of ${what} is not supported by this driver`,
          ),
    () =>
      formats.has(source.format)
        ? undefined
        : configUnsupported(
            `image format '${source.format}' of ${what} is not supported by this driver`,
          ),
    () => refuseRest(source, `source of ${what}`),
    () => refuseMember(source.slices, `slices of ${what}`),
    () => refuseMember(source.reservations, `reservations of ${what}`),
    () => refuseMember(source.fdGroup, `file descriptors of ${what}`),
    () => refuseMember(source.auth, `authentication of ${what}`),
    () => refuseMember(source.network?.tls === true ? true : undefined, `TLS of ${what}`),
    () => checkEncryption(source, what),
  ])
}

function isNbd({ network }: StorageSource): boolean {
  return network?.protocol === 'nbd' && network.hosts.length === 1
}

function checkEncryption({ encryption }: StorageSource, what: string): VirError | undefined {
  if (encryption === undefined) return undefined
  const { format, engine, secrets } = encryption
  return format === 'luks' && (engine ?? 'qemu') === 'qemu' && secrets.length === 1
    ? undefined
    : configUnsupported(`encryption format '${format}' of ${what} is not supported by this driver`)
}

function checkBacking(
  store: DiskBackingStore | 'none' | undefined,
  what: string,
): VirError | undefined {
  if (store === undefined || store === 'none') return undefined
  return firstError([
    () => refuseRest(store, `backing store of ${what}`),
    () => checkSource(store.source, what),
    () => checkBacking(store.backingStore, what),
  ])
}
