import type { VirError } from '../../errors/index.ts'
import type { DomainDiskDef } from './disk-def.ts'
import { unsupported } from './domain-error.ts'

/** Gives the first thing that a disk of a vhost-user process cannot have; libvirt's `virDomainDiskVhostUserValidate`. */
export function checkVhostUser(disk: DomainDiskDef): VirError | undefined {
  if (disk.target.bus !== 'virtio') return unsupported('vhostuser disk supports only virtio bus')
  if (disk.snapshot !== 'no') {
    return unsupported('only snapshot=no is supported with vhostuser disk')
  }
  const [first] = featuresOf(disk)
  return first === undefined
    ? undefined
    : unsupported(`${first} is not supported with vhostuser disk`)
}

function featuresOf(disk: DomainDiskDef): string[] {
  const { driver = {}, source, iotune, geometry, blockIo } = disk
  const features: readonly (readonly [string, unknown])[] = [
    ['cache', driver.cache],
    ['error_policy', driver.errorPolicy ?? driver.rerrorPolicy],
    ['io', driver.io],
    ['ioeventfd', driver.ioeventfd],
    ['copy_on_read', driver.copyOnRead],
    ['discard', driver.discard],
    ['iothread', driver.iothread],
    ['detect_zeroes', driver.detectZeroes],
    ['metadata_cache', source?.metadataCacheMaxSize],
    ['iotune', iotune],
    ['backingStore', disk.backingStore],
    ['encryption', source?.encryption],
    ['readonly', disk.readonly || undefined],
    ['shareable', disk.shareable || undefined],
    ['transient', disk.transient || undefined],
    ['serial', disk.serial],
    ['wwn', disk.wwn],
    ['vendor', disk.vendor],
    ['product', disk.product],
    ['auth', source?.auth],
    ['geometry', geometry],
    ['blockio', blockIo],
  ]
  return features.filter(([, value]) => value !== undefined).map(([name]) => name)
}
