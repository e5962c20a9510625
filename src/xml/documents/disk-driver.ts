/** `<driver>` of a disk, and its limits and geometry. @module */
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { ElementCodec, Field } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { onOff, oneOf, text, unsigned, unsignedLong } from '../values.ts'
import type { Value } from '../values.ts'
import type { DiskBlockIo, DiskDriver, DiskGeometry, DiskIoTune } from './disk-def.ts'
import { unsupported, xmlError } from './domain-error.ts'
import { metadataCache } from './metadata-cache.ts'
import { storageFormats } from './storage-source.ts'

const driver = fieldsOf<DiskDriver>()
const errorPolicies = oneOf(['stop', 'report', 'ignore', 'enospace'])
const readPolicies = oneOf(['stop', 'report', 'ignore'])

const rerrorPolicy: Value<'stop' | 'report' | 'ignore'> = {
  ...readPolicies,
  read: (raw, place) =>
    raw === 'enospace'
      ? unsupported(`Invalid disk read error policy: '${raw}'`)
      : readPolicies.read(raw, place),
}

const formats = oneOf(storageFormats, {
  error: (raw) => unsupported(`unknown driver format value '${raw}'`),
})

/** The format as `type` of the driver; `aio` is what old Xen guests say for raw. */
const driverFormat: Value<string> = {
  ...formats,
  read: (raw, place) => (raw === 'aio' ? 'raw' : formats.read(raw, place)),
}

const name = driver.attribute('name', 'name', text)
const type = driver.attribute('type', 'type', driverFormat)
const settings: readonly Field<DiskDriver>[] = [
  driver.attribute(
    'cache',
    'cache',
    oneOf(['none', 'writethrough', 'writeback', 'directsync', 'unsafe'], { absent: 'default' }),
  ),
  driver.attribute('errorPolicy', 'error_policy', errorPolicies),
  driver.attribute('rerrorPolicy', 'rerror_policy', rerrorPolicy),
  driver.attribute('io', 'io', oneOf(['native', 'threads', 'io_uring'])),
  driver.attribute('ioeventfd', 'ioeventfd', onOff),
  driver.attribute('eventIdx', 'event_idx', onOff),
  driver.attribute('copyOnRead', 'copy_on_read', onOff),
  driver.attribute('discard', 'discard', oneOf(['unmap', 'ignore'])),
  driver.attribute('iothread', 'iothread', unsigned({ nonZero: true })),
  driver.attribute('detectZeroes', 'detect_zeroes', oneOf(['off', 'on', 'unmap'])),
  driver.attribute('queues', 'queues', unsigned({ zeroIsAbsent: true })),
  driver.attribute('queueSize', 'queue_size', unsigned({ zeroIsAbsent: true })),
  driver.attribute('iommu', 'iommu', onOff),
  driver.attribute('ats', 'ats', onOff),
  driver.attribute('packed', 'packed', onOff),
  driver.attribute('pagePerVq', 'page_per_vq', onOff),
]
const cache = driver.child('metadataCacheMaxSize', 'metadata_cache', metadataCache)
const virtio = settings.slice(-4)

/** A disk's `<driver>`. */
export const diskDriver: ElementCodec<DiskDriver> = element([name, type, ...settings, cache], {
  reading: [...virtio, name, ...settings.slice(0, -4), type, cache],
})

const tune = fieldsOf<DiskIoTune>()

function limit(
  key: Exclude<keyof DiskIoTune, 'groupName' | 'rest'>,
  tag: string,
): Field<DiskIoTune> {
  const error = (): VirError => xmlError(`disk iotune field '${tag}' must be an integer`)
  return tune.text(key, tag, unsignedLong({ zeroIsAbsent: true, error }))
}

const limits = [
  limit('totalBytesSec', 'total_bytes_sec'),
  limit('readBytesSec', 'read_bytes_sec'),
  limit('writeBytesSec', 'write_bytes_sec'),
  limit('totalIopsSec', 'total_iops_sec'),
  limit('readIopsSec', 'read_iops_sec'),
  limit('writeIopsSec', 'write_iops_sec'),
  limit('totalBytesSecMax', 'total_bytes_sec_max'),
  limit('readBytesSecMax', 'read_bytes_sec_max'),
  limit('writeBytesSecMax', 'write_bytes_sec_max'),
  limit('totalIopsSecMax', 'total_iops_sec_max'),
  limit('readIopsSecMax', 'read_iops_sec_max'),
  limit('writeIopsSecMax', 'write_iops_sec_max'),
  limit('sizeIopsSec', 'size_iops_sec'),
]
const lengths = [
  limit('totalBytesSecMaxLength', 'total_bytes_sec_max_length'),
  limit('readBytesSecMaxLength', 'read_bytes_sec_max_length'),
  limit('writeBytesSecMaxLength', 'write_bytes_sec_max_length'),
  limit('totalIopsSecMaxLength', 'total_iops_sec_max_length'),
  limit('readIopsSecMaxLength', 'read_iops_sec_max_length'),
  limit('writeIopsSecMaxLength', 'write_iops_sec_max_length'),
]

/** An `<iotune>`. */
export const diskIoTune: ElementCodec<DiskIoTune> = element([
  ...limits,
  tune.text('groupName', 'group_name', text),
  ...lengths,
])

const geometry = fieldsOf<DiskGeometry>()

/** A `<geometry>`. */
export const diskGeometry: ElementCodec<DiskGeometry> = element([
  geometry.attribute('cylinders', 'cyls', unsigned(), { fallback: 0 }),
  geometry.attribute('heads', 'heads', unsigned(), { fallback: 0 }),
  geometry.attribute('sectors', 'secs', unsigned(), { fallback: 0 }),
  geometry.attribute('translation', 'trans', oneOf(['none', 'auto', 'lba'])),
])

const blockIo = fieldsOf<DiskBlockIo>()

/** A `<blockio>`. */
export const diskBlockIo: ElementCodec<DiskBlockIo> = element([
  blockIo.attribute('logicalBlockSize', 'logical_block_size', unsigned({ zeroIsAbsent: true })),
  blockIo.attribute('physicalBlockSize', 'physical_block_size', unsigned({ zeroIsAbsent: true })),
])
