/**
 * What libvirt's QEMU driver asks of a definition, beyond what all drivers do.
 *
 * Only what does not depend on the host is here: no list of emulators, machines or processors is consulted.
 *
 * @see libvirt 9.0.0, src/qemu/qemu_domain.c and src/qemu/qemu_validate.c
 * @module
 */
import { err, ok } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  virError,
} from '../errors/index.ts'
import type { DomainDef, DomainDiskDef } from '../xml/index.ts'

/**
 * Checks a definition that is to be kept or started.
 *
 * @errors CONFIG_UNSUPPORTED
 */
export function checkQemuDefinition(def: DomainDef): VirResult<void> {
  let error = checkProcessors(def)
  for (const disk of def.devices.disks) error ??= diskProblem(disk)
  return error === undefined ? ok(undefined) : err(error)
}

/**
 * Checks a disk that is to be plugged in.
 *
 * @errors CONFIG_UNSUPPORTED
 */
export function checkQemuDisk(disk: DomainDiskDef): VirResult<void> {
  const error = diskProblem(disk)
  return error === undefined ? ok(undefined) : err(error)
}

function checkProcessors({ vcpus, os }: DomainDef): VirError | undefined {
  const first = vcpus.list?.find(({ id }) => id === 0)
  if (vcpus.current === 0 || first?.enabled === false) return unsupported("vcpu 0 can't be offline")
  if (first?.hotpluggable === true) return unsupported("vcpu0 can't be hotpluggable")
  // What the machines of QEMU 7.2 say.
  const isQ35 = os.machine?.includes('q35') === true
  const most = isQ35 ? 288 : 255
  if (vcpus.maximum > most) {
    return unsupported(`Maximum CPUs greater than specified machine type limit ${most}`)
  }
  return vcpus.maximum > 255
    ? unsupported('more than 255 vCPUs require extended interrupt mode enabled on the iommu device')
    : undefined
}

function diskProblem(disk: DomainDiskDef): VirError | undefined {
  const { device } = disk
  const { dev, bus } = disk.target
  if (/[1-9]\d*$/.test(dev)) {
    return unsupported(`invalid disk target '${dev}', partitions can't appear in disk targets`)
  }
  if (device === 'cdrom' && bus === 'virtio') {
    return unsupported(`disk type of '${dev}' does not support ejectable media`)
  }
  const isReadOnly = disk.readonly || device === 'cdrom'
  if (disk.shareable && !isReadOnly && (disk.source?.format ?? 'raw') !== 'raw') {
    return unsupported(`shared access for disk '${dev}' requires use of supported storage format`)
  }
  if (device === 'disk' && isReadOnly && (bus === 'ide' || bus === 'sata')) {
    return unsupported(`readonly ${bus} disks are not supported`)
  }
  return disk.transient ? checkTransient(disk, isReadOnly) : undefined
}

function checkTransient(
  { target: { dev }, source }: DomainDiskDef,
  isReadOnly: boolean,
): VirError | undefined {
  if (source === undefined) return unsupported(`transient disk '${dev}' must not be empty`)
  if (source.type !== 'file') {
    return unsupported(`transient disk supported only with 'file' type (${dev})`)
  }
  return isReadOnly ? unsupported(`transient disk '${dev}' must not be read-only`) : undefined
}

function unsupported(detail: string): VirError {
  return virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.QEMU, detail)
}
