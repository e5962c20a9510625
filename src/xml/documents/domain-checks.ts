/** What libvirt refuses of a domain that is well-formed; its `virDomainDefValidate`. @module */
import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, requiredText, virError } from '../../errors/index.ts'
import type { VirError, VirResult } from '../../errors/index.ts'
import type { DomainCharacterDeviceDef } from './character-device-def.ts'
import { isUserAlias } from './device.ts'
import type { DriveAddress } from './device-def.ts'
import { checkDisk } from './disk-checks.ts'
import type { DomainDiskDef } from './disk-def.ts'
import { diskSourceName } from './disk-find.ts'
import type { DomainDef, DomainDevices } from './domain-def.ts'
import { internalError, unsupported, xmlError } from './domain-error.ts'

/**
 * Checks a completed definition as far as its parts are typed.
 *
 * @errors `NO_TARGET`, `NO_SOURCE`, `XML_ERROR`, `CONFIG_UNSUPPORTED`, `INTERNAL_ERROR` as libvirt
 */
export function checkDomain(def: DomainDef): VirResult<void> {
  const { devices } = def
  const error =
    firstError(devices.disks, checkDisk) ??
    checkCharacterDevices(devices) ??
    checkAddresses(devices) ??
    checkTargets(devices.disks) ??
    checkDrives(devices.disks) ??
    checkAliases(devices) ??
    checkLifecycle(def) ??
    checkBootMenu(def)
  return error === undefined ? ok() : err(error)
}

/**
 * Checks the name of a domain that is to be defined or started; libvirt's drivers do so behind reading.
 *
 * @errors `XML_DETAIL` for a name with a line end
 */
export function checkDomainName(name: string): VirResult<void> {
  const fn = { name: 'virXMLCheckIllegalChars', errorDomain: ErrorDomain.XML }
  const error = requiredText(fn, 'name', name)
  if (error !== undefined) return err(error)
  return name.includes('\n')
    ? err(virError(ErrorNumber.XML_DETAIL, ErrorDomain.XML, 'invalid char in name: \n'))
    : ok()
}

function firstError<T>(
  items: readonly T[],
  check: (item: T) => VirError | undefined,
): VirError | undefined {
  for (const item of items) {
    const error = check(item)
    if (error !== undefined) return error
  }
  return undefined
}

function checkAddresses(devices: DomainDevices): VirError | undefined {
  const { disks, controllers, interfaces, others } = devices
  const typed = [...disks, ...interfaces, ...controllers]
  const kept = others.filter(({ kind }) => kind !== 'hostdev')
  return [...typed, ...kept].some(({ address }) => address?.type === 'unassigned')
    ? unsupported("address of type 'unassigned' is supported only for hostdevs")
    : undefined
}

function checkTargets(disks: readonly DomainDiskDef[]): VirError | undefined {
  const seen = new Map<string, DomainDiskDef>()
  for (const disk of disks) {
    const { dev } = disk.target
    const before = seen.get(dev)
    if (before !== undefined) {
      const [one, other] = [before, disk].map((each) => diskSourceName(each) ?? '<null>')
      return xmlError(`target '${dev}' duplicated for disk sources '${one}' and '${other}'`)
    }
    seen.set(dev, disk)
  }
  return undefined
}

function checkDrives(disks: readonly DomainDiskDef[]): VirError | undefined {
  const seen = new Map<string, string>()
  for (const { target, address } of disks) {
    if (address?.type !== 'drive') continue
    const place = `${target.bus ?? ''} ${placeOf(address)}`
    const before = seen.get(place)
    if (before !== undefined) {
      return unsupported(
        `Found duplicate drive address for disk with target name '${before}' ${placeOf(address)}`,
      )
    }
    seen.set(place, target.dev)
  }
  return undefined
}

function placeOf({ controller, bus, target, unit }: DriveAddress): string {
  return `controller='${controller}' bus='${bus}' target='${target}' unit='${unit}'`
}

function checkAliases(devices: DomainDevices): VirError | undefined {
  const seen = new Set<string>()
  const { disks, controllers, interfaces, serials, parallels, channels, consoles, others } = devices
  // The first console is the first serial port under another name.
  const ownConsoles = serials.length > 0 ? consoles.slice(1) : consoles
  const all = [disks, interfaces, controllers, serials, parallels, channels, ownConsoles, others]
  for (const { alias } of all.flat()) {
    if (alias === undefined || !isUserAlias(alias)) continue
    if (seen.has(alias)) return unsupported(`non unique alias detected: ${alias}`)
    seen.add(alias)
  }
  return undefined
}

function checkLifecycle({ onPoweroff, onReboot }: DomainDef): VirError | undefined {
  for (const [event, action] of [
    ['poweroff', onPoweroff],
    ['reboot', onReboot],
  ] as const) {
    if (action === 'coredump-destroy' || action === 'coredump-restart') {
      return unsupported(`Lifecycle event '${event}' doesn't support '${action}' action`)
    }
  }
  return undefined
}

function checkBootMenu({ os }: DomainDef): VirError | undefined {
  return (os.bootmenu?.timeout ?? 0) > 0xffff
    ? unsupported('invalid value for boot menu timeout, must be in range [0,65535]')
    : undefined
}

function checkCharacterDevices(devices: DomainDevices): VirError | undefined {
  const { serials, parallels, channels, consoles } = devices
  return (
    firstError([...serials, ...parallels], (device) => checkSource(device, false)) ??
    firstError(channels, (device) => checkSource(device, true)) ??
    firstError(consoles, (device) => checkSource(device, false))
  )
}

function missing(what: 'path' | 'host' | 'service'): VirError {
  return internalError(`Missing source ${what} attribute for char device`)
}

function checkSource(
  { type, sources, target }: DomainCharacterDeviceDef,
  isChannel: boolean,
): VirError | undefined {
  const source = sources[0] ?? {}
  switch (type) {
    case 'file':
    case 'dev':
    case 'pipe':
      return source.path === undefined ? missing('path') : undefined
    case 'tcp':
      if (source.host === undefined) return missing('host')
      return source.service === undefined ? missing('service') : undefined
    case 'udp': {
      const peer = sources.find(({ mode }) => mode !== 'bind')
      return peer?.service === undefined ? missing('service') : undefined
    }
    case 'unix': {
      const made = isChannel && (target?.type === 'virtio' || target?.type === 'xen')
      return source.path === undefined && !made ? missing('path') : undefined
    }
    case 'null':
    case 'vc':
    case 'pty':
    case 'stdio':
    case 'spicevmc':
    case 'spiceport':
    case 'nmdm':
    case 'qemu-vdagent':
    case 'dbus':
      return undefined
  }
}
