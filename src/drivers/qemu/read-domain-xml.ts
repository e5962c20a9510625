import { err, errAsync, ok } from 'neverthrow'
import { readDefinition } from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { type DomainDef, isXmlText } from '../../xml/index.ts'
import { configUnsupported } from './defaults/config-unsupported.ts'
import { withQemuDefaults } from './defaults/qemu-defaults.ts'
import { checkSupported } from './defaults/supported.ts'
import { defaultEmulator } from './default-emulator.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuBinary } from './process/qemu-binaries.ts'

/**
 * Reads a definition, completes it, and refuses what this driver would have to drop.
 *
 * @errors CONFIG_UNSUPPORTED for what is not supported, and those of `parseDomain`
 */
export function readDomainXml(
  host: QemuHost,
  xml: string,
  validate: boolean,
): VirResultAsync<DomainDef> {
  return readDefinition(xml, validate, host).asyncAndThen((def) => completeDomain(host, def))
}

/** Completes a definition that was read. */
export function completeDomain(host: QemuHost, def: DomainDef): VirResultAsync<DomainDef> {
  const named = checkFileName(def.name)
  if (named.isErr()) return errAsync(named.error)
  if (def.os.type !== 'hvm') {
    return errAsync(configUnsupported(`OS type '${def.os.type}' is not supported`))
  }
  return emulatorOf(host, def).andThen((binary) =>
    checkVirtType(def, binary)
      .andThen(() => withQemuDefaults(def, binary))
      .andThrough(checkSupported),
  )
}

/** Refuses a name under which nothing can be kept. */
export function checkFileName(name: string): VirResult<void> {
  const isUsable = name !== '.' && name !== '..' && isXmlText(name) && !name.includes('\n')
  if (isUsable) return ok(undefined)
  const detail = `name ${name} cannot be the name of a file`
  return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.QEMU, detail))
}

/** The program that runs a domain. */
export function emulatorOf(host: QemuHost, def: DomainDef): VirResultAsync<QemuBinary> {
  const { emulator } = def.devices
  return emulator === undefined
    ? defaultEmulator(host, def.os.arch ?? host.arch)
    : host.binaries.describe(emulator)
}

function checkVirtType(def: DomainDef, { path, arch, kvm }: QemuBinary): VirResult<void> {
  const { type, os } = def
  if (type !== 'qemu' && (type !== 'kvm' || !kvm)) {
    return err(configUnsupported(`Emulator '${path}' does not support virt type '${type}'`))
  }
  const isEmulated = os.arch === arch || (os.arch === 'i686' && arch === 'i386')
  return isEmulated
    ? ok(undefined)
    : err(configUnsupported(`Emulator '${path}' does not support arch '${os.arch ?? ''}'`))
}
